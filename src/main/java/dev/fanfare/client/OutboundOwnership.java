package dev.fanfare.client;

import dev.fanfare.client.DurableMessage.Declared;
import dev.fanfare.client.DurableMessage.Entry;
import dev.fanfare.client.DurableMessage.Status;
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
 * Which durable connections the cluster has, and which of them this node owns.
 *
 * <p><b>The promise:</b> in a cluster whose nodes hear each other no connection has two owners. A node says that it owns a
 * connection before it opens it and until its last socket has ended, and takes one only while it knows of every other node
 * that it does not own it: since that node said so, or since it has been silent for {@link #TAKE_OVER_MILLIS}, by which
 * time one who is cut off has let go. Of those who may take it they agree on one by {@link Rendezvous}. {@code
 * src/docs/decisions/0016-durable-outbound.md} has the argument.
 *
 * <p>Pure: time in milliseconds of any origin is a parameter. Belongs to one thread.
 */
final class OutboundOwnership {

    /** How often a node says what it has. */
    static final long TICK_MILLIS = 1000;

    /** For so long what a node said is taken for what is. */
    static final long FRESH_MILLIS = 3000;

    /** A node that was stopped for so long has let go of what it owned as soon as it goes on. */
    static final long HOLD_MILLIS = 4000;

    /** A node that said nothing for so long owns nothing. */
    static final long TAKE_OVER_MILLIS = 8000;

    /** What a cluster may have declared at run time: so many, of so many characters together. */
    static final int MAX_DECLARED = 1000;

    static final int MAX_DECLARED_CHARACTERS = 8 * 1024 * 1024;

    /** So many withdrawals are remembered. */
    private static final int MAX_WITHDRAWN = 10_000;

    /** One that could not be taken is not tried for so long. */
    private static final long PAUSE_MILLIS = 2000;

    /** The other nodes. */
    interface Cluster {
        List<String> others();

        /** Whether this node is not the one who is cut off. */
        boolean inTouch();

        void send(String node, DurableMessage message);
    }

    /** Who has the connections. */
    interface Holder {
        /** Open it. {@link OutboundOwnership#closed} follows once, when it is no more. */
        void take(DurableConnection durableConnection, boolean moved);

        /** Close it, since it is another node's, or nobody's. */
        void release(DurableKey key);

        /** What this node makes of a declaration; without a connection if it cannot have it. */
        DurableConnection read(DurableKey key, long version, String json);
    }

    private enum Hold {
        TAKEN,
        RELEASED
    }

    private record PendingDeclaration(DurableKey key, long version, long until, Runnable then) {}

    private final String self;
    private final Cluster cluster;
    private final Holder holder;
    private final Map<DurableKey, DurableConnection> declared = new LinkedHashMap<>();
    private final Map<DurableKey, Long> withdrawn = new LinkedHashMap<>();
    private final Map<DurableKey, Hold> owned = new LinkedHashMap<>();

    /** Since when this node may take a connection; later than now while it pauses. */
    private final Map<DurableKey, Long> candidateSince = new HashMap<>();

    /** What another node had at some time. */
    private final Set<DurableKey> hadOtherOwner = new HashSet<>();

    private final Map<String, NodeStatus> peers = new HashMap<>();
    private final List<PendingDeclaration> pendingDeclarations = new ArrayList<>();
    private boolean draining;
    private long declaredCharacters;
    private long lastTick = Long.MIN_VALUE;

    OutboundOwnership(String self, Cluster cluster, Holder holder) {
        this.self = self;
        this.cluster = cluster;
        this.holder = holder;
    }

    // ---- what is asked for here

    /** A connection of the configuration. */
    void configure(DurableKey key, OutboundConnection connection, long now) {
        put(new DurableConnection(key, DurableConnection.CONFIGURED, null, connection), now);
    }

    /** Whether a connection is declared, or owned for the moment. */
    boolean isDeclaredOrOwned(DurableKey key) {
        return declared.containsKey(key) || owned.containsKey(key);
    }

    /** Whether there is room for one more declaration of that length. */
    boolean hasRoom(String json) {
        long count = declared.values().stream().filter(d -> d.json() != null).count();
        return count < MAX_DECLARED && declaredCharacters + json.length() <= MAX_DECLARED_CHARACTERS;
    }

    /** Says that this node is about to open a connection that is not declared yet. {@link #closed} takes it back. */
    void claim(DurableKey key) {
        owned.put(key, Hold.TAKEN);
        sendStatusToAll();
    }

    /**
     * Declares a connection that this node has claimed and opened.
     *
     * @param epochMillis the time of day
     * @param then runs when all nodes that speak know of it, or after {@link #FRESH_MILLIS}
     */
    void declare(
            DurableKey key, OutboundConnection connection, String json, long epochMillis, long now, Runnable then) {
        long version = Math.max(epochMillis, withdrawn.getOrDefault(key, DurableConnection.CONFIGURED) + 1);
        DurableConnection durableConnection = new DurableConnection(key, version, json, connection);
        put(durableConnection, now);
        sendStatusToAll();
        for (String node : cluster.others()) {
            cluster.send(node, new Declared(key, version, json));
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
                .allMatch(peer -> peer.isDrained() || peer.isDead(now) || (peer.isCurrent(now) && peer.version(key) >= version));
    }

    /** Nobody is to have this connection any more, on any node. */
    void withdraw(DurableKey key) {
        DurableConnection durableConnection = declared.get(key);
        if (durableConnection != null) {
            withdraw(key, durableConnection.version());
            for (String node : cluster.others()) {
                cluster.send(node, new Withdrawn(key, durableConnection.version()));
            }
        }
    }

    private void withdraw(DurableKey key, long version) {
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

    // ---- what becomes of those that are owned

    /** How many this node owns. */
    int owned() {
        return owned.size();
    }

    /** How many are declared, as far as this node knows. */
    int declared() {
        return declared.size();
    }

    /**
     * A connection that this node owned is no more: it has ended and so has its last socket, or it could not be taken.
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

    /** This node stops: it takes nothing any more, and lets go of everything if there is somebody to take it. */
    void drain() {
        draining = true;
        if (!cluster.others().isEmpty()) {
            releaseAll();
        }
        sendStatusToAll();
    }

    private void releaseAll() {
        List.copyOf(owned.keySet()).forEach(this::releaseOwned);
    }

    private void releaseOwned(DurableKey key) {
        if (owned.replace(key, Hold.TAKEN, Hold.RELEASED)) {
            holder.release(key);
        }
    }

    // ---- time

    /** Looks after everything; to be called every {@link #TICK_MILLIS}. */
    void tick(long now) {
        if (lastTick != Long.MIN_VALUE && now - lastTick > HOLD_MILLIS) {
            releaseAll();
            peers.values().forEach(nodeStatus -> nodeStatus.invalidate(now));
        }
        lastTick = now;
        List<String> members = cluster.others();
        members.forEach(member -> peers.computeIfAbsent(member, id -> new NodeStatus(now)));
        peers
                .entrySet()
                .removeIf(entry -> !members.contains(entry.getKey())
                        && (entry.getValue().isDrained() || entry.getValue().isDead(now)));
        if (!cluster.inTouch()) {
            releaseAll();
        }
        sendStatusToAll();
        completeDeclared(now);
        decide(now);
    }

    /** Takes what is nobody's and falls to this node. */
    private void decide(long now) {
        boolean begun = lastTick != Long.MIN_VALUE; // before that it does not know whom to hear
        if (!begun || draining || !cluster.inTouch() || !allPeersCurrent(now)) {
            return;
        }
        for (DurableConnection durableConnection : List.copyOf(declared.values())) {
            if (mayTake(durableConnection, now)
                    && chosen(durableConnection.key(), now).equals(self)) {
                owned.put(durableConnection.key(), Hold.TAKEN);
                sendStatusToAll();
                holder.take(durableConnection, hadOtherOwner.contains(durableConnection.key()));
            }
        }
    }

    private boolean allPeersCurrent(long now) {
        return peers.values().stream().allMatch(peer -> peer.isDrained() || peer.isCurrent(now) || peer.isDead(now));
    }

    /** One who has just become a candidate waits until nobody believes any more that it is none. */
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
        cluster.others().forEach(this::sendStatus);
    }

    /** Who has nothing to say keeps silent until it is spoken to. */
    private void sendStatus(String node) {
        NodeStatus nodeStatus = peers.get(node);
        boolean answers = nodeStatus != null && nodeStatus.hasSentStatus();
        if (answers || !declared.isEmpty() || !owned.isEmpty() || !withdrawn.isEmpty()) {
            cluster.send(node, new Status(draining, answers, entries()));
        }
    }

    private List<Entry> entries() {
        List<Entry> entries = new ArrayList<>();
        declared.forEach((key, durableConnection) -> entries.add(new Entry(
                key,
                durableConnection.version(),
                owned.containsKey(key),
                durableConnection.connection() != null && !isPausing(key))));
        owned.keySet().stream()
                .filter(key -> !declared.containsKey(key))
                .forEach(key -> entries.add(new Entry(key, Long.MIN_VALUE, true, false)));
        return entries;
    }

    private boolean isPausing(DurableKey key) {
        return lastTick < candidateSince.getOrDefault(key, Long.MIN_VALUE);
    }

    /** Another node has said something. */
    void receive(String from, DurableMessage message, long now) {
        if (message instanceof Status status) {
            statusReceived(from, status, now);
        } else if (message instanceof Declared added) {
            declarationReceived(added, now);
        } else if (message instanceof Withdrawn removed) {
            withdraw(removed.key(), removed.version());
        }
        completeDeclared(now);
        decide(now);
    }

    private void statusReceived(String from, Status status, long now) {
        NodeStatus nodeStatus = peers.computeIfAbsent(from, id -> new NodeStatus(now));
        boolean first = !nodeStatus.hasSentStatus();
        nodeStatus.update(status, now);
        for (Entry entry : status.entries()) {
            entryReceived(from, status.draining(), entry);
        }
        for (DurableConnection durableConnection : declared.values()) {
            if (durableConnection.json() != null
                    && nodeStatus.version(durableConnection.key()) < durableConnection.version()) {
                cluster.send(
                        from,
                        new Declared(durableConnection.key(), durableConnection.version(), durableConnection.json()));
            }
        }
        if (first) {
            sendStatus(from);
        }
    }

    private void entryReceived(String from, boolean leaving, Entry entry) {
        DurableKey key = entry.key();
        Long until = withdrawn.get(key);
        if (until != null && entry.version() != Long.MIN_VALUE && entry.version() <= until) {
            cluster.send(from, new Withdrawn(key, until));
        }
        if (entry.owned()) {
            if (declared.containsKey(key)) {
                hadOtherOwner.add(key);
            }
            // Two were apart, and each had one: that of the one who is chosen remains.
            if (!leaving && !Rendezvous.choose(List.of(self, from), key).equals(self)) {
                releaseOwned(key);
            }
        }
    }

    private void declarationReceived(Declared added, long now) {
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
        put(holder.read(key, added.version(), added.json()), now);
        if (peers.values().stream().anyMatch(peer -> peer.owns(key, now))) {
            hadOtherOwner.add(key); // its owner said so before it said what it is
        }
        sendStatusToAll();
    }
}
