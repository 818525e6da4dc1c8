package dev.fanfare.broker.handover;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.broker.Claim;
import dev.fanfare.broker.Publication;
import dev.fanfare.broker.Subscriber;
import dev.fanfare.broker.routing.InFlightBytes;
import dev.fanfare.broker.routing.Peer;
import dev.fanfare.broker.routing.RoutingMessage;
import dev.fanfare.broker.routing.RoutingTable;
import dev.fanfare.broker.routing.SendWindow;
import dev.fanfare.broker.routing.SubscriptionSet;
import dev.fanfare.core.codec.WireVersions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * Nodes that consist of a {@link RoutingTable} and {@link SessionHandovers}, in simulated time. The network between two
 * nodes keeps the order, may be slow, may lose everything in flight, and may be partitioned; a node may pause and then
 * finds all messages that queued up.
 */
public final class SimulatedCluster {

    private static final int ASK_MILLIS = 5000;
    private static final int SLOTS = 20_000;

    private final Random random;
    private final List<Node> nodes = new ArrayList<>();
    private final List<String> members = new ArrayList<>();
    private final Map<String, Map<String, Queue<Packet>>> lines = new HashMap<>();
    private final Set<String> cut = new HashSet<>();

    /** Pairs of nodes where the first does not have the second as a member. */
    private final Set<String> apart = new HashSet<>();

    /** Sessions whose claimant was given up without confirming. It may own them, and then both sides do. */
    private final Set<String> ambiguous = new HashSet<>();

    private long now = 1_000_000;
    private int messages;
    private int toLose;
    private final Set<Class<? extends HandoverMessage>> kindsToLose = new HashSet<>();

    public SimulatedCluster(Random random) {
        this.random = random;
    }

    private record Packet(long arrives, Runnable action) {}

    private static final Queue<Packet> NONE = new ArrayDeque<>();

    public List<Node> start(int count) {
        return start(Collections.nCopies(count, WireVersions.OURS).toArray(WireVersions[]::new));
    }

    /** Starts a node for each of these versions. */
    public List<Node> start(WireVersions... versions) {
        for (WireVersions spoken : versions) {
            Node node = new Node(String.valueOf(nodes.size()), spoken);
            nodes.add(node);
            members.add(node.id);
        }
        nodes.forEach(Node::tick);
        return List.copyOf(nodes);
    }

    public long now() {
        return now;
    }

    public int messages() {
        return messages;
    }

    public void kill(Node node) {
        node.dead = true;
    }

    public void removeMember(String id) {
        members.remove(id);
    }

    public void addMember(String id) {
        members.add(id);
    }

    /** The node shuts down orderly. */
    void leave(Node node) {
        for (Peer peer : node.routingTable.peers()) {
            transmit(
                    node.id,
                    peer.id(),
                    () -> node(peer.id()).routingTable.receive(new RoutingMessage.Leave(node.id), now));
        }
        kill(node);
    }

    public void pause(Node node, long millis) {
        node.sleepsUntil = now + millis;
    }

    public void cut(Node one, Node other) {
        cut.add(one.id + other.id);
        cut.add(other.id + one.id);
    }

    /** The connections of two nodes end, and each considers the other one crashed. Both live. */
    public void takeForCrashed(Node one, Node other) {
        part(one, other);
        line(one.id, other.id).clear();
        line(other.id, one.id).clear();
        one.routingTable.crashed(other.id, one.members());
        other.routingTable.crashed(one.id, other.members());
        one.tick();
        other.tick();
    }

    /** Two nodes have removed each other from their members. */
    public void part(Node one, Node other) {
        apart.add(one.id + other.id);
        apart.add(other.id + one.id);
    }

    public void heal() {
        cut.clear();
        apart.clear();
        nodes.forEach(node -> node.sleepsUntil = 0);
    }

    public void loseNext(int count) {
        toLose = count;
    }

    /** Loses the next message of this type. */
    void loseNext(Class<? extends HandoverMessage> kind) {
        kindsToLose.add(kind);
    }

    /** Whether a message of this type is still to be lost. */
    boolean willLose(Class<? extends HandoverMessage> kind) {
        return kindsToLose.contains(kind);
    }

    /** Loses everything in flight. */
    public void loseUnderway(Node from, Node to) {
        line(from.id, to.id).clear();
    }

    /** Injects a random fault, now and then. */
    public void disturb() {
        if (random.nextInt(25) == 0) {
            Node one = anyNode();
            Node other = anyNode();
            if (one != other && one.isAwake() && other.isAwake()) {
                takeForCrashed(one, other);
            }
        } else {
            disturbTraffic();
        }
    }

    /** Injects a random fault, now and then, that leaves nodes members. */
    public void disturbTraffic() {
        Node one = anyNode();
        Node other = anyNode();
        switch (random.nextInt(24)) {
            case 0 -> pause(one, random.nextInt(8000));
            case 1 -> cut(one, other);
            case 2, 3, 4 -> {
                cut.clear();
                apart.clear();
            }
            case 5 -> loseUnderway(one, other);
            case 6 -> loseNext(random.nextInt(3));
            default -> {
                // No fault.
            }
        }
    }

    private Node anyNode() {
        return nodes.get(random.nextInt(nodes.size()));
    }

    public void run(long millis) {
        for (long end = now + millis; now < end; now++) {
            for (Node node : nodes) {
                if (node.isAwake()) {
                    node.turn();
                }
            }
        }
    }

    boolean isAmbiguous(Claim claim) {
        return ambiguous.contains(claim.connectionId());
    }

    /** What is on its way to a node, which may not have started, by the node that sent it. */
    private Map<String, Queue<Packet>> linesTo(String to) {
        return lines.computeIfAbsent(to, key -> new HashMap<>());
    }

    private Queue<Packet> line(String from, String to) {
        return linesTo(to).computeIfAbsent(from, key -> new ArrayDeque<>());
    }

    private void transmit(String from, String to, Runnable action) {
        messages++;
        boolean lost = cut.contains(from + to) || toLose > 0;
        toLose = Math.max(0, toLose - 1);
        if (!lost) {
            line(from, to).add(new Packet(now + 1 + random.nextInt(20), action));
        }
    }

    private void transmit(String from, String to, HandoverMessage message, Runnable action) {
        if (!kindsToLose.remove(message.getClass())) {
            transmit(from, to, action);
        }
    }

    /**
     * A publication now reaches every node whose join has been acknowledged, unless the publisher considers it crashed.
     */
    public void check(Node publisher) {
        if (publisher.isAwake()) {
            for (Node listener : nodes) {
                boolean takenForCrashed = publisher.routingTable.peer(listener.id) == null;
                if (listener != publisher && !takenForCrashed) {
                    listener.known.forEach(slot -> assertTrue(
                            publisher.receiversOf(slot).contains(listener.id),
                            () -> "time=" + now + " publisher=" + publisher.id + " listener=" + listener.id + " slot="
                                    + slot));
                }
            }
        }
    }

    /** The receivers are exactly the subscribers. */
    public void checkExactly(Node publisher) {
        for (int i = 0; i < 40; i++) {
            int slot = i;
            Set<String> expected = new TreeSet<>();
            for (Node node : nodes) {
                if (node != publisher && node.wanted.contains(slot)) {
                    assertTrue(node.known.contains(slot));
                    expected.add(node.id);
                }
            }
            assertEquals(expected, new TreeSet<>(publisher.receiversOf(slot)));
        }
        assertTrue(publisher.routingTable.isInTouch());
        assertEquals(0, publisher.differences);
    }

    public final class Node implements RoutingTable.Observer {

        private final String id;
        private final RoutingTable routingTable;
        private final InFlightBytes inFlightBytes = new InFlightBytes(Long.MAX_VALUE, () -> {});
        private final Set<Integer> wanted = new HashSet<>();
        private final Set<Integer> known = new HashSet<>();
        private boolean dead;
        private boolean overloaded;
        private long sleepsUntil;
        private long nextTick = now;
        private int differences;
        private long lostBytes;
        private long missedBytes;
        private long publishedBytes;
        private long arrivedBytes;
        private int silences;
        private final List<String> refusals = new ArrayList<>();
        private final SessionHandovers handovers;
        private final SimulatedShard shard =
                new SimulatedShard(this::reinstating, id -> handovers().ended(id));
        private final List<Subscriber> attached = List.of(shard);
        private final Map<String, String> givenTo = new HashMap<>();
        private final Queue<Runnable> work = new ArrayDeque<>();
        private final List<Request> requests = new ArrayList<>();
        private final Map<String, Future<?>> transits = new HashMap<>();
        private long nextSweep = now;

        private final Map<String, Queue<Packet>> arriving;

        Node(String id, WireVersions versions) {
            this.id = id;
            this.arriving = linesTo(id);
            this.routingTable = new RoutingTable(
                    id,
                    versions,
                    SLOTS,
                    (to, message) ->
                            transmit(id, to, () -> node(to).routingTable.receive(message, now)),
                    start -> new SendWindow(start, inFlightBytes, Long.MAX_VALUE),
                    this);
            this.handovers = new SessionHandovers(
                    id, work::add, () -> now, attached, routingTable, Future::succeededFuture, new Post(this));
        }

        String id() {
            return id;
        }

        /** The nodes that it refused, each time with their versions. */
        public List<String> refusals() {
            return refusals;
        }

        SessionHandovers handovers() {
            return handovers;
        }

        SimulatedShard shard() {
            return shard;
        }

        /** A client recovers its session at this node. Completes with whether it succeeds. */
        Future<Boolean> recover(Claim claim) {
            String connectionId = claim.connectionId();
            Future<?> pending = transits.get(connectionId);
            if (pending != null || shard.has(connectionId)) {
                return pending == null ? Future.succeededFuture(true) : pending.transform(over -> recover(claim));
            }
            Promise<Void> transit = Promise.promise();
            transits.put(connectionId, transit.future());
            return handovers.claim(claim, shard).map(found -> {
                transits.remove(connectionId);
                found.ifPresent(claimed -> {
                    shard.install(claimed.state());
                    claimed.release().get().onComplete(v -> shard.arrived(claim.connectionId()));
                });
                transit.complete();
                return found.isPresent();
            });
        }

        /** Whether an operation on a session that began here reaches it; also true if no node owns it right now. */
        boolean finds(String connectionId) {
            return nodes.stream().noneMatch(node -> node.shard.has(connectionId))
                    || handsOn(connectionId, 0)
                    || handovers.mayHave(connectionId).stream()
                            .anyMatch(node -> node(node).handsOn(connectionId, 1));
        }

        private boolean handsOn(String connectionId, int hops) {
            if (!handovers.decided(connectionId).isComplete()) {
                return true; // waits
            }
            String where = hops == 4 ? null : handovers.whereIs(connectionId);
            return where == null ? shard.has(connectionId) : node(where).handsOn(connectionId, hops + 1);
        }

        /** Whether this node and another one reach each other. */
        boolean isInTouch(Node other) {
            Peer there = routingTable.peer(other.id);
            Peer here = other.routingTable.peer(id);
            return there != null && !there.isSilent() && here != null && !here.isSilent();
        }

        /** Ends a session that is here. */
        void end(String connectionId) {
            if (shard.end(connectionId)) {
                handovers.ended(connectionId);
            }
        }

        private void reinstating(String connectionId) {
            String claimant = givenTo.get(connectionId);
            if (claimant != null && routingTable.peer(claimant) == null) {
                ambiguous.add(connectionId);
            }
        }

        public RoutingTable routingTable() {
            return routingTable;
        }

        public SubscriptionSet theirs(String of) {
            return Objects.requireNonNull(routingTable.peer(of)).theirs();
        }

        public boolean isAwake() {
            return !dead && now >= sleepsUntil;
        }

        /** Subscribes as the registry does: with the first member, which learns when that is known. */
        public void join(int slot) {
            if (isAwake() && wanted.add(slot)) {
                routingTable.whenKnown(routingTable.subscribe(slot), () -> {
                    if (wanted.contains(slot)) {
                        known.add(slot);
                    }
                });
            }
        }

        public void leave(int slot) {
            // The registry keeps a slot while a subscriber waits for it.
            if (isAwake() && known.contains(slot)) {
                wanted.remove(slot);
                known.remove(slot);
                routingTable.unsubscribe(slot);
            }
        }

        public boolean isKnown(int slot) {
            return known.contains(slot);
        }

        /** The nodes that a publication would be sent to now. */
        public List<String> receiversOf(int slot) {
            return Arrays.stream(routingTable.peers())
                    .filter(peer -> peer.mustReceive(slot, now))
                    .map(Peer::id)
                    .toList();
        }

        public void publish(int slot, int bytes) {
            for (Peer peer : routingTable.peers()) {
                if (peer.mustReceive(slot, now)) {
                    long mark = peer.sendWindow().send(bytes);
                    Node to = node(peer.id());
                    to.publishedBytes += bytes;
                    transmit(id, to.id, () -> to.received(id, mark, bytes));
                }
            }
        }

        private void received(String from, long mark, int bytes) {
            arrivedBytes += bytes;
            routingTable.received(from, mark, bytes, !overloaded);
        }

        /** Bytes that others published to it and that did not arrive, once nothing is in flight. */
        public long unarrivedBytes() {
            return publishedBytes - arrivedBytes;
        }

        public long inFlight() {
            return inFlightBytes.bytes();
        }

        public void overloaded(boolean now) {
            overloaded = now;
        }

        /** How often it considered another node silent. */
        public int silences() {
            return silences;
        }

        public long lostBytes() {
            return lostBytes;
        }

        /** Bytes that it detected as lost. */
        public long missedBytes() {
            return missedBytes;
        }

        public int differences() {
            return differences;
        }

        private void turn() {
            for (Node from : nodes) {
                Queue<Packet> line = arriving.getOrDefault(from.id, NONE);
                for (Packet next = line.peek(); next != null && next.arrives <= now; next = line.peek()) {
                    line.remove();
                    next.action.run();
                }
            }
            for (Runnable next = work.poll(); next != null; next = work.poll()) {
                next.run();
            }
            if (now >= nextTick) {
                tick();
            }
        }

        /** As on a change of its members. */
        public void tick() {
            nextTick = now + RoutingTable.TICK_MILLIS;
            routingTable.tick(now, members(), !overloaded);
            fail(request -> now >= request.deadline);
            handovers.tick();
            if (now >= nextSweep) {
                nextSweep = now + 1000;
                handovers.sweep(members());
            }
        }

        private List<String> members() {
            return members.stream().filter(m -> !apart.contains(id + m)).toList();
        }

        private void fail(Predicate<Request> which) {
            List.copyOf(requests).stream().filter(which).forEach(request -> {
                requests.remove(request);
                request.answer.tryFail("no answer");
            });
        }

        @Override
        public void reachable(String node) {
            handovers.onReachable(node);
        }

        @Override
        public void silent(String node, boolean silent) {
            silences += silent ? 1 : 0;
            if (silent) {
                left(node);
            }
        }

        @Override
        public void left(String node) {
            fail(request -> request.node.equals(node));
        }

        @Override
        public void lost(String node, long bytes) {
            lostBytes += bytes;
        }

        @Override
        public void missed(String node, long bytes) {
            missedBytes += bytes;
        }

        @Override
        public void refused(String node, WireVersions theirs) {
            refusals.add(node + " " + theirs);
        }

        @Override
        public void differs(String node) {
            differences++;
        }
    }

    /** A request without a reply. */
    private record Request(String node, long deadline, Promise<HandoverMessage.ClaimReply> answer) {}

    /** Sends messages as the registry does over the bus. */
    private final class Post implements SessionHandovers.HandoverSender {

        private final Node from;

        Post(Node from) {
            this.from = from;
        }

        @Override
        public void send(String to, HandoverMessage message) {
            transmit(from.id, to, message, () -> node(to).handovers.receive(message));
        }

        @Override
        public void publish(String to, Publication publication) {}

        @Override
        public Future<HandoverMessage.ClaimReply> request(String to, HandoverMessage message) {
            Peer peer = from.routingTable.peer(to);
            if (peer == null || peer.isSilent()) {
                return Future.failedFuture("no node");
            }
            Request request = new Request(to, now + ASK_MILLIS, Promise.promise());
            from.requests.add(request);
            transmit(
                    from.id,
                    to,
                    message,
                    () -> node(to).handovers
                            .receive(message)
                            .onSuccess(claimReply -> answer(request, message, claimReply)));
            return request.answer.future();
        }

        private void answer(Request request, HandoverMessage message, HandoverMessage.ClaimReply claimReply) {
            if (message instanceof HandoverMessage.ClaimRequest claimRequest && claimReply.state() != null) {
                node(request.node).givenTo.put(claimRequest.claim().connectionId(), from.id);
            }
            transmit(request.node, from.id, claimReply, () -> answered(request, message, claimReply));
        }

        private void answered(Request request, HandoverMessage message, HandoverMessage.ClaimReply claimReply) {
            if (from.requests.remove(request)) {
                request.answer.complete(claimReply);
            } else if (message instanceof HandoverMessage.ClaimRequest claimRequest
                    && claimReply.state() != null
                    && now < request.deadline) {
                String id = claimRequest.claim().connectionId();
                send(request.node, new HandoverMessage.ClaimDeclined(from.id, id, claimRequest.attempt()));
            }
        }
    }

    private Node node(String id) {
        return nodes.get(Integer.parseInt(id));
    }
}
