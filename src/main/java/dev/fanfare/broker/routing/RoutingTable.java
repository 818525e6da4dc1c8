package dev.fanfare.broker.routing;

import dev.fanfare.broker.routing.RoutingMessage.DeltaAck;
import dev.fanfare.broker.routing.RoutingMessage.Heartbeat;
import dev.fanfare.broker.routing.RoutingMessage.Leave;
import dev.fanfare.broker.routing.RoutingMessage.SubscriptionDelta;
import dev.fanfare.broker.routing.RoutingMessage.WindowUpdate;
import dev.fanfare.core.ClusterTime;
import dev.fanfare.core.codec.WireVersions;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongFunction;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Which node subscribes to which slot, in the whole cluster, as one node knows it.
 *
 * <p><b>Guarantee:</b> once {@link #whenKnown} has run for a slot, every publication that begins later on any
 * reachable node is sent here. Two rules ensure it. A publisher may rely on its copy of our subscriptions only for
 * {@link #KNOWN_MILLIS} from when it sent the heartbeat that we answered; without that it sends us everything. And we
 * wait for a node until it has acknowledged the change or has been silent for {@link #SILENCE_MILLIS}, which is longer:
 * by then it relies on nothing. {@code src/docs/decisions/0015-own-view.md} has the full argument.
 *
 * <p>Pure: time is a parameter, in milliseconds of any origin, and messages go to a {@link Post}. Bounded by the
 * members of the cluster times a bit for each slot. Confined to the registry's thread, except {@link #peers}, {@link
 * #peer}, {@link #hasLeft}, {@link #refused(String)} and {@link #versionOf}.
 */
public final class RoutingTable {

    /** How often heartbeats are sent and timeouts checked. */
    public static final long TICK_MILLIS = ClusterTime.HEARTBEAT.millis();

    /** How long the answer to a heartbeat keeps a copy valid, from when the heartbeat was sent. */
    static final long KNOWN_MILLIS = 2000;

    /** A node that has sent nothing for this long is silent: nothing waits for it. */
    public static final long SILENCE_MILLIS = ClusterTime.SILENCE.millis();

    /** How long a node that was paused waits for the others at most before it considers itself the only one. */
    static final long REJOIN_MILLIS = ClusterTime.REJOIN.millis();

    /** Received publications are acknowledged after this many bytes, and at every tick. */
    private static final long WINDOW_UPDATE_BYTES = 64 * 1024;

    /** A silent node is sent a heartbeat at every so many ticks only. */
    private static final int SILENT_TICKS = ClusterTime.SILENT_HEARTBEAT.millis() / ClusterTime.HEARTBEAT.millis();

    private static final Peer[] NO_PEERS = {};

    /** Sends messages to other nodes: to each of them in order, or not at all. */
    public interface Post {
        void send(String node, RoutingMessage message);
    }

    /** Is notified of changes, on the thread of the routing table. */
    public interface Observer {
        /**
         * A node is reachable, for the first time or again, or this one was paused: earlier messages in either
         * direction may be lost.
         */
        void reachable(String node);

        /** A node has become silent, or has been heard again. */
        void silent(String node, boolean silent);

        /** A node is no longer a member, or announced that it leaves. */
        void left(String node);

        /** A node was removed with this many bytes of publications in flight to it. */
        void lost(String node, long bytes);

        /** This many bytes of a node's publications to this one never arrived. */
        void missed(String node, long bytes);

        /**
         * A node that speaks no version of the protocol that this one speaks was met. It is sent nothing but heartbeats, and
         * counts as one that cannot be reached.
         */
        void refused(String node, WireVersions theirs);

        /** The copy of a node's subscriptions did not match its digest, and is fetched again. */
        void differs(String node);
    }

    private final String self;
    private final WireVersions versions;
    private final int slots;
    private final Post post;
    private final LongFunction<SendWindow> windows;
    private final Observer observer;
    private final SubscriptionSet ours;
    private final Map<String, Peer> byId = new HashMap<>();
    private final Set<String> leftMembers = ConcurrentHashMap.newKeySet();
    private final Map<String, RefusedNode> refused = new ConcurrentHashMap<>();
    private final Queue<VersionWaiter> waiting = new ArrayDeque<>();
    private volatile Peer[] peers = NO_PEERS;
    private List<String> members = List.of();
    private long lastMark;
    private int ticks;
    private long lastTick = Long.MIN_VALUE;

    /** Whether this node was paused and does not know yet whether it is still a member. */
    private boolean rejoining;

    private long resumedAt;

    /** The latest version of our subscriptions that was reported as known everywhere. */
    private long releasedVersion;

    private record VersionWaiter(long version, Runnable then) {}

    private record RefusedNode(WireVersions versions, long heardAt) {}

    /**
     * @param versions of the protocol that this node speaks
     * @param slots the number of slots, equal on all nodes; 1 and up
     * @param windows creates a send window from its first mark
     */
    public RoutingTable(
            String self,
            WireVersions versions,
            int slots,
            Post post,
            LongFunction<SendWindow> windows,
            Observer observer) {
        this.self = self;
        this.versions = versions;
        this.slots = slots;
        this.ours = new SubscriptionSet(slots, 0);
        this.post = post;
        this.windows = windows;
        this.observer = observer;
    }

    /** The other nodes. Any thread. */
    public Peer[] peers() {
        return peers;
    }

    /** Another node; null if it is not in the cluster. Any thread. */
    public @Nullable Peer peer(String id) {
        for (Peer peer : peers) {
            if (peer.id().equals(id)) {
                return peer;
            }
        }
        return null;
    }

    /** Whether a node has announced that it leaves, while it is still a member. Any thread. */
    public boolean hasLeft(String id) {
        return leftMembers.contains(id);
    }

    /** The versions of a node that speaks none of those that this node speaks; null for any other node. Any thread. */
    public @Nullable WireVersions refused(String id) {
        RefusedNode refusedNode = refused.get(id);
        return refusedNode == null ? null : refusedNode.versions;
    }

    /** Number of nodes that speak no version of the protocol that this node speaks. Any thread. */
    public int refused() {
        return refused.size();
    }

    /** The version of the protocol to use towards a node; the oldest one until it has introduced itself. Any thread. */
    public int versionOf(String id) {
        Peer peer = peer(id);
        return peer == null ? versions.oldest() : peer.version();
    }

    /** Subscribes this node to a slot. Returns the version to pass to {@link #whenKnown}. */
    public long subscribe(int slot) {
        return change(slot, true);
    }

    /** Unsubscribes this node from a slot. */
    public void unsubscribe(int slot) {
        change(slot, false);
    }

    private long change(int slot, boolean subscribed) {
        long version = ours.change(slot, subscribed);
        for (Peer peer : peers) {
            if (peer.announcedVersion != SubscriptionSet.NOTHING) {
                peer.changedSlots.add(slot);
                sendDelta(peer);
            }
        }
        return version;
    }

    /**
     * Runs a task when every node either knows this version or relies on none, perhaps at once.
     *
     * @param version not less than in any earlier call
     */
    public void whenKnown(long version, Runnable then) {
        waiting.add(new VersionWaiter(version, then));
        runKnown();
    }

    private void runKnown() {
        for (VersionWaiter next = waiting.peek(); next != null && isKnown(next.version); next = waiting.peek()) {
            waiting.remove();
            releasedVersion = next.version;
            next.then.run();
        }
    }

    /** A peer that was sent no subscriptions yet relies on none, and will be sent all of them. */
    private boolean isKnown(long version) {
        for (Peer peer : peers) {
            if (peer.acknowledgedVersion < version
                    && !peer.isSilent()
                    && peer.announcedVersion != SubscriptionSet.NOTHING) {
                return false;
            }
        }
        return true;
    }

    /** Whether this node and every reachable member know each other's subscriptions. */
    public boolean isComplete(long now) {
        return Arrays.stream(peers)
                .allMatch(peer ->
                        !peer.isMember() || peer.isSilent() || (peer.isKnown(now) && peer.acknowledgedVersion >= 0));
    }

    /**
     * Whether this node is on the majority side: more than half of the members are reachable, itself included, or half
     * of them with the eldest among these. After a pause it is not, until they have answered.
     */
    public boolean isInTouch() {
        return !rejoining && isInTouch(this::isReachable);
    }

    private boolean isInTouch(Predicate<String> reachable) {
        List<String> present = members.stream()
                .filter(m -> !leftMembers.contains(m) && !isStarting(m))
                .toList();
        long inTouch = present.stream().filter(reachable).count();
        if (2 * inTouch != present.size()) {
            return 2 * inTouch > present.size();
        }
        return !present.isEmpty() && reachable.test(present.get(0));
    }

    /** A younger member that never sent a heartbeat may still be starting: its silence says nothing about this node. */
    private boolean isStarting(String id) {
        Peer peer = byId.get(id);
        return members.indexOf(id) > members.indexOf(self)
                && (peer == null || !peer.everHeard)
                && !refused.containsKey(id);
    }

    private boolean isReachable(String id) {
        Peer peer = byId.get(id);
        return id.equals(self) || (peer != null && !peer.isSilent());
    }

    /** The age of the oldest answer that keeps the copy of a member valid, in milliseconds; 0 without other members. */
    public long age(long now) {
        long oldest = 0;
        for (Peer peer : peers) {
            long until = peer.validUntil();
            oldest = Math.max(oldest, until == Long.MIN_VALUE ? now - peer.lastHeardAt : now - until + KNOWN_MILLIS);
        }
        return oldest;
    }

    /**
     * Updates membership, detects silent nodes and sends heartbeats. Call it every {@link #TICK_MILLIS}.
     *
     * @param current the members of the cluster, this node included, the eldest first
     * @param accepting whether received publications may be acknowledged, so that more follow
     */
    public void tick(long now, Collection<String> current, boolean accepting) {
        ticks++;
        compensatePause(now);
        members = List.copyOf(current);
        rejoining = rejoining && now - resumedAt < REJOIN_MILLIS && !hasRejoined();
        leftMembers.retainAll(members);
        refused.entrySet()
                .removeIf(node -> !members.contains(node.getKey()) && now - node.getValue().heardAt >= SILENCE_MILLIS);
        for (String member : members) {
            if (!member.equals(self)
                    && !byId.containsKey(member)
                    && !leftMembers.contains(member)
                    && !refused.containsKey(member)) {
                add(member, now);
            }
        }
        if (ticks % SILENT_TICKS == 0) {
            refused.keySet().forEach(node -> introduce(node, now));
        }
        for (Peer peer : peers) {
            boolean silent = now - peer.lastHeardAt >= SILENCE_MILLIS;
            if (silent && !members.contains(peer.id())) {
                observer.lost(peer.id(), remove(peer));
                continue;
            }
            // A node that is not a member may have given us up, too, and then does not send us its changes.
            peer.member(members.contains(peer.id()), now);
            silent(peer, silent);
            if (accepting) {
                peer.acknowledgedMark = peer.receivedMark;
            }
            // Messages to a silent node only queue up.
            if (!silent || ticks % SILENT_TICKS == 0) {
                sendHeartbeat(peer, now, peer.theirs().version() == SubscriptionSet.NOTHING);
            }
        }
        runKnown();
    }

    /** No peer was silent while this process was paused: their messages wait to be read. */
    private void compensatePause(long now) {
        long paused = lastTick == Long.MIN_VALUE ? 0 : now - lastTick - TICK_MILLIS;
        if (paused > TICK_MILLIS) {
            for (Peer peer : peers) {
                long before = peer.lastHeardAt;
                peer.lastHeardAt = Math.min(now, before + paused); // sockets may have been read before this runs
            }
        }
        if (paused >= SILENCE_MILLIS - TICK_MILLIS) {
            // Others may have considered this node silent.
            for (Peer peer : peers) {
                observer.reachable(peer.id());
            }
        }
        if (paused >= SILENCE_MILLIS && peers.length > 0) {
            rejoining = true;
            resumedAt = now;
        }
        lastTick = now;
    }

    /** Messages queued during the pause are old: only answers to later heartbeats count. */
    private boolean hasRejoined() {
        return members.stream().anyMatch(this::hasAnswered) && isInTouch(m -> m.equals(self) || hasAnswered(m));
    }

    private boolean hasAnswered(String member) {
        Peer peer = byId.get(member);
        return peer != null && peer.validUntil() >= resumedAt + KNOWN_MILLIS;
    }

    /**
     * A node is no longer a member and its host refuses connections to its bus: it publishes nothing, so nothing waits
     * for it. Returns false if it is a member, or was not known.
     */
    public boolean crashed(String id, Collection<String> current) {
        Peer peer = byId.get(id);
        if (peer == null || current.contains(id)) {
            return false;
        }
        observer.lost(id, remove(peer));
        runKnown();
        return true;
    }

    private Peer add(String id, long now) {
        Peer peer = new Peer(id, versions.oldest(), slots, windows.apply(lastMark), now);
        peer.member(members.contains(id), now);
        byId.put(id, peer);
        peers = byId.values().toArray(NO_PEERS);
        observer.reachable(id);
        return peer;
    }

    /** Returns the bytes in flight to it. */
    private long remove(Peer peer) {
        lastMark = Math.max(lastMark, SendWindow.after(peer.sendWindow().sent()));
        byId.remove(peer.id());
        peers = byId.values().toArray(NO_PEERS);
        long unacknowledged = peer.sendWindow().close();
        observer.left(peer.id());
        return unacknowledged;
    }

    private void silent(Peer peer, boolean silent) {
        if (peer.isSilent() != silent) {
            peer.silent(silent);
            observer.silent(peer.id(), silent);
            if (!silent) {
                observer.reachable(peer.id());
            }
        }
    }

    private void sendHeartbeat(Peer peer, long now, boolean all) {
        peer.fullRequested = all;
        post.send(
                peer.id(),
                new Heartbeat(
                        self,
                        versions,
                        peer.theirs().version(),
                        all,
                        now,
                        peer.sendWindow().sent(),
                        peer.acknowledgedMark));
    }

    /** A node that is refused has to refuse this one, too. */
    private void introduce(String node, long now) {
        post.send(node, new Heartbeat(self, versions, SubscriptionSet.NOTHING, false, now, 0, 0));
    }

    /**
     * Compares the versions of a node that has introduced itself with those of this one. Returns the version to use, or {@link
     * WireVersions#NONE}: then it is refused.
     */
    public int agree(String id, WireVersions theirs, long now) {
        int common = versions.common(theirs);
        if (common == WireVersions.NONE) {
            refuse(id, theirs, now);
        } else {
            refused.remove(id);
        }
        return common;
    }

    private void refuse(String id, WireVersions theirs, long now) {
        RefusedNode before = refused.put(id, new RefusedNode(theirs, now));
        Peer peer = byId.get(id);
        if (peer != null) {
            remove(peer);
            runKnown();
        }
        if (before == null) {
            observer.refused(id, theirs);
        }
    }

    /**
     * Counts a publication that arrived from another node.
     *
     * @param weight the bytes it counts for, or {@link ReceivedMarks#UNKNOWN_WEIGHT}
     */
    public void received(String from, long mark, int weight, boolean accepting) {
        Peer peer = byId.get(from);
        if (peer != null) {
            peer.marks.arrived(mark, weight);
            peer.receivedMark = Math.max(peer.receivedMark, mark);
            if (accepting && peer.receivedMark - peer.acknowledgedMark >= WINDOW_UPDATE_BYTES) {
                sendWindowUpdate(peer);
            }
        }
    }

    /** Acknowledges everything received: there is room again. */
    public void sendWindowUpdates() {
        for (Peer peer : peers) {
            if (peer.receivedMark > peer.acknowledgedMark) {
                sendWindowUpdate(peer);
            }
        }
    }

    private void sendWindowUpdate(Peer peer) {
        peer.acknowledgedMark = peer.receivedMark;
        post.send(peer.id(), new WindowUpdate(self, peer.acknowledgedMark));
    }

    /** Handles a message of another node. */
    public void receive(RoutingMessage message, long now) {
        message.accept(new RoutingReceiver(now));
    }

    /** Handles each kind of message. */
    private final class RoutingReceiver implements RoutingVisitor {

        private final long now;

        RoutingReceiver(long now) {
            this.now = now;
        }

        @Override
        public void on(Heartbeat heartbeat) {
            int version = agree(heartbeat.from(), heartbeat.versions(), now);
            if (version != WireVersions.NONE) {
                Peer peer = heard(heartbeat.from(), now);
                peer.version(version);
                onHeartbeat(peer, heartbeat, now);
            }
        }

        @Override
        public void on(SubscriptionDelta subscriptionDelta) {
            if (!refused.containsKey(subscriptionDelta.from())) {
                onDelta(heard(subscriptionDelta.from(), now), subscriptionDelta, now);
            }
        }

        @Override
        public void on(DeltaAck deltaAck) {
            if (!refused.containsKey(deltaAck.from())) {
                Peer peer = heard(deltaAck.from(), now);
                peer.awaitingAck = false;
                onAck(peer, deltaAck.version());
            }
        }

        @Override
        public void on(WindowUpdate windowUpdate) {
            if (!refused.containsKey(windowUpdate.from())) {
                heard(windowUpdate.from(), now).sendWindow().acknowledge(windowUpdate.mark());
            }
        }

        @Override
        public void on(Leave leave) {
            onLeave(leave.from());
        }
    }

    /** A node that sends to us exists, whether or not it is in the member list yet. */
    private Peer heard(String id, long now) {
        Peer known = byId.get(id);
        Peer peer = known == null ? add(id, now) : known;
        leftMembers.remove(id);
        peer.lastHeardAt = Math.max(peer.lastHeardAt, now);
        peer.everHeard = true;
        silent(peer, false);
        return peer;
    }

    private void onLeave(String id) {
        leftMembers.add(id);
        refused.remove(id);
        Peer peer = byId.get(id);
        if (peer == null) {
            observer.left(id); // requests to it may be pending although it was never heard of
        } else {
            remove(peer);
            runKnown();
        }
    }

    private void onHeartbeat(Peer peer, Heartbeat heartbeat, long now) {
        long missed = peer.marks.heartbeat(heartbeat.sent(), now);
        if (missed > 0) {
            observer.missed(peer.id(), missed);
        }
        peer.receivedMark = Math.max(peer.receivedMark, heartbeat.sent());
        peer.sendWindow().acknowledge(heartbeat.received());
        // A peer we skipped as silent must resync before using its copy.
        if (heartbeat.all() || peer.announcedVersion < releasedVersion) {
            sendSnapshot(peer, heartbeat.at());
            return;
        }
        if (heartbeat.known() == peer.announcedVersion) {
            peer.awaitingAck = false;
        }
        send(peer, peer.announcedVersion, SlotList.NONE, SlotList.NONE, heartbeat.at());
        onAck(peer, heartbeat.known());
    }

    private void onAck(Peer peer, long version) {
        if (version > peer.acknowledgedVersion) {
            peer.acknowledgedVersion = version;
            runKnown();
        }
        sendDelta(peer);
    }

    /** Pending changes go out as one message; the next one follows the acknowledgement. */
    private void sendDelta(Peer peer) {
        if (peer.announcedVersion == SubscriptionSet.NOTHING || peer.awaitingAck || peer.changedSlots.isEmpty()) {
            return;
        }
        SlotList changed = peer.changedSlots.take();
        long base = peer.announcedVersion;
        markAnnounced(peer);
        send(
                peer,
                base,
                changed.where(ours::contains),
                changed.where(slot -> !ours.contains(slot)),
                SubscriptionDelta.UNASKED);
    }

    private void sendSnapshot(Peer peer, long at) {
        markAnnounced(peer);
        send(peer, SubscriptionSet.NOTHING, ours.all(), SlotList.NONE, at);
    }

    private void markAnnounced(Peer peer) {
        peer.changedSlots.clear();
        peer.awaitingAck = true;
        peer.announcedVersion = ours.version();
        peer.announcedDigest = ours.digest();
    }

    private void send(Peer peer, long base, SlotList added, SlotList removed, long at) {
        post.send(
                peer.id(),
                new SubscriptionDelta(self, base, peer.announcedVersion, peer.announcedDigest, added, removed, at));
    }

    private void onDelta(Peer peer, SubscriptionDelta subscriptionDelta, long now) {
        SubscriptionSet theirs = peer.theirs();
        if (subscriptionDelta.base() == SubscriptionSet.NOTHING && subscriptionDelta.version() >= theirs.version()) {
            theirs.replace(subscriptionDelta.version(), subscriptionDelta.added());
        } else if (subscriptionDelta.base() == theirs.version()) {
            theirs.apply(subscriptionDelta.version(), subscriptionDelta.added(), subscriptionDelta.removed());
        } else {
            // A message was lost, or this one was overtaken.
            if (subscriptionDelta.version() > theirs.version() && !peer.fullRequested) {
                sendHeartbeat(peer, now, true);
            }
            return;
        }
        confirm(peer, subscriptionDelta, now);
    }

    private void confirm(Peer peer, SubscriptionDelta subscriptionDelta, long now) {
        if (peer.theirs().digest() != subscriptionDelta.digest()) {
            observer.differs(peer.id());
            if (!peer.fullRequested) {
                sendHeartbeat(peer, now, true);
            }
            return;
        }
        peer.fullRequested = false;
        if (subscriptionDelta.at() != SubscriptionDelta.UNASKED && subscriptionDelta.at() >= peer.memberSince()) {
            peer.knownUntil(subscriptionDelta.at() + KNOWN_MILLIS);
        }
        if (subscriptionDelta.base() != subscriptionDelta.version()) {
            post.send(peer.id(), new DeltaAck(self, subscriptionDelta.version()));
        }
    }
}
