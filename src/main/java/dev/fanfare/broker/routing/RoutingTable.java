package dev.fanfare.broker.routing;

import dev.fanfare.broker.routing.RoutingMessage.DeltaAck;
import dev.fanfare.broker.routing.RoutingMessage.Heartbeat;
import dev.fanfare.broker.routing.RoutingMessage.Leave;
import dev.fanfare.broker.routing.RoutingMessage.SubscriptionDelta;
import dev.fanfare.broker.routing.RoutingMessage.WindowUpdate;
import java.util.ArrayDeque;
import java.util.ArrayList;
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
 * Who listens to what, in the whole cluster, as one node knows it.
 *
 * <p><b>The promise:</b> once {@link #whenKnown} has run for an address, every publication that begins later on any node in
 * touch is sent here. It rests on two rules. A publisher may rely on its copy of our addresses only for
 * {@link #KNOWN_MILLIS} from when it asked for what we then confirmed; without that it sends us everything. And we wait
 * for a node until it has seen the change, or until it has been silent for {@link #SILENCE_MILLIS}, which is longer: by
 * then it relies on nothing. {@code src/docs/decisions/0015-own-view.md} has the whole argument.
 *
 * <p>Pure: time in milliseconds of any origin is a parameter, messages are handed to a {@link Post}. Belongs to one
 * thread, except {@link #peers}, {@link #peer} and {@link #hasLeft}.
 */
public final class RoutingTable {

    /** How often a node looks after the others. */
    public static final long TICK_MILLIS = 500;

    /** How long an answer vouches for what a node listens to, from when it was asked for. */
    static final long KNOWN_MILLIS = 2000;

    /** Without a word for so long, a node is not waited for. */
    public static final long SILENCE_MILLIS = 3000;

    /** For so long at most a node that was asleep waits for the others before it takes itself for the only one. */
    static final long REJOIN_MILLIS = 15_000;

    /** Publications are settled when there are so many bytes of them, and at every tick. */
    private static final long WINDOW_UPDATE_BYTES = 64 * 1024;

    /** One who is silent is asked every so many ticks only. */
    private static final int SILENT_TICKS = 4;

    private static final Peer[] NO_PEERS = {};

    /** Sends messages to other nodes: in order to each, or not at all. */
    public interface Post {
        void send(String node, RoutingMessage message);
    }

    /** Hears how things go. */
    public interface Observer {
        /**
         * A node is in touch, for the first time or again, or this one was asleep: of what was said before that, either way,
         * something may be lost.
         */
        void reachable(String node);

        /** Whether a node is in touch has changed. */
        void silent(String node, boolean silent);

        /** A node is none of the cluster any more, or says that it ends. */
        void left(String node);

        /** A node was given up while so many bytes of publications were on their way to it. */
        void lost(String node, long bytes);

        /** So many bytes of a node's publications to this one never arrived. */
        void missed(String node, long bytes);

        /** A copy of a node's addresses was not what it should be, and is fetched again. */
        void differs(String node);
    }

    private final String self;
    private final Post post;
    private final LongFunction<SendWindow> windows;
    private final Observer observer;
    private final SubscriptionSet ours = new SubscriptionSet(0);
    private final Map<String, Peer> byId = new HashMap<>();
    private final Set<String> leftMembers = ConcurrentHashMap.newKeySet();
    private final Queue<Waiting> waiting = new ArrayDeque<>();
    private volatile Peer[] peers = NO_PEERS;
    private List<String> members = List.of();
    private long lastMark;
    private int ticks;
    private long lastTick = Long.MIN_VALUE;

    /** Whether this node was asleep, and does not know yet whether it is still one of the cluster. */
    private boolean rejoining;

    private long resumedAt;

    /** The latest version of ours that somebody was told is known everywhere. */
    private long releasedVersion;

    private record Waiting(long version, Runnable then) {}

    /** @param windows makes one whose marks begin there */
    public RoutingTable(String self, Post post, LongFunction<SendWindow> windows, Observer observer) {
        this.self = self;
        this.post = post;
        this.windows = windows;
        this.observer = observer;
    }

    /** The other nodes. Any thread. */
    public Peer[] peers() {
        return peers;
    }

    /** Another node, null if it is none of the cluster. Any thread. */
    public @Nullable Peer peer(String id) {
        for (Peer peer : peers) {
            if (peer.id().equals(id)) {
                return peer;
            }
        }
        return null;
    }

    /** Whether a node has said that it ends, while the cluster still has it as a member. Any thread. */
    public boolean hasLeft(String id) {
        return leftMembers.contains(id);
    }

    /** This node listens to an address from now on. Returns what to give to {@link #whenKnown}. */
    public long subscribe(String address) {
        return change(address, true);
    }

    /** This node no longer listens to an address. */
    public void unsubscribe(String address) {
        change(address, false);
    }

    private long change(String address, boolean subscribed) {
        long version = ours.change(address, subscribed);
        for (Peer peer : peers) {
            peer.pendingChanges.put(address, subscribed);
            sendDelta(peer);
        }
        return version;
    }

    /**
     * Runs something when every node knows of this change, or relies on nothing it knows. Perhaps at once.
     *
     * @param version not less than that of any call before
     */
    public void whenKnown(long version, Runnable then) {
        waiting.add(new Waiting(version, then));
        runKnown();
    }

    private void runKnown() {
        for (Waiting next = waiting.peek(); next != null && isKnown(next.version); next = waiting.peek()) {
            waiting.remove();
            releasedVersion = next.version;
            next.then.run();
        }
    }

    /** Who was told nothing yet relies on nothing, and will be told all. */
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

    /** Whether this node and every other member that speaks know what the other listens to. */
    public boolean isComplete(long now) {
        return Arrays.stream(peers)
                .allMatch(peer ->
                        !peer.isMember() || peer.isSilent() || (peer.isKnown(now) && peer.acknowledgedVersion >= 0));
    }

    /**
     * Whether so many members are in touch that this node is not the one who is cut off: more than half of them, itself
     * included, or half of them and among these the eldest. After a sleep it is cut off until they have answered.
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

    /** A younger member that was never heard of does not answer yet: that says nothing of this node. */
    private boolean isStarting(String id) {
        Peer peer = byId.get(id);
        return members.indexOf(id) > members.indexOf(self) && (peer == null || !peer.everHeard);
    }

    private boolean isReachable(String id) {
        Peer peer = byId.get(id);
        return id.equals(self) || (peer != null && !peer.isSilent());
    }

    /** The age of the least recent answer that vouches for a member, in milliseconds; 0 with no other members. */
    public long age(long now) {
        long oldest = 0;
        for (Peer peer : peers) {
            long until = peer.validUntil();
            oldest = Math.max(oldest, until == Long.MIN_VALUE ? now - peer.lastHeardAt : now - until + KNOWN_MILLIS);
        }
        return oldest;
    }

    /**
     * Looks after everything; to be called every {@link #TICK_MILLIS}.
     *
     * @param current the members of the cluster, this node included, the eldest first
     * @param accepting whether what was received here has been dealt with so far that more may come
     */
    public void tick(long now, Collection<String> current, boolean accepting) {
        ticks++;
        compensatePause(now);
        members = List.copyOf(current);
        rejoining = rejoining && now - resumedAt < REJOIN_MILLIS && !hasRejoined();
        leftMembers.retainAll(members);
        for (String member : members) {
            if (!member.equals(self) && !byId.containsKey(member) && !leftMembers.contains(member)) {
                add(member, now);
            }
        }
        for (Peer peer : peers) {
            boolean silent = now - peer.lastHeardAt >= SILENCE_MILLIS;
            if (silent && !members.contains(peer.id())) {
                observer.lost(peer.id(), remove(peer));
                continue;
            }
            // A node that is no member may have given us up as well, and then does not tell us what changes.
            peer.member(members.contains(peer.id()), now);
            silent(peer, silent);
            if (accepting) {
                peer.acknowledgedMark = peer.receivedMark;
            }
            // What is sent to one who is silent only waits.
            if (!silent || ticks % SILENT_TICKS == 0) {
                sendHeartbeat(peer, now, peer.theirs().version() == SubscriptionSet.NOTHING);
            }
        }
        runKnown();
    }

    /** While this node was stopped, nobody was silent: what they said waits to be read. */
    private void compensatePause(long now) {
        long paused = lastTick == Long.MIN_VALUE ? 0 : now - lastTick - TICK_MILLIS;
        if (paused > TICK_MILLIS) {
            for (Peer peer : peers) {
                long before = peer.lastHeardAt;
                peer.lastHeardAt = Math.min(now, before + paused); // sockets may be read before this runs
            }
        }
        if (paused >= SILENCE_MILLIS - TICK_MILLIS) {
            // Others may have taken this node for silent.
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

    /** What waited to be read when this node awoke is old: what counts is answers to what it asked since. */
    private boolean hasRejoined() {
        return members.stream().anyMatch(this::hasAnswered) && isInTouch(m -> m.equals(self) || hasAnswered(m));
    }

    private boolean hasAnswered(String member) {
        Peer peer = byId.get(member);
        return peer != null && peer.validUntil() >= resumedAt + KNOWN_MILLIS;
    }

    /**
     * A node is none of the cluster any more, and its machine refuses connections to it: it publishes nothing, so that nobody
     * has to wait for it. Returns whether anybody did.
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
        Peer peer = new Peer(id, windows.apply(lastMark), now);
        peer.member(members.contains(id), now);
        byId.put(id, peer);
        peers = byId.values().toArray(NO_PEERS);
        observer.reachable(id);
        return peer;
    }

    /** Returns the bytes that were on their way to it. */
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
                        peer.theirs().version(),
                        all,
                        now,
                        peer.sendWindow().sent(),
                        peer.acknowledgedMark));
    }

    /**
     * A publication of another node has arrived.
     *
     * @param weight what it counts for, or {@link ReceivedMarks#UNKNOWN_WEIGHT}
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

    /** More may come now: settles what is not. */
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

    /** Another node has said something. */
    public void receive(RoutingMessage message, long now) {
        if (message instanceof Leave left) {
            onLeave(left.from());
            return;
        }
        // Whoever speaks to us is there, whether or not we have heard of it.
        Peer known = byId.get(message.from());
        Peer peer = known == null ? add(message.from(), now) : known;
        leftMembers.remove(peer.id());
        peer.lastHeardAt = Math.max(peer.lastHeardAt, now);
        peer.everHeard = true;
        silent(peer, false);
        if (message instanceof Heartbeat heartbeat) {
            onHeartbeat(peer, heartbeat, now);
        } else if (message instanceof SubscriptionDelta subscriptionDelta) {
            onDelta(peer, subscriptionDelta, now);
        } else if (message instanceof DeltaAck deltaAck) {
            peer.awaitingAck = false;
            onAck(peer, deltaAck.version());
        } else if (message instanceof WindowUpdate windowUpdate) {
            peer.sendWindow().acknowledge(windowUpdate.mark());
        }
    }

    private void onLeave(String id) {
        leftMembers.add(id);
        Peer peer = byId.get(id);
        if (peer == null) {
            observer.left(id); // it may have been asked something before it was heard of
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
        // One who was not waited for must not rely on what it was told before.
        if (heartbeat.all() || peer.announcedVersion < releasedVersion) {
            sendSnapshot(peer, heartbeat.at());
            return;
        }
        if (heartbeat.known() == peer.announcedVersion) {
            peer.awaitingAck = false;
        }
        send(peer, peer.announcedVersion, List.of(), List.of(), heartbeat.at());
        onAck(peer, heartbeat.known());
    }

    private void onAck(Peer peer, long version) {
        if (version > peer.acknowledgedVersion) {
            peer.acknowledgedVersion = version;
            runKnown();
        }
        sendDelta(peer);
    }

    /** What the other node does not know yet goes out as one message; the next one when it has answered. */
    private void sendDelta(Peer peer) {
        if (peer.announcedVersion == SubscriptionSet.NOTHING || peer.awaitingAck || peer.pendingChanges.isEmpty()) {
            return;
        }
        List<String> added = new ArrayList<>();
        List<String> removed = new ArrayList<>();
        peer.pendingChanges.forEach((address, subscribed) -> (subscribed ? added : removed).add(address));
        long base = peer.announcedVersion;
        markAnnounced(peer);
        send(peer, base, added, removed, SubscriptionDelta.UNASKED);
    }

    private void sendSnapshot(Peer peer, long at) {
        markAnnounced(peer);
        send(peer, SubscriptionSet.NOTHING, ours.all(), List.of(), at);
    }

    private void markAnnounced(Peer peer) {
        peer.pendingChanges.clear();
        peer.awaitingAck = true;
        peer.announcedVersion = ours.version();
        peer.announcedDigest = ours.digest();
    }

    private void send(Peer peer, long base, List<String> added, List<String> removed, long at) {
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
            // Something was lost on the way, or this has been overtaken.
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
