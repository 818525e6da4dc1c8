package dev.fanfare.broker.routing;

/**
 * What all nodes must agree on; sent by a starting node and answered by each member.
 *
 * @param slots see {@code groups.slots}
 * @param clockMillis the time of day at the sender, epoch milliseconds
 */
public record Hello(int slots, long clockMillis) {}
