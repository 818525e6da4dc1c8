package dev.fanfare.broker;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where the sessions are that began on this node and are on another one now. Each entry is told by the node that has the
 * session when it moves or ends; what is lost on the way is made good by comparing sums every second. An entry that its
 * node does not confirm for {@link #UNCONFIRMED_MILLIS} is dropped; until then the session may be moving on. Bounded by
 * the sessions that there are. Belongs to the registry's thread.
 */
final class Whereabouts {

    private static final long UNCONFIRMED_MILLIS = 30_000;

    /** A node is asked for all of its sessions no more often. */
    private static final long ASK_MILLIS = 5000;

    private final Map<String, String> nodes = new HashMap<>();
    private final Map<String, SessionSet> byNode = new HashMap<>();
    private final Map<String, Long> askedAt = new HashMap<>();

    /** For each node, the entries that it did not confirm, and since when. */
    private final Map<String, Map<String, Long>> unconfirmed = new HashMap<>();

    @Nullable
    String get(String connectionId) {
        return nodes.get(connectionId);
    }

    void put(String connectionId, String node) {
        remove(connectionId);
        nodes.put(connectionId, node);
        byNode.computeIfAbsent(node, n -> new SessionSet()).add(connectionId);
    }

    void remove(String connectionId) {
        String node = nodes.get(connectionId);
        if (node != null) {
            remove(connectionId, node);
        }
    }

    /** Forgets the entry if it names this node. */
    void remove(String connectionId, String node) {
        if (nodes.remove(connectionId, node)) {
            SessionSet there = byNode.get(node);
            if (there != null) {
                there.remove(connectionId);
                if (there.isEmpty()) {
                    byNode.remove(node);
                }
            }
        }
    }

    /** Whether to ask a node for all of its sessions, since this is not what it has. */
    boolean asks(String node, long digest, long now) {
        SessionSet there = byNode.get(node);
        Long asked = askedAt.get(node);
        if (digest == (there == null ? 0 : there.digest()) || (asked != null && now - asked < ASK_MILLIS)) {
            return false;
        }
        askedAt.put(node, now);
        return true;
    }

    /** What a node says that it has. */
    void confirm(String node, Collection<String> connectionIds, long now) {
        for (String id : connectionIds) {
            String known = nodes.get(id);
            if (known == null || unconfirmed.getOrDefault(known, Map.of()).containsKey(id)) {
                put(id, node);
            }
        }
        SessionSet there = byNode.get(node);
        Map<String, Long> before = unconfirmed.getOrDefault(node, Map.of());
        Map<String, Long> missing = new HashMap<>();
        Set<String> confirmed = new HashSet<>(connectionIds);
        for (String id : there == null ? List.<String>of() : there.all()) {
            if (!confirmed.contains(id)) {
                long since = before.getOrDefault(id, now);
                if (now - since >= UNCONFIRMED_MILLIS) {
                    remove(id, node);
                } else {
                    missing.put(id, since);
                }
            }
        }
        unconfirmed.put(node, missing);
    }

    /** Forgets what nodes had that are no members any more. They tell it anew if they come back. */
    void retain(Collection<String> members) {
        nodes.values().removeIf(node -> !members.contains(node));
        byNode.keySet().retainAll(members);
        askedAt.keySet().retainAll(members);
        unconfirmed.keySet().retainAll(members);
    }

    int size() {
        return nodes.size();
    }
}
