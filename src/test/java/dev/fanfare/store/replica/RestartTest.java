package dev.fanfare.store.replica;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.store.replica.SimulatedStore.Node;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Members that have their state on disks, and are killed and started again, in simulated time. */
class RestartTest {

    /** {@code -Dfanfare.seed=N} starts at another seed, {@code -Dfanfare.seeds=N} runs that many. */
    static List<Long> seeds() {
        long first = Long.getLong("fanfare.seed", 1);
        int count = Integer.getInteger("fanfare.seeds", 4);
        return LongStream.range(first, first + count).boxed().toList();
    }

    private static SimulatedStore durable(long seed) {
        return durable(seed, SimulatedStore.PARTITIONS);
    }

    /** A store whose nodes have disks. */
    private static SimulatedStore durable(long seed, int partitions) {
        SimulatedStore store = new SimulatedStore(seed, partitions);
        store.durable();
        return store;
    }

    /** Starts the first nodes. */
    private static List<Node> begin(SimulatedStore store, int count) {
        List<Node> nodes = store.start(count);
        store.runUntilHealthy(6000);
        return nodes;
    }

    /** The same, with a value of all keys. */
    private static List<Node> beginWith(SimulatedStore store, int count, String value) {
        List<Node> nodes = begin(store, count);
        write(nodes.get(0), value);
        store.run(2000);
        return nodes;
    }

    /**
     * Members, and all of them at once, die at any time, while others hang, are cut off, and have full disks; all of them
     * return.
     */
    @ParameterizedTest
    @MethodSource("seeds")
    void nothingAcknowledgedIsLostWithAllProcesses(long seed) {
        SimulatedStore store = durable(seed);
        run(store, SimulatedStore.random(seed));
        assertEquals(0, store.lost());
        store.assertLinearizable();
    }

    /** The checks find a disk that acknowledges what it loses. */
    @Test
    void anAcknowledgementBeforeTheDiskHasItIsFound() {
        SimulatedStore store = durable(1);
        List<Node> nodes = begin(store, 2);
        nodes.forEach(node -> disk(node).lie());
        nodes.get(0).call("append l0 a");
        store.run(400);
        List.copyOf(nodes).forEach(store::kill);
        assertThrows(SimulatedStore.NotLinearizable.class, () -> {
            finish(store, SimulatedStore.random(1));
            store.assertLinearizable();
        });
    }

    @Test
    void allThatAreKilledAtOnceContinueWithWhatTheyHad() {
        SimulatedStore store = durable(1);
        List<Node> nodes = beginWith(store, 3, "a");
        List.copyOf(nodes).forEach(store::kill);
        store.run(5000);
        assertEquals(
                List.of(false, false),
                restartTwoOfThree(store).stream().map(Node::isInService).toList());
        store.restart(nodes.get(2));
        store.runUntilHealthy(6000);
        assertContent(store, "a");
    }

    private static List<Node> restartTwoOfThree(SimulatedStore store) {
        List<Node> two = List.of(
                store.restart(store.nodes().get(0)), store.restart(store.nodes().get(1)));
        store.run(20_000);
        return two;
    }

    /** The other one has gone on without it. */
    @Test
    void theFirstOfTwoToDieServesNothingAlone() {
        SimulatedStore store = durable(1);
        List<Node> nodes = beginWith(store, 2, "a");
        Node first = nodes.get(0);
        Node second = nodes.get(1);
        store.kill(first);
        store.runUntilHealthy(10_000);
        write(second, "b");
        store.run(1000);
        store.kill(second);
        store.run(5000);
        Node again = store.restart(first);
        store.run(20_000);
        assertFalse(again.isInService());
        assertEquals(
                Set.of(first.core().member(), second.core().member()),
                union(again.core().missing(), first));
        store.restart(second);
        store.runUntilHealthy(10_000);
        assertContent(store, "b");
    }

    private static Set<String> union(Set<String> missing, Node node) {
        Set<String> all = new TreeSet<>(missing);
        all.add(node.core().member());
        return all;
    }

    @Test
    void theLastOfThemThatWasStoppedIsEnough() {
        SimulatedStore store = durable(1);
        List<Node> nodes = begin(store, 3);
        for (Node node : List.copyOf(nodes)) {
            write(node, "by" + node.id());
            store.run(1000);
            node.leave();
            store.run(5000);
            store.kill(node);
            store.run(5000);
        }
        Node last = store.restart(nodes.get(2));
        store.run(5000);
        assertTrue(last.isInService());
        store.restart(nodes.get(0));
        store.restart(nodes.get(1));
        store.runUntilHealthy(10_000);
        assertContent(store, "byn2");
        assertEquals(0, store.lost());
    }

    @Test
    void aNodeWithAnOldConfigurationJoins() {
        SimulatedStore store = durable(1);
        List<Node> nodes = beginWith(store, 3, "a");
        Node away = nodes.get(0);
        store.kill(away);
        store.runUntilHealthy(10_000);
        write(nodes.get(1), "b");
        store.run(30_000);
        Node again = store.restart(away);
        store.runUntilHealthy(10_000);
        assertContent(store, "b");
        assertTrue(again.isInService());
    }

    @Test
    void aLostDiskIsWaitedForUntilAnOperatorGivesItUp() {
        SimulatedStore store = durable(3);
        List<Node> nodes = beginWith(store, 3, "a");
        Node gone = nodes.get(2);
        List.copyOf(nodes).forEach(store::kill);
        List<Node> rest = restartTwoOfThree(store);
        store.start(1);
        store.run(20_000);
        assertTrue(store.alive().stream().noneMatch(Node::isInService));
        assertEquals(Set.of(gone.core().member()), rest.get(0).core().missing());
        store.giveUp(gone);
        rest.forEach(store::kill);
        rest.forEach(store::restart);
        store.runUntilHealthy(10_000);
        // Each partition had two copies, so one of them is left.
        assertEquals(0, store.lost());
        assertContent(store, "a");
        Node late = store.restart(gone);
        store.run(20_000);
        assertFalse(late.isInService());
        assertTrue(late.core().meetsOthers(late.clock()));
    }

    /** Partitions with both replicas among them wait for one of these, as the disks have what they had. */
    @Test
    void halfThatReturnBringTheirContent() {
        SimulatedStore store = durable(1);
        List<Node> nodes = beginWith(store, 4, "a");
        List<Node> half = List.of(nodes.get(0), nodes.get(1));
        half.forEach(store::kill);
        store.run(ReplicaTiming.LOST + 20_000);
        half.forEach(store::restart);
        store.runUntilHealthy(10_000);
        assertEquals(0, store.lost());
        assertContent(store, "a");
    }

    @Test
    void oneThatCannotWriteIsReplacedUntilItCan() {
        SimulatedStore store = durable(1);
        List<Node> nodes = begin(store, 2);
        disk(nodes.get(0)).full(true);
        store.run(5000);
        write(nodes.get(1), "b");
        store.run(2000);
        assertEquals(
                List.of(nodes.get(1).core().member()),
                configuration(nodes.get(1)).members());
        assertContent(store, "b");
        store.kill(nodes.get(0));
        store.restart(nodes.get(0));
        disk(nodes.get(0)).full(false);
        store.runUntilHealthy(20_000);
        write(nodes.get(1), "c");
        store.run(2000);
        assertContent(store, "c");
    }

    @Test
    void aFullDiskOfAnOnlyNodeRefusesWritesOnly() {
        SimulatedStore store = durable(1);
        Node node = begin(store, 1).get(0);
        write(node, "a");
        store.run(1000);
        disk(node).full(true);
        write(node, "b");
        store.run(6000);
        node.call("get k0");
        store.run(1000);
        List<Linearizability.Operation> history = store.histories().getOrDefault("k0", List.of());
        String result = history.get(history.size() - 1).result();
        assertTrue(result != null && result.startsWith("value a "), history::toString);
        disk(node).full(false);
        store.run(2000);
        write(node, "c");
        store.run(1000);
        assertContent(store, "c");
    }

    @Test
    void nodesWithDisksAndWithoutFoundNoStoreTogether() {
        SimulatedStore store = durable(1);
        Node one = store.start(1).get(0);
        store.inMemory();
        Node other = store.start(1).get(0);
        store.run(20_000);
        assertTrue(store.alive().stream().allMatch(node -> node.core().configuration() == null));
        assertEquals(Set.of(other.core().member()), one.core().unlikeMembers());
        assertEquals(Set.of(one.core().member()), other.core().unlikeMembers());
    }

    /** The former one might have gone on alone. */
    @Test
    void aMemberWithoutDiskIsWaitedForUntilAnOperatorGivesItUp() {
        SimulatedStore store = durable(1);
        Node durable = begin(store, 1).get(0);
        store.inMemory();
        Node former = store.start(1).get(0);
        store.runUntilHealthy(6000);
        write(durable, "a");
        store.run(2000);
        store.kill(durable);
        store.kill(former);
        store.start(1);
        Node again = store.restart(durable);
        store.run(20_000);
        assertFalse(again.isInService());
        assertEquals(Set.of(former.core().member()), again.core().missing());
        assertEquals(1, again.core().unlikeMembers().size());
        store.giveUp(former);
        store.kill(again);
        store.restart(again);
        store.runUntilHealthy(10_000);
        assertContent(store, "a");
    }

    /** Its folder was damaged: what it had may be with others. */
    @Test
    void aNodeThatIsToJoinFoundsNothing() {
        SimulatedStore store = durable(1);
        store.waiting(true);
        store.start(1);
        store.waiting(false);
        store.start(1);
        store.run(20_000);
        assertTrue(store.alive().stream().allMatch(node -> node.core().configuration() == null));
    }

    @Test
    void ofTwoStoresWithDisksTheSmallerOneJoinsAnew() {
        SimulatedStore store = durable(1);
        begin(store, 2);
        store.apart();
        Node lonely = store.startApart();
        store.run(6000);
        assertTrue(lonely.isInService());
        String before = disk(lonely).name();
        store.heal();
        store.runUntilHealthy(20_000);
        assertEquals(1, store.superseded());
        assertNotEquals(before, disk(lonely).name());
    }

    /** Two that were begun apart, of which the larger one is not complete: neither takes the other one in. */
    @Test
    void aStoreThatWaitsForItsMembersIsNotTakenOver() {
        SimulatedStore store = durable(1);
        List<Node> nodes = beginWith(store, 3, "a");
        List.copyOf(nodes).forEach(store::kill);
        store.apart();
        Node other = store.start(1).get(0);
        store.run(6000);
        assertTrue(other.isInService());
        List<Node> rest = restartTwoOfThree(store);
        assertTrue(other.isInService());
        assertTrue(rest.stream().noneMatch(Node::isInService));
        store.restart(nodes.get(2));
        store.runUntilHealthy(20_000);
        assertEquals(1, store.superseded());
        assertContent(store, "a");
    }

    /** It hangs when it has got copies of partitions, or a part of them; another node has got them when it is back. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aLearnerThatWasReplacedDropsItsCopies(boolean complete) {
        SimulatedStore store = durable(1, 16);
        List<Node> nodes = begin(store, 2);
        write(nodes.get(0), "a");
        IntStream.range(5, 64).forEach(key -> nodes.get(0).call("put k" + key + " a -1 0"));
        store.run(1000);
        Node learner = store.start(1).get(0);
        store.intercept((from, to, envelope) -> ofTransfer(envelope, from == learner, to == learner && !complete));
        store.run(4000);
        store.hang(learner, 20_000);
        store.run(12_000);
        store.intercept((from, to, envelope) -> envelope);
        store.start(1);
        for (int i = 0;
                i < 2000 && configuration(learner).isMember(learner.core().member());
                i++) {
            store.run(10);
        }
        assertFalse(configuration(learner).isMember(learner.core().member()));
        assertTrue(learner.core().prepareSnapshot());
        store.runUntilHealthy(60_000);
        assertTrue(learner.core().prepareSnapshot());
        for (int i = 0; i < 16; i++) {
            if (!configuration(learner).partition(i).isReplica(learner.core().member())) {
                assertEquals(0, learner.core().replica(i).machine().bytes());
            }
        }
        assertContent(store, "a");
    }

    /** No acknowledgement arrives, and perhaps not the last part. */
    private static @Nullable Envelope ofTransfer(Envelope envelope, boolean acknowledges, boolean learns) {
        ReplicaMessage message = envelope.message();
        boolean acknowledged = message instanceof ReplicaMessage.SnapshotAck
                || (message instanceof ReplicaMessage.ReplicateAck ack && ack.matched() >= 0);
        if (acknowledges && acknowledged) {
            return null;
        }
        if (learns && message instanceof ReplicaMessage.SnapshotPart part) {
            ReplicaMessage unfinished = new ReplicaMessage.SnapshotPart(
                    part.partition(),
                    part.term(),
                    part.transfer(),
                    part.index(),
                    false,
                    part.sequence(),
                    part.time(),
                    part.bytes());
            return new Envelope(envelope.from(), envelope.to(), unfinished);
        }
        return envelope;
    }

    /** If the primary was restarted, it would have less than the learner. */
    @Test
    void aLearnerIsInSyncOnceThePrimaryHasWrittenThat() {
        SimulatedStore store = durable(1, 16);
        List<Node> nodes = begin(store, 2);
        Node primary = nodes.get(1);
        store.intercept((from, to, envelope) ->
                to.id().equals("n2") && envelope.message() instanceof ReplicaMessage.Replication ? null : envelope);
        Node learner = store.start(1).get(0);
        while (learning(primary, learner).isEmpty()) {
            store.run(10);
        }
        int partition = learning(primary, learner).get(0);
        store.run(1000);
        PartitionReplica replica = primary.core().replica(partition);
        primary.call("put " + keyOf(partition) + " a -1 0");
        while (replica.commit() == replica.recordedCommit()) {
            store.run(1);
        }
        disk(primary).stalled(true);
        Set<Integer> reported = new TreeSet<>();
        store.intercept((from, to, envelope) -> {
            if (from == primary && envelope.message() instanceof ReplicaMessage.InSync report) {
                reported.add(report.partition());
            }
            return envelope;
        });
        store.run(4000);
        assertFalse(reported.contains(partition));
        disk(primary).stalled(false);
        store.runUntilHealthy(10_000);
        assertTrue(reported.contains(partition));
    }

    /** The backup gets the second command with the news that the first one is committed. */
    @Test
    void whatIsNotAppliedIsOnTheDiskNevertheless() {
        SimulatedStore store = durable(1);
        List<Node> nodes = begin(store, 2);
        store.tolerateFailures();
        String key = "k0";
        int partition = Math.floorMod(key.hashCode(), SimulatedStore.PARTITIONS);
        String primary = configuration(nodes.get(0)).partition(partition).primary();
        Node first = nodes.get(nodes.get(0).core().member().equals(primary) ? 0 : 1);
        Node second = nodes.get(1 - nodes.indexOf(first));
        second.machine(partition).failing(true);
        first.call("put " + key + " a -1 0");
        store.run(50);
        first.call("put " + key + " b -1 0");
        store.run(1000);
        assertEquals(Set.of(partition), store.failures());
        second.machine(partition).failing(false);
        store.run(1000);
        store.kill(first);
        store.kill(second);
        store.giveUp(first);
        Node again = store.restart(second);
        store.runUntilHealthy(10_000);
        again.call("get " + key);
        store.run(1000);
        store.assertLinearizable();
    }

    private static List<Integer> learning(Node primary, Node learner) {
        Configuration known = configuration(primary);
        return IntStream.range(0, known.partitions().size())
                .filter(i -> known.partition(i).primary().equals(primary.core().member())
                        && known.partition(i).learners().contains(learner.core().member()))
                .boxed()
                .toList();
    }

    private static String keyOf(int partition) {
        return IntStream.range(0, 1000)
                .mapToObj(i -> "k" + i)
                .filter(key -> Math.floorMod(key.hashCode(), 16) == partition)
                .findFirst()
                .orElseThrow();
    }

    private static SimulatedDisk disk(Node node) {
        return Objects.requireNonNull(node.disk());
    }

    private static Configuration configuration(Node node) {
        return Objects.requireNonNull(node.core().configuration());
    }

    private static void write(Node node, String value) {
        for (int key = 0; key < 5; key++) {
            node.call("put k" + key + ' ' + value + " -1 0");
        }
    }

    /** All keys have this value. */
    private static void assertContent(SimulatedStore store, String value) {
        Node node = store.alive().get(store.alive().size() - 1);
        store.run(1000);
        for (int key = 0; key < 5; key++) {
            node.call("get k" + key);
        }
        store.run(6000);
        for (int key = 0; key < 5; key++) {
            List<Linearizability.Operation> history = store.histories().getOrDefault("k" + key, List.of());
            String result = history.get(history.size() - 1).result();
            assertTrue(result != null && result.startsWith("value " + value + ' '), history::toString);
        }
        store.assertLinearizable();
    }

    private static void run(SimulatedStore store, Random random) {
        store.start(2 + random.nextInt(3));
        store.runUntilHealthy(60_000);
        for (int step = 0; step < 80; step++) {
            disturb(store, random);
            for (int i = random.nextInt(12); i > 0; i--) {
                act(store, random);
                store.run(random.nextInt(120));
            }
        }
        finish(store, random);
    }

    private static void disturb(SimulatedStore store, Random random) {
        List<Node> alive = store.alive();
        List<Node> stopped = store.stopped();
        if (alive.isEmpty() || (!stopped.isEmpty() && random.nextInt(4) == 0)) {
            store.restart(stopped.get(random.nextInt(stopped.size())));
            return;
        }
        Node node = alive.get(random.nextInt(alive.size()));
        switch (random.nextInt(24)) {
            case 0 -> store.hang(node, random.nextInt(12_000));
            case 1 -> store.cut(node, alive.get(random.nextInt(alive.size())));
            case 2, 3 -> store.heal();
            case 4 -> store.loss(random.nextDouble() / 5);
            case 5 -> store.mislead(node);
            case 6, 7, 8 -> store.kill(node);
            case 9 -> {
                if (random.nextInt(3) == 0) {
                    alive.forEach(store::kill);
                    store.run(random.nextInt(5000));
                    startAll(store, random);
                }
            }
            case 10 -> store.run(random.nextInt(10_000));
            case 11 -> {
                if (alive.size() < 5 && random.nextInt(4) == 0) {
                    store.start(1);
                }
            }
            case 12 -> disk(node).full(true);
            case 13, 14 -> alive.forEach(each -> disk(each).full(false));
            default -> {
                // No fault.
            }
        }
    }

    private static void startAll(SimulatedStore store, Random random) {
        List<Node> stopped = new ArrayList<>(store.stopped());
        Collections.shuffle(stopped, random);
        for (Node node : stopped) {
            store.restart(node);
            store.run(random.nextInt(random.nextBoolean() ? 10 : 5000));
        }
    }

    private static void act(SimulatedStore store, Random random) {
        List<Node> alive = store.alive();
        if (!alive.isEmpty()) {
            Node node = alive.get(random.nextInt(alive.size()));
            if (node.isAwake() && node.isIdle()) {
                node.act();
            }
        }
    }

    private static void finish(SimulatedStore store, Random random) {
        store.heal();
        startAll(store, random);
        store.alive().forEach(node -> disk(node).full(false));
        while (!store.alive().stream().allMatch(Node::isAwake)) {
            store.run(100);
        }
        store.runUntilHealthy(120_000);
        store.readAll();
        store.assertEqualReplicas();
    }
}
