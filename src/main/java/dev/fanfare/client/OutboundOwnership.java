package dev.fanfare.client;

import dev.fanfare.client.DurableMessage.Declared;
import dev.fanfare.client.DurableMessage.Status;
import dev.fanfare.client.DurableMessage.StatusEntry;
import dev.fanfare.client.DurableMessage.Withdrawn;
import dev.fanfare.config.OutboundConnection;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Tracks which durable connections the cluster has, and decides which of them this node owns.
 *
 * <p><b>Guarantee:</b> in a cluster whose nodes reach each other no connection has two owners. A node announces that it
 * owns a connection before it opens it and until its last socket has closed. It takes a connection only while it knows
 * that no other node owns it: from that node's status, or because that node has been silent for {@link
 * #TAKE_OVER_MILLIS}, by which time a partitioned node has released what it owned. The candidates agree on one of them
 * by {@link Rendezvous}. {@code src/docs/decisions/0016-durable-outbound.md} has the argument.
 *
 * <p>Pure: time is a parameter, in milliseconds of any origin. Not thread-safe.
 */
final class OutboundOwnership {

    /** How often a node sends its status. */
    static final long TICK_MILLIS = 1000;

    /** How long a status is current. */
    static final long FRESH_MILLIS = 3000;

    /** A node that was suspended for so long releases what it owned as soon as it resumes. */
    static final long HOLD_MILLIS = 4000;

    /** A node that was silent for so long owns nothing. */
    static final long TAKE_OVER_MILLIS = 8000;

    /**
     * The most connections that a cluster may have declared at run time, and the most characters they may have
     * together.
     */
    static final int MAX_DECLARED = 1000;

    static final int MAX_DECLARED_CHARACTERS = 8 * 1024 * 1024;

    /** The most withdrawals that are remembered. */
    private static final int MAX_WITHDRAWN = 10_000;

    /** How long this node does not retry a connection that it could not open. */
    private static final long PAUSE_MILLIS = 2000;

    /** The other nodes. */
    interface OtherNodes {
        List<String> others();

        /** Whether this node is in touch with the cluster, not partitioned from it. */
        boolean inTouch();

        void send(String node, DurableMessage message);
    }

    /** Holds the connections of this node. */
    interface ConnectionHolder {
        /** Opens a connection. {@link OutboundOwnership#closed} follows exactly once. */
        void take(DurableConnection durableConnection, boolean moved);

        /** Closes a connection that belongs to another node, or was withdrawn. */
        void release(DurableKey key);

        /** Interprets a declaration; the result has no connection if this node cannot open it. */
        DurableConnection read(DurableKey key, long version, String json);
    }

    private enum HoldState {
        TAKEN,
        RELEASED
    }

    private record PendingDeclaration(DurableKey key, long version, long until, Runnable then) {}

    private final String self;
    private final OtherNodes otherNodes;
    private final ConnectionHolder connectionHolder;
    private final Map<DurableKey, DurableConnection> declared = new LinkedHashMap<>();
    private final Map<DurableKey, Long> withdrawn = new LinkedHashMap<>();
    private final Map<DurableKey, HoldState> owned = new LinkedHashMap<>();

    /** Since when this node is a candidate for a connection; in the future during a pause. */
    private final Map<DurableKey, Long> candidateSince = new HashMap<>();

    /** Connections that another node has owned at some time. */
    private final Set<DurableKey> hadOtherOwner = new HashSet<>();

    private final Map<String, NodeStatus> peers = new HashMap<>();
    private final List<PendingDeclaration> pendingDeclarations = new ArrayList<>();
    private boolean draining;
    private long declaredCharacters;
    private long lastTick = Long.MIN_VALUE;

    OutboundOwnership(String self, OtherNodes otherNodes, ConnectionHolder connectionHolder) {
        this.self = self;
        this.otherNodes = otherNodes;
        this.connectionHolder = connectionHolder;
    }

    // ---- requests at this node

    /** Adds a connection of the configuration. */
    void configure(DurableKey key, OutboundConnection connection, long now) {
        put(new DurableConnection(key, DurableConnection.CONFIGURED, null, connection), now);
    }

    /** Whether a connection is declared or owned. */
    boolean isDeclaredOrOwned(DurableKey key) {
        return declared.containsKey(key) || owned.containsKey(key);
    }

    /** Whether there is room for one more declaration of that length. */
    boolean hasRoom(String json) {
        long count = declared.values().stream().filter(d -> d.json() != null).count();
        return count < MAX_DECLARED && declaredCharacters + json.length() <= MAX_DECLARED_CHARACTERS;
    }

    /** Announces that this node is about to open a connection that is not declared yet. {@link #closed} revokes it. */
    void claim(DurableKey key) {
        owned.put(key, HoldState.TAKEN);
        sendStatusToAll();
    }

    /**
     * Declares a connection that this node has claimed and opened.
     *
     * @param epochMillis wall-clock time
     * @param then runs when all nodes that send their status know of it, or after {@link #FRESH_MILLIS}
     */
    void declare(
            DurableKey key, OutboundConnection connection, String json, long epochMillis, long now, Runnable then) {
        long version = Math.max(epochMillis, withdrawn.getOrDefault(key, DurableConnection.CONFIGURED) + 1);
        DurableConnection durableConnection = new DurableConnection(key, version, json, connection);
        put(durableConnection, now);
        sendStatusToAll();
        for (String node : otherNodes.others()) {
            otherNodes.send(node, new Declared(key, version, json));
        }
        pendingDeclarations.add(new PendingDeclaration(key, version, now + FRESH_MILLIS, then));
        completeDeclared(now);
    }

    private void put(DurableConnection durableConnection, long now) {
        remove(durableConnection.key());
        declared.put(durableConnection.key(), durableConnection);
        declaredCharacters += length(durableConnection);
        candidateSince.put(durableConnection.key(), now);
    }

    private void remove(DurableKey key) {
        DurableConnection former = declared.remove(key);
        if (former != null) {
            declaredCharacters -= length(former);
        }
        candidateSince.remove(key);
        hadOtherOwner.remove(key);
    }

    private static long length(DurableConnection durableConnection) {
        return durableConnection.json() == null ? 0 : durableConnection.json().length();
    }

    private void completeDeclared(long now) {
        List<PendingDeclaration> over = pendingDeclarations.stream()
                .filter(pending -> now >= pending.until || isKnownEverywhere(pending.key, pending.version, now))
                .toList();
        pendingDeclarations.removeAll(over);
        over.forEach(pending -> pending.then.run());
    }

    private boolean isKnownEverywhere(DurableKey key, long version, long now) {
        return peers.values().stream()
                .allMatch(peer ->
                        peer.isDrained() || peer.isDead(now) || (peer.isCurrent(now) && peer.version(key) >= version));
    }

    /** Withdraws a connection on all nodes. */
    void withdraw(DurableKey key) {
        DurableConnection durableConnection = declared.get(key);
        if (durableConnection != null) {
            withdraw(key, durableConnection.version());
            for (String node : otherNodes.others()) {
                otherNodes.send(node, new Withdrawn(key, durableConnection.version()));
            }
        }
    }

    void withdraw(DurableKey key, long version) {
        withdrawn.merge(key, version, Math::max);
        if (withdrawn.size() > MAX_WITHDRAWN) {
            withdrawn.remove(withdrawn.keySet().iterator().next());
        }
        DurableConnection durableConnection = declared.get(key);
        if (durableConnection != null && durableConnection.version() <= version) {
            remove(key);
            releaseOwned(key);
        }
    }

    // ---- owned connections

    /** The number of connections that this node owns. */
    int owned() {
        return owned.size();
    }

    /** The number of declared connections, as far as this node knows. */
    int declared() {
        return declared.size();
    }

    /**
     * A connection that this node owned has ended with its last socket, or could not be opened.
     *
     * @param failed whether another node should try
     */
    void closed(DurableKey key, boolean failed, long now) {
        if (owned.remove(key) != null) {
            if (candidateSince.containsKey(key)) {
                candidateSince.put(key, failed ? now + PAUSE_MILLIS : now);
            }
            sendStatusToAll();
            decide(now);
        }
    }

    /** This node shuts down: it takes no more connections, and releases all if other nodes can take them. */
    void drain() {
        draining = true;
        if (!otherNodes.others().isEmpty()) {
            releaseAll();
        }
        sendStatusToAll();
    }

    private void releaseAll() {
        List.copyOf(owned.keySet()).forEach(this::releaseOwned);
    }

    private void releaseOwned(DurableKey key) {
        if (owned.replace(key, HoldState.TAKEN, HoldState.RELEASED)) {
            connectionHolder.release(key);
        }
    }

    // ---- time

    /** Reviews all nodes and connections; called every {@link #TICK_MILLIS}. */
    void tick(long now) {
        if (lastTick != Long.MIN_VALUE && now - lastTick > HOLD_MILLIS) {
            releaseAll();
            peers.values().forEach(nodeStatus -> nodeStatus.invalidate(now));
        }
        lastTick = now;
        List<String> members = otherNodes.others();
        members.forEach(member -> peers.computeIfAbsent(member, id -> new NodeStatus(now)));
        peers.entrySet()
                .removeIf(entry -> !members.contains(entry.getKey())
                        && (entry.getValue().isDrained() || entry.getValue().isDead(now)));
        if (!otherNodes.inTouch()) {
            releaseAll();
        }
        sendStatusToAll();
        completeDeclared(now);
        decide(now);
    }

    /** Takes the connections without an owner that fall to this node. */
    private void decide(long now) {
        boolean begun = lastTick != Long.MIN_VALUE; // before that it does not know the other nodes
        if (!begun || draining || !otherNodes.inTouch() || !allPeersCurrent(now)) {
            return;
        }
        for (DurableConnection durableConnection : List.copyOf(declared.values())) {
            if (mayTake(durableConnection, now)
                    && chosen(durableConnection.key(), now).equals(self)) {
                owned.put(durableConnection.key(), HoldState.TAKEN);
                sendStatusToAll();
                connectionHolder.take(durableConnection, hadOtherOwner.contains(durableConnection.key()));
            }
        }
    }

    private boolean allPeersCurrent(long now) {
        return peers.values().stream().allMatch(peer -> peer.isDrained() || peer.isCurrent(now) || peer.isDead(now));
    }

    /** A new candidate waits until no other node takes it for anything else. */
    private boolean mayTake(DurableConnection durableConnection, long now) {
        DurableKey key = durableConnection.key();
        boolean alone = peers.values().stream().allMatch(peer -> peer.isDrained() || peer.isDead(now));
        return durableConnection.connection() != null
                && !owned.containsKey(key)
                && now - candidateSince.getOrDefault(key, now) >= (alone ? 0 : FRESH_MILLIS)
                && peers.values().stream().noneMatch(peer -> peer.owns(key, now));
    }

    private String chosen(DurableKey key, long now) {
        List<String> candidates = new ArrayList<>(List.of(self));
        peers.forEach((id, nodeStatus) -> {
            if (nodeStatus.mayTake(key, now)) {
                candidates.add(id);
            }
        });
        return Rendezvous.choose(candidates, key);
    }

    // ---- other nodes

    private void sendStatusToAll() {
        otherNodes.others().forEach(this::sendStatus);
    }

    /** A node with nothing to report is silent until it receives a status. */
    private void sendStatus(String node) {
        NodeStatus nodeStatus = peers.get(node);
        boolean answers = nodeStatus != null && nodeStatus.hasSentStatus();
        if (answers || !declared.isEmpty() || !owned.isEmpty() || !withdrawn.isEmpty()) {
            otherNodes.send(node, new Status(draining, answers, entries()));
        }
    }

    private List<StatusEntry> entries() {
        List<StatusEntry> entries = new ArrayList<>();
        declared.forEach((key, durableConnection) -> entries.add(new StatusEntry(
                key,
                durableConnection.version(),
                owned.containsKey(key),
                durableConnection.connection() != null && !isPausing(key))));
        owned.keySet().stream()
                .filter(key -> !declared.containsKey(key))
                .forEach(key -> entries.add(new StatusEntry(key, Long.MIN_VALUE, true, false)));
        return entries;
    }

    private boolean isPausing(DurableKey key) {
        return lastTick < candidateSince.getOrDefault(key, Long.MIN_VALUE);
    }

    /** Handles a message from another node. */
    void receive(String from, DurableMessage message, long now) {
        message.apply(this, from, now);
        completeDeclared(now);
        decide(now);
    }

    void statusReceived(String from, Status status, long now) {
        NodeStatus nodeStatus = peers.computeIfAbsent(from, id -> new NodeStatus(now));
        boolean first = !nodeStatus.hasSentStatus();
        nodeStatus.update(status, now);
        for (StatusEntry statusEntry : status.entries()) {
            entryReceived(from, status.draining(), statusEntry);
        }
        for (DurableConnection durableConnection : declared.values()) {
            if (durableConnection.json() != null
                    && nodeStatus.version(durableConnection.key()) < durableConnection.version()) {
                otherNodes.send(
                        from,
                        new Declared(durableConnection.key(), durableConnection.version(), durableConnection.json()));
            }
        }
        if (first) {
            sendStatus(from);
        }
    }

    private void entryReceived(String from, boolean leaving, StatusEntry statusEntry) {
        DurableKey key = statusEntry.key();
        Long until = withdrawn.get(key);
        if (until != null && statusEntry.version() != Long.MIN_VALUE && statusEntry.version() <= until) {
            otherNodes.send(from, new Withdrawn(key, until));
        }
        if (statusEntry.owned()) {
            if (declared.containsKey(key)) {
                hadOtherOwner.add(key);
            }
            // After a partition both own it: the chosen one keeps it.
            if (!leaving && !Rendezvous.choose(List.of(self, from), key).equals(self)) {
                releaseOwned(key);
            }
        }
    }

    void declarationReceived(Declared added, long now) {
        DurableKey key = added.key();
        DurableConnection known = declared.get(key);
        boolean old = added.version() <= withdrawn.getOrDefault(key, Long.MIN_VALUE)
                || (known != null && added.version() <= known.version());
        if (old || !hasRoom(added.json())) {
            return;
        }
        if (known != null) {
            releaseOwned(key);
        }
        put(connectionHolder.read(key, added.version(), added.json()), now);
        if (peers.values().stream().anyMatch(peer -> peer.owns(key, now))) {
            hadOtherOwner.add(key); // its status arrived before the declaration
        }
        sendStatusToAll();
    }
}
