package dev.fanfare.consumer;

import dev.fanfare.core.MonotonicClock;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Which nodes are members of the cluster no more, so that their connections are over. A node that was a member in this
 * node's view and is none has left. An id that this node has never seen may be that of a node that has just joined, so it
 * counts as a member for a while. Thread-safe.
 */
final class Departures {

    /** Longer than a view takes to reach all of its members. */
    private static final long UNKNOWN_MILLIS = 5000;

    /** The most ids that are remembered, the oldest of which is forgotten. */
    private static final int REMEMBERED = 1024;

    private final Supplier<List<String>> members;
    private final MonotonicClock clock;
    private final long unknownMillis;
    private final Map<String, Boolean> former = bounded();
    private final Map<String, Long> unknownSince = bounded();
    private Set<String> latest = Set.of();

    /** @param clustered whether there may be other nodes: if not, every other id is of the past */
    Departures(Supplier<List<String>> members, MonotonicClock clock, boolean clustered) {
        this.members = members;
        this.clock = clock;
        this.unknownMillis = clustered ? UNKNOWN_MILLIS : 0;
    }

    private static <V> Map<String, V> bounded() {
        return new LinkedHashMap<>() {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<String, V> eldest) {
                return size() > REMEMBERED;
            }
        };
    }

    /** Compares the members with those of the last call. Call it with every change of the members. */
    synchronized void update() {
        List<String> present = members.get();
        if (present.isEmpty()) {
            return; // this node's own membership has ended: it knows nothing of others
        }
        Set<String> now = Set.copyOf(present);
        for (String node : latest) {
            if (!now.contains(node)) {
                former.put(node, true);
            }
        }
        now.forEach(former::remove);
        now.forEach(unknownSince::remove);
        latest = now;
    }

    /** Whether a node is no member. */
    synchronized boolean isGone(String nodeId) {
        update();
        if (latest.contains(nodeId)) {
            return false;
        }
        if (former.containsKey(nodeId)) {
            return true;
        }
        long now = clock.millis();
        return now - unknownSince.computeIfAbsent(nodeId, id -> now) >= unknownMillis;
    }
}
