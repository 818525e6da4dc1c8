package dev.fanfare.store.replica;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fanfare.core.codec.WireVersions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Nodes of a replicated store over a simulated network, in simulated time. Messages are delayed, reordered, lost and cut off;
 * nodes hang, and find everything that queued up; they die, and what they had sent still arrives. Their clocks differ by
 * hours and run at different speeds. Views follow after a while, at each node at another time, and may be wrong.
 */
final class SimulatedStore {

    /** Unless a test needs more. */
    static final int PARTITIONS = 4;

    private static final int DEADLINE = 5000;

    private final Random random;
    private final int partitions;
    private final PriorityQueue<Event> events =
            new PriorityQueue<>(Comparator.comparingLong(Event::at).thenComparingLong(Event::order));
    private final List<Node> nodes = new ArrayList<>();
    private final Set<Node> restarted = new HashSet<>();
    private final Set<String> cut = new HashSet<>();
    private final Map<String, Long> lines = new HashMap<>();
    private final Map<String, Configuration> decided = new HashMap<>();
    private final Map<String, List<Linearizability.Operation>> histories = new TreeMap<>();
    private Interceptor interceptor = (from, to, envelope) -> envelope;
    private long now = 1_000_000;
    private long order;
    private double loss;
    private boolean prompt;
    private int values;
    private int lost;
    private int superseded;
    private boolean apart;
    private long maxBytes = Room.UNLIMITED;
    private boolean durable;
    private boolean waiting;
    private int disks;
    private Set<String> givenUp = Set.of();
    private boolean tolerant;
    private final Set<Integer> failures = new TreeSet<>();

    /** The consensus has failed. */
    static final class TwoConfigurations extends AssertionError {

        private static final long serialVersionUID = 1;

        TwoConfigurations(String message) {
            super(message);
        }
    }

    private record Event(long at, long order, @Nullable Node node, Runnable action) {}

    SimulatedStore(long seed) {
        this(seed, PARTITIONS);
    }

    SimulatedStore(long seed, int partitions) {
        this.random = random(seed);
        this.partitions = partitions;
    }

    /** Seeds that follow one another lead to quite different runs: those of {@link Random} begin alike. */
    static Random random(long seed) {
        return new Random(seed * 0x9E3779B97F4A7C15L);
    }

    /** Breaks the protocol. */
    interface Interceptor {
        /** What is sent instead; null for nothing. */
        @Nullable
        Envelope send(Node from, Node to, Envelope envelope);
    }

    void intercept(Interceptor change) {
        interceptor = change;
    }

    Interceptor interceptor() {
        return interceptor;
    }

    /** A node gets this view. */
    void look(Node node, List<Node> view) {
        List<String> ids = view.stream().map(Node::id).toList();
        later(1, node, () -> node.core.view(ids, node.clock()));
    }

    /** Adds a node that sees no other one, and that no other one sees. */
    Node startApart() {
        Node node = new Node("n" + nodes.size());
        nodes.add(node);
        cutOff(Set.of(node));
        node.start();
        viewsChange();
        return node;
    }

    /** A message that the sender has not sent. */
    void forge(Node to, Envelope envelope) {
        later(1, to, () -> to.core.receive(envelope, to.clock()));
    }

    /** Adds nodes; the others see them some time later. */
    List<Node> start(int count) {
        List<Node> added = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Node node = new Node("n" + nodes.size());
            nodes.add(node);
            added.add(node);
        }
        added.forEach(Node::start);
        viewsChange();
        return added;
    }

    List<Node> nodes() {
        return nodes;
    }

    List<Node> alive() {
        return nodes.stream().filter(node -> !node.dead).toList();
    }

    long now() {
        return now;
    }

    int lost() {
        return lost;
    }

    int superseded() {
        return superseded;
    }

    /** From now on new nodes may found a store of their own. */
    void apart() {
        apart = true;
    }

    /** The bytes that nodes may hold which are started from now on. */
    void maxBytes(long bytes) {
        maxBytes = bytes;
    }

    /** Nodes that are started from now on have disks. */
    void durable() {
        durable = true;
    }

    /** Nodes that are started from now on have none. */
    void inMemory() {
        durable = false;
    }

    /** From now on a partition may fail. */
    void tolerateFailures() {
        tolerant = true;
    }

    /** Partitions that have failed at some node. */
    Set<Integer> failures() {
        return failures;
    }

    /** Whether nodes that are started from now on are to join others only. */
    void waiting(boolean now) {
        waiting = now;
    }

    /** Nodes that are started from now on get this from their operator. */
    void giveUp(Node node) {
        givenUp = Set.of(node.disk == null ? node.core.member() : node.disk.name());
    }

    /** Starts another process with the disk of one that has died. */
    Node restart(Node former) {
        Node node = new Node("n" + nodes.size(), former);
        nodes.add(node);
        restarted.add(former);
        node.start();
        viewsChange();
        return node;
    }

    /** Those that have died, and whose disks are used by no other process. */
    List<Node> stopped() {
        return nodes.stream()
                .filter(node -> node.dead && node.disk != null && !restarted.contains(node))
                .toList();
    }

    /** No message takes much longer than others. */
    void prompt() {
        prompt = true;
    }

    void loss(double share) {
        loss = share;
    }

    void kill(Node node) {
        node.dead = true;
        node.abandon();
        if (node.disk != null) {
            node.disk.crash();
        }
        viewsChange();
    }

    void hang(Node node, long millis) {
        node.hungSince = now;
        node.sleepsUntil = Math.max(node.sleepsUntil, now + millis); // what waits for it does until then
        if (millis > 9000) {
            later(9000, null, this::viewsChange);
        }
        later(millis + 1, null, this::viewsChange);
    }

    void cut(Node one, Node other) {
        cut.add(one.id + other.id);
        cut.add(other.id + one.id);
        later(8000, null, this::viewsChange);
    }

    void cutOff(Set<Node> part) {
        for (Node one : part) {
            nodes.stream().filter(other -> !part.contains(other)).forEach(other -> cut(one, other));
        }
    }

    /** Whether no node is cut off from another one. */
    boolean isConnected() {
        return cut.isEmpty();
    }

    void heal() {
        cut.clear();
        loss = 0;
        viewsChange();
    }

    /** Each node gets a new view some time later, of the nodes that it can reach then. */
    private void viewsChange() {
        for (Node node : nodes) {
            later(200 + random.nextInt(1500), node, node::look);
        }
    }

    /** All nodes get a new view now. */
    void notice() {
        nodes.forEach(node -> later(1, node, node::look));
    }

    /** A wrong view for a while: some of the nodes, and itself. */
    void mislead(Node node) {
        List<String> some = nodes.stream()
                .filter(other -> other == node || random.nextInt(3) > 0)
                .map(other -> other.id)
                .toList();
        later(1, node, () -> {
            if (!node.wouldFoundAnother(some)) {
                node.core.view(some, node.clock());
            }
        });
        later(1 + random.nextInt(6000), node, node::look);
    }

    void run(long millis) {
        long end = now + millis;
        while (!events.isEmpty() && events.peek().at() <= end) {
            Event event = events.remove();
            now = event.at();
            Node node = event.node();
            if (node == null) {
                event.action().run();
            } else if (!node.dead) {
                if (now < node.sleepsUntil) {
                    events.add(new Event(node.sleepsUntil, event.order(), node, event.action()));
                } else {
                    event.action().run();
                    check(node);
                }
            }
        }
        now = end;
    }

    /** No two configurations have one number. */
    private void check(Node node) {
        Configuration configuration = node.core.configuration();
        if (configuration != null) {
            Configuration other =
                    decided.putIfAbsent(configuration.lineage() + ' ' + configuration.number(), configuration);
            if (other != null && !other.equals(configuration)) {
                throw new TwoConfigurations(other + " " + configuration);
            }
        }
    }

    private void later(long millis, @Nullable Node node, Runnable action) {
        events.add(new Event(now + millis, order++, node, action));
    }

    /** Whether all that live are members, with two copies of everything. */
    boolean isHealthy() {
        Configuration latest = alive().get(0).core.configuration();
        Set<String> members = new TreeSet<>();
        alive().forEach(node -> members.add(node.core.member()));
        return latest != null
                && new TreeSet<>(latest.members()).equals(members)
                && alive().stream().allMatch(node -> latest.equals(node.core.configuration()))
                && alive().stream().allMatch(node -> node.core.isInService(node.clock()))
                && latest.partitions().stream()
                        .allMatch(assignment -> assignment.learners().isEmpty()
                                && assignment.inSync().size() == Math.min(Placement.COPIES, members.size()));
    }

    void runUntilHealthy(long millis) {
        long end = now + millis;
        while (!isHealthy()) {
            if (now >= end) {
                throw new AssertionError("not healthy, time=" + now + " " + describe());
            }
            run(50);
        }
    }

    private String describe() {
        StringBuilder text = new StringBuilder();
        alive().forEach(node -> text.append('\n')
                .append(node.core.member())
                .append(" in service=")
                .append(node.core.isInService(node.clock()))
                .append(' ')
                .append(node.core.configuration()));
        return text.toString();
    }

    /** Replicas have the same content, once they have applied the same commands. */
    void assertEqualReplicas() {
        for (int i = 0; i < 50 && contents().stream().anyMatch(replicas -> replicas.size() > 1); i++) {
            run(100);
        }
        contents().forEach(replicas -> assertEquals(1, replicas.size(), () -> "replicas differ: " + replicas));
        for (Node node : alive()) {
            long bytes = node.machines.values().stream()
                    .mapToLong(TextMachine::bytes)
                    .sum();
            assertEquals(bytes, node.core.room().used());
            assertEquals(0, node.core.room().reserved());
        }
    }

    /** The keys that are there, with their values. */
    Map<String, String> present() {
        Map<String, String> present = new TreeMap<>();
        Configuration latest = Objects.requireNonNull(alive().get(0).core.configuration());
        for (int i = 0; i < partitions; i++) {
            for (Node node : alive()) {
                if (latest.partition(i).primary().equals(node.core.member())) {
                    present.putAll(Objects.requireNonNull(node.machines.get(i)).present());
                }
            }
        }
        return present;
    }

    /** The contents of the replicas of each partition. */
    private List<Set<String>> contents() {
        List<Set<String>> all = new ArrayList<>();
        Configuration latest = Objects.requireNonNull(alive().get(0).core.configuration());
        for (int i = 0; i < partitions; i++) {
            Set<String> contents = new TreeSet<>();
            for (Node node : alive()) {
                if (latest.partition(i).inSync().contains(node.core.member())) {
                    contents.add(Objects.requireNonNull(node.machines.get(i)).content());
                }
            }
            all.add(contents);
        }
        return all;
    }

    /** The operations on each key and each log. */
    Map<String, List<Linearizability.Operation>> histories() {
        nodes.forEach(Node::abandon);
        return histories;
    }

    /** A history has no order that explains it. */
    static final class NotLinearizable extends AssertionError {

        private static final long serialVersionUID = 1;

        private NotLinearizable(String message) {
            super(message);
        }
    }

    void assertLinearizable() {
        histories().forEach((name, operations) -> {
            boolean isLog = name.startsWith("l");
            if (!Linearizability.holds(operations, isLog ? Models.log() : Models.key(operations))) {
                throw new NotLinearizable(name + " " + operations);
            }
        });
    }

    /** Reads all that random operations write, at one node, so that histories end with what is there. */
    void readAll() {
        run(1000);
        Node node = alive().get(0);
        for (int key = 0; key < 5; key++) {
            node.call("get k" + key);
        }
        node.call("log l0");
        node.call("log l1");
        run(6000);
    }

    private void transmit(Node from, String to, Envelope envelope) {
        Node receiver =
                nodes.stream().filter(node -> node.id.equals(to)).findFirst().orElseThrow();
        Envelope changed = interceptor.send(from, receiver, envelope);
        if (changed == null || cut.contains(from.id + to) || random.nextDouble() < loss) {
            return;
        }
        long at = now + 1 + random.nextInt(!prompt && random.nextInt(20) == 0 ? 200 : 5);
        if (random.nextInt(50) > 0) {
            at = Math.max(at, lines.getOrDefault(from.id + to, 0L));
            lines.put(from.id + to, at);
        }
        events.add(new Event(at, order++, receiver, () -> receiver.core.receive(onTheWire(changed), receiver.clock())));
    }

    private static Envelope onTheWire(Envelope envelope) {
        try {
            return Objects.requireNonNull(
                    MessageCodec.decode(MessageCodec.encode(envelope, WireVersions.OURS.current())));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A node with its clients. */
    final class Node implements ReplicaNode.NodeEnvironment, SimulatedDisk.User {

        private final String id;
        private final long clockOffset;
        private final double clockSpeed;
        private final Map<Integer, TextMachine> machines = new HashMap<>();
        private final Map<Integer, Pending> pending = new LinkedHashMap<>();
        private @Nullable SimulatedDisk disk;
        private ReplicaNode core;
        private int incarnation = 1;
        private int operations;
        private int unsupported;
        private boolean dead;
        private long sleepsUntil;
        private long hungSince;
        private final List<Room.Full> refusals = new ArrayList<>();

        private record Pending(String object, long calledAt, String input) {}

        Node(String id) {
            this.id = id;
            clockOffset = random.nextInt(7_200_000);
            clockSpeed = 0.95 + random.nextDouble() / 10;
            disk = newDisk();
            this.core = newCore(waiting);
        }

        /** The next process on the same machine. */
        Node(String id, Node former) {
            this.id = id;
            clockOffset = former.clockOffset;
            clockSpeed = former.clockSpeed;
            disk = former.disk;
            this.core = newCore(waiting);
        }

        private @Nullable SimulatedDisk newDisk() {
            return durable ? new SimulatedDisk("d" + disks++, random) : null;
        }

        private ReplicaNode newCore(boolean joins) {
            if (disk != null) {
                StoredMember stored = disk.open(this::newMachine, this, joins);
                return new ReplicaNode(id, partitions, maxBytes, stored, disk, givenUp, this);
            }
            return new ReplicaNode(id, incarnation, partitions, maxBytes, this::newMachine, this);
        }

        private StateMachine newMachine(int partition) {
            TextMachine machine = new TextMachine();
            machines.put(partition, machine);
            return machine;
        }

        String id() {
            return id;
        }

        TextMachine machine(int partition) {
            return Objects.requireNonNull(machines.get(partition));
        }

        ReplicaNode core() {
            return core;
        }

        boolean isAwake() {
            return !dead && now >= sleepsUntil;
        }

        ReplicaWatch watch(String prefix, Runnable available) {
            return core.watch(prefix, available, clock());
        }

        /** Runs something on this node, in a turn of its own. */
        void runSoon(Runnable action) {
            later(0, action);
        }

        void leave() {
            core.leave(clock());
        }

        boolean isInService() {
            return !dead && core.isInService(clock());
        }

        long clock() {
            return clockOffset + (long) (now * clockSpeed);
        }

        private void start() {
            tick();
        }

        private void tick() {
            core.tick(clock());
            later(ReplicaTiming.TICK, this::tick);
        }

        /** The view of the nodes that it reaches, and the proofs of death that go with it. */
        private void look() {
            List<String> view =
                    nodes.stream().filter(this::reaches).map(Node::id).toList();
            if (!wouldFoundAnother(view)) {
                core.view(view, clock());
            }
            for (Node other : nodes) {
                if (other.dead && !cut.contains(id + other.id)) {
                    core.crashed(other.id, clock());
                }
            }
        }

        /** A new node that does not see the others begins a store of its own, which is another story. */
        private boolean wouldFoundAnother(List<String> view) {
            return !apart
                    && !decided.isEmpty()
                    && core.configuration() == null
                    && nodes.stream().noneMatch(other -> view.contains(other.id) && other.core.configuration() != null);
        }

        private boolean reaches(Node other) {
            boolean hangs = now + 1 < other.sleepsUntil && now >= other.hungSince + 9000;
            return other == this || (!other.dead && !hangs && !cut.contains(id + other.id));
        }

        @Override
        public void send(String node, Envelope envelope) {
            transmit(this, node, envelope);
        }

        @Override
        public void failed(int partition, RuntimeException failure) {
            if (!tolerant) {
                throw failure;
            }
            failures.add(partition);
        }

        @Override
        public void proceedSoon() {
            later(1, () -> core.proceed(clock()));
        }

        @Override
        public void lost(int partition) {
            lost++;
        }

        @Override
        public void superseded() {
            superseded++;
            incarnation++;
            if (disk != null) {
                disk.crash();
            }
            disk = newDisk();
            core = newCore(true);
            later(1, this::look);
        }

        @Nullable
        SimulatedDisk disk() {
            return disk;
        }

        @Override
        public void later(long millis, Runnable action) {
            SimulatedStore.this.later(millis, this, action);
        }

        @Override
        public void written() {
            core.written(clock());
        }

        @Override
        public @Nullable Iterator<byte[]> snapshot() {
            return core.prepareSnapshot() ? core.snapshot(clock()) : null;
        }

        @Override
        public long timeOfDay() {
            return clock();
        }

        /** Calls an operation on a key or a log; its outcome becomes part of the history. */
        void call(String input) {
            String object = input.split(" ")[1];
            int partition = Math.floorMod(object.hashCode(), partitions);
            boolean query = input.startsWith("get") || input.startsWith("log");
            int operation = operations++;
            Pending call = new Pending(object, now, input);
            pending.put(operation, call);
            core.submit(
                    partition,
                    query,
                    TextMachine.bytes(input),
                    clock() + DEADLINE,
                    (outcome, body) -> {
                        if (pending.remove(operation) == null || outcome == Requests.Outcome.UNAVAILABLE) {
                            return;
                        }
                        if (outcome == Requests.Outcome.UNSUPPORTED) {
                            unsupported++;
                            return;
                        }
                        if (outcome == Requests.Outcome.FULL) {
                            refusals.add(Room.Full.of(body));
                            return;
                        }
                        boolean done = outcome == Requests.Outcome.DONE;
                        record(call, done ? TextMachine.text(body) : null);
                    },
                    clock());
        }

        private void record(Pending call, @Nullable String result) {
            histories
                    .computeIfAbsent(call.object, key -> new ArrayList<>())
                    .add(new Linearizability.Operation(call.calledAt, now, call.input, result));
        }

        /** What it has not answered may still be executed. */
        private void abandon() {
            pending.values().forEach(call -> record(call, null));
            pending.clear();
        }

        /** Why its writes were refused for lack of room, since this was called last. */
        List<Room.Full> takeRefusals() {
            List<Room.Full> taken = List.copyOf(refusals);
            refusals.clear();
            return taken;
        }

        /** Its requests that the primary did not know. */
        int unsupported() {
            return unsupported;
        }

        boolean isIdle() {
            return pending.size() < 2;
        }

        /** Some operation. */
        void act() {
            String key = "k" + random.nextInt(5);
            switch (random.nextInt(8)) {
                case 0, 1 -> call("get " + key);
                case 2 -> call("put " + key + " v" + values++ + " -1 0");
                case 3 -> call("put " + key + " v" + values++ + " -1 " + (1 + random.nextInt(4000)));
                case 4 -> call("put " + key + " v" + values++ + ' ' + lastVersion(key) + " 0");
                case 5 -> call("log l" + random.nextInt(2));
                default -> call("append l" + random.nextInt(2) + " r" + values++);
            }
        }

        private long lastVersion(String key) {
            List<Linearizability.Operation> history = histories.getOrDefault(key, List.of());
            for (int i = history.size() - 1; i >= 0; i--) {
                String result = history.get(i).result();
                if (result != null && !result.equals("absent")) {
                    return Long.parseLong(result.substring(result.lastIndexOf(' ') + 1));
                }
            }
            return 0;
        }
    }
}
