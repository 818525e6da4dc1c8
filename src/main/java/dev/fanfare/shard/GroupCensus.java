package dev.fanfare.shard;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/** Counts the groups of a node, each once regardless of how many shards have members of it. Thread-safe. */
public final class GroupCensus {

    private final ConcurrentMap<Name, Integer> shards = new ConcurrentHashMap<>();

    private record Name(String hub, String group) {}

    /** A shard got its first member of a group. */
    void appeared(String hub, String group) {
        shards.merge(new Name(hub, group), 1, Integer::sum);
    }

    /** A shard lost its last member of a group. */
    void vanished(String hub, String group) {
        shards.computeIfPresent(new Name(hub, group), (name, count) -> count == 1 ? null : count - 1);
    }

    /** Groups with at least one member on this node. */
    public int size() {
        return shards.size();
    }
}
