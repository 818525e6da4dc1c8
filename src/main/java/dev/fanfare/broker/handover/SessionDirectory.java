package dev.fanfare.broker.handover;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Which node owns each session that began on this node and has moved. The owner reports each move and each end; lost
 * reports are repaired by comparing digests every second. An entry that its node does not confirm for {@link
 * #UNCONFIRMED_MILLIS} is dropped; until then the session may be moving on.
 *
 * <p>A node is stale while it may own sessions without an entry here: from when it becomes reachable until it has
 * listed its sessions, and whenever its digest differs. Bounded by the sessions that exist. Confined to the registry's
 * thread, except {@link #get} and {@link #stale}. See {@code src/docs/decisions/0023-claims-are-settled.md}.
 */
final class SessionDirectory {

    private static final long UNCONFIRMED_MILLIS = 30_000;

    /** Least time between two requests for the full list of one node. */
    private static final long REQUEST_MILLIS = 5000;

    private final Map<String, String> nodes = new ConcurrentHashMap<>();
    private final Map<String, NodeSessions> byNode = new HashMap<>();
    private final Set<String> stale = ConcurrentHashMap.newKeySet();
    private long lastRequestId;

    /** What is known about one node. */
    private static final class NodeSessions {

        private final SessionSet sessions = new SessionSet();

        /** Entries that its last list did not confirm, and since when. */
        private Map<String, Long> unconfirmed = Map.of();

        private @Nullable Long requestedAt;

        /** The request whose reply counts: an earlier list may date from before the node was unreachable. */
        private long requestId;

        private boolean answered;
    }

    /** Any thread. */
    @Nullable
    String get(String connectionId) {
        return nodes.get(connectionId);
    }

    /** Replaces an entry in one step: other threads find the session at one node or at the other. */
    void put(String connectionId, String node) {
        String before = nodes.put(connectionId, node);
        if (before != null) {
            sessionsOf(before).sessions.remove(connectionId);
        }
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

    /** Removes the entry if it names this node. */
    private void remove(String connectionId, String node) {
        if (nodes.remove(connectionId, node)) {
            sessionsOf(node).sessions.remove(connectionId);
        }
    }

    /**
     * A node is reachable, perhaps again. Returns the id of the request for its sessions; the node is stale until it
     * replies to it.
     */
    long newRequest(String node, long now) {
        NodeSessions owner = sessionsOf(node);
        owner.requestId = ++lastRequestId;
        owner.answered = false;
        owner.requestedAt = now;
        stale.add(node);
        return owner.requestId;
    }

    /**
     * Compares the digest that a node reports. Returns the id of the request to send for its full list; null if none is
     * due.
     */
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

    /** Applies the list that a node sent in reply to a request. */
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

    /** Nodes that may own sessions without an entry here; empty except for moments. Any thread. */
    Set<String> stale() {
        return stale;
    }

    /** Drops the entries of nodes that are gone. They list their sessions again if they return. */
    void forget(Predicate<String> gone) {
        nodes.values().removeIf(gone);
        byNode.keySet().removeIf(gone);
        stale.removeIf(gone);
    }

    int size() {
        return nodes.size();
    }
}
