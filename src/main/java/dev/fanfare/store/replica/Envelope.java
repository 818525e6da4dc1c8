package dev.fanfare.store.replica;

/**
 * A message with its sender and receiver.
 *
 * @param to a member; empty for any member at the node
 */
record Envelope(String from, String to, ReplicaMessage message) {}
