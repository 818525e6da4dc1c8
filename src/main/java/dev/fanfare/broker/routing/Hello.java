package dev.fanfare.broker.routing;

import dev.fanfare.core.codec.WireVersions;

/**
 * How a starting node introduces itself, and the answer of each member: what nodes must agree on.
 *
 * @param versions that the sender speaks
 * @param from the sender
 * @param slots see {@code groups.slots}
 * @param clockMillis the time of day at the sender, epoch milliseconds
 */
public record Hello(WireVersions versions, String from, int slots, long clockMillis) {}
