package dev.fanfare.shard;

/**
 * Publishes all messages of a raw connection to one group.
 *
 * @param group the group
 * @param noEcho whether the connection does not receive its own messages
 */
public record RawPublisher(String group, boolean noEcho) {}
