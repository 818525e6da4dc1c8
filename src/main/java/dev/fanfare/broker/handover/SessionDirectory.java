package dev.fanfare.broker.handover;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Where the sessions are that began on this node and are on another one now. Each entry is told by the node that has the
 * session when it moves or ends; what is lost on the way is made good by comparing sums every second. An entry that its
 * node does not confirm for {@link #UNCONFIRMED_MILLIS} is dropped; until then the session may be moving on.
 *
 * <p>A node is stale while it may have sessions of which no entry tells: from when it comes in touch until it has listed
 * what it has, and whenever its sum differs. Bounded by the sessions that there are. Belongs to the registry's thread.
 */
final class SessionDirectory {

    private static final long UNCONFIRMED_MILLIS = 30_000;

    /** A node is asked for all of its sessions no more often. */
    private static final long REQUEST_MILLIS = 5000;

    private final Map<String, String> nodes = new HashMap<>();
    private final Map<String, NodeSessions> byNode = new HashMap<>();
    private final Set<String> stale = new HashSet<>();
    private long lastRequestId;

    /** What is known of one node. */
    private static final class NodeSessions {

        private final SessionSet sessions = new SessionSet();

        /** The entries that it did not confirm, and since when. */
        private Map<String, Long> unconfirmed = Map.of();

        private @Nullable Long requestedAt;

        /** Which list counts: an earlier one may have been made before the node was out of touch. */
        private long requestId;

        private boolean answered;
    }

    @Nullable
    String get(String connectionId) {
        return nodes.get(connectionId);
    }

    void put(String connectionId, String node) {
        remove(connectionId);
        nodes.put(connectionId, node);
        sessionsOf(node).sessions.add(connectionId);
    }

    private NodeSessions sessionsOf(String node) {
        return byNode.computeIfAbsent(node, n -> new NodeSessions());
    }

    void remove(String connectionId) {
        String node = nodes.get(connectionId);
        if (node != null) {
            remove(connectionId, node);
        }
    }

    /** Forgets the entry if it names this node. */
    private void remove(String connectionId, String node) {
        if (nodes.remove(connectionId, node)) {
            sessionsOf(node).sessions.remove(connectionId);
        }
    }

    /** A node is in touch, perhaps again: what it has is to be asked for, and is not known until it answers this question. */
    long newRequest(String node, long now) {
        NodeSessions owner = sessionsOf(node);
        owner.requestId = ++lastRequestId;
        owner.answered = false;
        owner.requestedAt = now;
        stale.add(node);
        return owner.requestId;
    }

    /** A node has told the sum of its sessions. Returns the question to ask it for all of them, null if there is no need. */
    @Nullable
    Long compare(String node, long digest, long now) {
        NodeSessions owner = sessionsOf(node);
        if (digest != owner.sessions.digest()) {
            stale.add(node);
        } else if (owner.answered) {
            stale.remove(node);
            return null;
        }
        if (owner.requestedAt != null && now - owner.requestedAt < REQUEST_MILLIS) {
            return null;
        }
        owner.requestedAt = now;
        return owner.requestId;
    }

    /** What a node says that it has, asked by this question. */
    void confirm(String node, long requestId, Collection<String> connectionIds, long now) {
        for (String id : connectionIds) {
            String known = nodes.get(id);
            if (known == null || sessionsOf(known).unconfirmed.containsKey(id)) {
                put(id, node);
            }
        }
        NodeSessions owner = sessionsOf(node);
        Map<String, Long> missing = new HashMap<>();
        Set<String> confirmed = new HashSet<>(connectionIds);
        for (String id : owner.sessions.all()) {
            if (!confirmed.contains(id)) {
                long since = owner.unconfirmed.getOrDefault(id, now);
                if (now - since >= UNCONFIRMED_MILLIS) {
                    remove(id, node);
                } else {
                    missing.put(id, since);
                }
            }
        }
        owner.unconfirmed = missing;
        owner.answered |= requestId == owner.requestId;
        if (owner.answered && confirmed.stream().allMatch(owner.sessions::contains)) {
            stale.remove(node);
        } else {
            stale.add(node);
        }
    }

    /** Nodes that may have sessions of which no entry tells; none but for moments. */
    Set<String> stale() {
        return stale;
    }

    /** Forgets what nodes had that are gone. They tell it anew if they come back. */
    void forget(Predicate<String> gone) {
        nodes.values().removeIf(gone);
        byNode.keySet().removeIf(gone);
        stale.removeIf(gone);
    }

    int size() {
        return nodes.size();
    }
}
