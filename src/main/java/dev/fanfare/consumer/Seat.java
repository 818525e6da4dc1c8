package dev.fanfare.consumer;

/**
 * A connection that counts against the limit of its client or user.
 *
 * @param nodeId of the node that has the connection
 * @param sinceMillis epoch milliseconds; to be shown only, since clocks of nodes differ
 */
public record Seat(String nodeId, String connectionId, long sinceMillis) {}
