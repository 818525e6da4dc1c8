package dev.fanfare.shard;

/**
 * A raw connection all of whose messages go to one group.
 *
 * @param group where they go
 * @param noEcho whether it does not receive its own
 */
public record RawPublisher(String group, boolean noEcho) {}
