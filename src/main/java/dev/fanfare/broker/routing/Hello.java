package dev.fanfare.broker.routing;

/**
 * What nodes must agree on, asked by one that starts and answered by one that is there.
 *
 * @param slots see {@code groups.slots}
 * @param clockMillis the time of day where it was written
 */
public record Hello(int slots, long clockMillis) {}
