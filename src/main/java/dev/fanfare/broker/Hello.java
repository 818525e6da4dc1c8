package dev.fanfare.broker;

/**
 * What nodes must agree on, asked by one that starts and answered by one that is there.
 *
 * @param slots see {@code groups.slots}
 * @param clockMillis the time of day where it was written
 */
record Hello(int slots, long clockMillis) {}
