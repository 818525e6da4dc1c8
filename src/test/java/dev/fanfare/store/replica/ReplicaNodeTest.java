package dev.fanfare.store.replica;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.store.replica.ReplicaMessage.Replicate;
import dev.fanfare.store.replica.ReplicaMessage.ReplicateAck;
import dev.fanfare.store.replica.SimulatedStore.Node;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.function.LongConsumer;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The protocol of the replicated store over a simulated network, in simulated time. */
class ReplicaNodeTest {

    /** {@code -Dfanfare.seed=N} starts at another seed, {@code -Dfanfare.seeds=N} runs that many. */
    static List<Long> seeds() {
        return seeds(8);
    }

    static List<Long> seeds(int few) {
        long first = Long.getLong("fanfare.seed", 1);
        int count = Integer.getInteger("fanfare.seeds", few);
        return LongStream.range(first, first + count).boxed().toList();
    }

    /** One node at a time is lost, others hang and are cut off meanwhile. */
    @ParameterizedTest
    @MethodSource("seeds")
    void nothingAcknowledgedIsLostWithOneNode(long seed) {
        SimulatedStore store = new SimulatedStore(seed);
        disturb(store, SimulatedStore.random(seed));
        finish(store);
        assertEquals(0, store.lost());
        store.assertLinearizable();
    }

    /** Several are lost at once. What is left agrees, and goes on with all partitions. */
    @ParameterizedTest
    @MethodSource("seeds")
    void nodesAgreeWhateverIsLost(long seed) {
        Random random = SimulatedStore.random(seed);
        SimulatedStore store = new SimulatedStore(seed);
        store.start(3 + random.nextInt(3));
        store.runUntilHealthy(60_000);
        for (int step = 0; step < 40; step++) {
            if (random.nextInt(10) == 0 && store.alive().size() > 1) {
                store.kill(any(store, random));
                store.run(random.nextInt(2000));
            } else if (random.nextInt(8) == 0) {
                store.start(1);
            } else {
                disturbOnce(store, random, false);
            }
            act(store, random);
            store.run(random.nextInt(500));
        }
        store.heal();
        store.run(30_000);
        List<Node> serving = store.alive().stream().filter(Node::isInService).toList();
        if (!serving.isEmpty()) {
            finish(store);
            if (store.lost() == 0) {
                store.assertLinearizable();
            }
        }
    }

    /** A primary that was replaced, and does not know it, while it still holds the leases of the others. */
    @Test
    void aReplacedPrimaryAnswersNoQuery() {
        queryReplacedPrimary(new SimulatedStore(1));
    }

    /** The checks find a primary that answers queries without having heard from its backups. */
    @Test
    void aMissingReadBarrierIsFound() {
        SimulatedStore store = new SimulatedStore(1);
        Map<String, ReplicateAck> last = new HashMap<>();
        store.intercept((from, to, envelope) -> {
            if (envelope.message() instanceof ReplicateAck ack) {
                last.put(envelope.from() + envelope.to() + ack.partition() + ':' + ack.term(), ack);
            } else if (envelope.message() instanceof Replicate sent) {
                ReplicateAck ack = last.get(envelope.to() + envelope.from() + sent.partition() + ':' + sent.term());
                if (ack != null && ack.matched() >= 0) {
                    ReplicateAck forged = new ReplicateAck(
                            ack.partition(), ack.term(), sent.round(), ack.matched(), ack.commit(), false);
                    store.forge(from, new Envelope(envelope.to(), envelope.from(), forged));
                }
            }
            return envelope;
        });
        assertThrows(SimulatedStore.NotLinearizable.class, () -> queryReplacedPrimary(store));
    }

    /** The checks find replicas that acknowledge what a primary of a former configuration sends. */
    @Test
    void anAcknowledgementOfAFormerTermIsFound() {
        assertFound(SimulatedStore.NotLinearizable.class, seed -> {
            SimulatedStore store = new SimulatedStore(seed);
            store.intercept((from, to, envelope) -> {
                if (envelope.message() instanceof Replicate sent && isFormer(sent, to)) {
                    ReplicateAck forged = new ReplicateAck(
                            sent.partition(),
                            sent.term(),
                            sent.round(),
                            sent.first() + sent.entries().size() - 1,
                            sent.commit(),
                            false);
                    store.forge(from, new Envelope(envelope.to(), envelope.from(), forged));
                }
                return envelope;
            });
            queryReplacedPrimary(store);
        });
    }

    private static boolean isFormer(Replicate sent, Node to) {
        Configuration known = to.core().configuration();
        return known != null && known.partition(sent.partition()).term() > sent.term();
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void rivalsDecideOneConfiguration(long seed) {
        proposeTwice(new SimulatedStore(seed));
    }

    /** The checks find members that take part in a ballot although they have promised a higher one. */
    @Test
    void aForgottenPromiseIsFound() {
        assertFound(SimulatedStore.TwoConfigurations.class, seed -> {
            SimulatedStore store = new SimulatedStore(seed);
            store.intercept((from, to, envelope) -> {
                if (envelope.message() instanceof ReplicaMessage.PrepareRefused refused) {
                    ReplicaMessage acknowledged = new ReplicaMessage.AcceptAck(refused.number(), refused.ballot());
                    store.forge(to, new Envelope(envelope.from(), envelope.to(), acknowledged));
                    ReplicaMessage promise =
                            new ReplicaMessage.Promise(refused.number(), refused.ballot(), Ballot.NONE, null);
                    return new Envelope(envelope.from(), envelope.to(), promise);
                }
                return envelope;
            });
            proposeTwice(store);
        });
    }

    /** Two members believe that they are the eldest, and each wants to admit another node. */
    private static void proposeTwice(SimulatedStore store) {
        List<Node> nodes = store.start(3);
        store.runUntilHealthy(6000);
        List<Node> added = store.start(2);
        List<Node> one = List.of(nodes.get(0), nodes.get(1), nodes.get(2), added.get(0));
        List<Node> other = List.of(nodes.get(1), nodes.get(0), nodes.get(2), added.get(1));
        store.look(nodes.get(0), one);
        store.look(nodes.get(1), other);
        store.look(nodes.get(2), one);
        store.run(10);
        store.look(added.get(0), one);
        store.look(added.get(1), other);
        store.run(500);
        store.runUntilHealthy(60_000);
    }

    /** As many as in production, with a key in most of them. */
    @Test
    void all256PartitionsSurviveANode() {
        SimulatedStore store = new SimulatedStore(1, 256);
        List<Node> nodes = store.start(3);
        store.runUntilHealthy(10_000);
        for (int key = 0; key < 200; key++) {
            nodes.get(key % 3).call("put k" + key + " v" + key + " -1 0");
        }
        store.run(500);
        store.kill(nodes.get(1));
        store.runUntilHealthy(10_000);
        for (int key = 0; key < 200; key++) {
            nodes.get(2).call("get k" + key);
        }
        store.run(1000);
        assertEquals(0, store.lost());
        assertEquals(200, store.histories().size());
        for (List<Linearizability.Operation> history : store.histories().values()) {
            assertTrue(Objects.requireNonNull(history.get(1).result()).startsWith("value"));
        }
        store.assertLinearizable();
    }

    @Test
    void copiesOfLittleAreMadeAtOnce() {
        SimulatedStore store = new SimulatedStore(1, 256);
        store.prompt();
        store.start(1);
        store.runUntilHealthy(10_000);
        store.start(1);
        store.runUntilHealthy(4000);
    }

    private static void queryReplacedPrimary(SimulatedStore store) {
        List<Node> nodes = store.start(3);
        store.runUntilHealthy(6000);
        Node unaware = nodes.get(2);
        SimulatedStore.Interceptor given = store.interceptor();
        store.intercept((from, to, envelope) -> {
            boolean replaced = to == unaware
                    && envelope.message() instanceof ReplicaMessage.Decided decided
                    && !decided.configuration()
                            .partition(2)
                            .isReplica(unaware.core().member());
            return replaced ? null : given.send(from, to, envelope);
        });
        Node joining = store.start(2).get(0);
        for (int i = 0; i < 400; i++) {
            for (int key = 1; key < 2; key++) {
                if (joining.core().configuration() != null && joining.isIdle()) {
                    joining.call("put k" + key + " v" + i + '-' + key + " -1 0");
                }
                if (unaware.isIdle()) {
                    unaware.call("get k" + key);
                }
            }
            store.run(10);
        }
        store.intercept(given);
        store.run(8000);
        store.assertLinearizable();
    }

    /** The checks find a primary for which a command is replicated once it has been sent. */
    @Test
    void anEarlyAcknowledgementIsFound() {
        assertFound(SimulatedStore.NotLinearizable.class, seed -> {
            SimulatedStore store = new SimulatedStore(seed);
            acknowledgeEarly(store);
            disturb(store, SimulatedStore.random(seed));
            store.heal();
            store.run(60_000);
            store.readAll();
            store.assertLinearizable();
        });
    }

    private static void acknowledgeEarly(SimulatedStore store) {
        store.intercept((from, to, envelope) -> {
            if (envelope.message() instanceof Replicate sent && !sent.entries().isEmpty()) {
                long matched = sent.first() + sent.entries().size() - 1;
                ReplicateAck forged =
                        new ReplicateAck(sent.partition(), sent.term(), 0, matched, sent.first() - 1, false);
                store.forge(from, new Envelope(envelope.to(), envelope.from(), forged));
            }
            return envelope;
        });
    }

    /** With one of some seeds at the latest; nodes may fail on what they cannot explain with others. */
    private static void assertFound(Class<? extends AssertionError> type, LongConsumer run) {
        for (long seed = 1; seed <= 20; seed++) {
            try {
                run.accept(seed);
            } catch (RuntimeException e) {
                // Such as a command that should be there and is not.
            } catch (AssertionError e) {
                if (type.isInstance(e)) {
                    return;
                }
            }
        }
        throw new AssertionError("not found: " + type.getSimpleName());
    }

    /** The eldest has half a vote more: it must not use that while the other one relies on it. */
    @Test
    void theEldestThatDiesHasDecidedNothingAlone() {
        SimulatedStore store = new SimulatedStore(1);
        List<Node> nodes = store.start(2);
        store.runUntilHealthy(6000);
        store.look(nodes.get(0), List.of(nodes.get(0)));
        store.run(200);
        nodes.get(0).call("put k1 a -1 0");
        store.run(300);
        store.kill(nodes.get(0));
        store.notice();
        store.runUntilHealthy(3000);
        nodes.get(1).call("get k1");
        store.run(1000);
        assertEquals(0, store.lost());
        store.assertLinearizable();
    }

    @Test
    void halfWithTheEldestGoesOnAndTheOtherHalfDoesNot() {
        SimulatedStore store = new SimulatedStore(1);
        List<Node> nodes = store.start(4);
        store.runUntilHealthy(6000);
        store.cutOff(Set.of(nodes.get(0), nodes.get(1)));
        store.run(30_000);
        assertEquals(
                List.of(true, true, false, false),
                nodes.stream().map(Node::isInService).toList());
        store.kill(nodes.get(0));
        store.run(30_000);
        assertEquals(
                List.of(false, true, false, false),
                nodes.stream().map(Node::isInService).toList());
        store.heal();
        store.runUntilHealthy(30_000);
    }

    @Test
    void halfOfTheNodesMayDieAtOnce() {
        SimulatedStore store = new SimulatedStore(1);
        List<Node> nodes = store.start(4);
        store.runUntilHealthy(6000);
        store.kill(nodes.get(0));
        store.kill(nodes.get(1));
        store.notice();
        store.runUntilHealthy(10_000);
    }

    @Test
    void theSmallerOfTwoStoresJoinsTheLargerOneWithoutItsContent() {
        SimulatedStore store = new SimulatedStore(1);
        store.start(2);
        store.runUntilHealthy(6000);
        store.apart();
        Node lonely = store.startApart();
        store.run(6000);
        assertTrue(lonely.isInService());
        store.heal();
        store.runUntilHealthy(20_000);
        assertEquals(1, store.superseded());
    }

    @Test
    void aNodeThatLeavesTakesNothingAlong() {
        SimulatedStore store = new SimulatedStore(1);
        List<Node> nodes = store.start(3);
        store.runUntilHealthy(6000);
        for (int key = 0; key < 5; key++) {
            nodes.get(0).call("put k" + key + " v" + key + " -1 0");
        }
        store.run(500);
        nodes.get(0).leave();
        store.run(5000);
        assertTrue(nodes.get(0).core().hasLeft());
        store.kill(nodes.get(0));
        store.runUntilHealthy(5000);
        for (int key = 0; key < 5; key++) {
            nodes.get(1).call("get k" + key);
        }
        store.run(500);
        assertEquals(0, store.lost());
        store.assertLinearizable();
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 300})
    void aReportAboutAPartitionThatIsNotIsIgnored(int partition) {
        SimulatedStore store = new SimulatedStore(1);
        List<Node> nodes = store.start(2);
        store.runUntilHealthy(6000);
        for (Node node : List.copyOf(nodes)) {
            String learner = nodes.get(1).core().member();
            store.forge(node, new Envelope(learner, "", new ReplicaMessage.InSync(partition, 1, learner)));
        }
        store.run(10);
        store.start(1);
        store.runUntilHealthy(10_000);
    }

    @Test
    void aReportOfALaterTermIsIgnored() {
        SimulatedStore store = new SimulatedStore(1);
        List<Node> nodes = store.start(2);
        store.runUntilHealthy(6000);
        store.intercept((from, to, envelope) ->
                to.id().equals("n2") && envelope.message() instanceof ReplicaMessage.Replication ? null : envelope);
        String learner = store.start(1).get(0).core().member();
        Configuration before = Objects.requireNonNull(nodes.get(0).core().configuration());
        for (int i = 0; i < SimulatedStore.PARTITIONS; i++) {
            store.forge(
                    nodes.get(0),
                    new Envelope(learner, "", new ReplicaMessage.InSync(i, before.number() + 1, learner)));
        }
        store.run(5000);
        Configuration after = Objects.requireNonNull(nodes.get(0).core().configuration());
        assertTrue(after.isMember(learner));
        // It has got nothing.
        assertTrue(after.partitions().stream()
                .noneMatch(assignment -> assignment.inSync().contains(learner)));
    }

    @Test
    void anAcknowledgementOfWhatNobodySentIsIgnored() {
        SimulatedStore store = new SimulatedStore(1);
        List<Node> nodes = store.start(2);
        store.runUntilHealthy(6000);
        Assignment assignment = Objects.requireNonNull(nodes.get(0).core().configuration())
                .partition(Math.floorMod("k1".hashCode(), SimulatedStore.PARTITIONS));
        boolean first = assignment.primary().equals(nodes.get(0).core().member());
        Node primary = nodes.get(first ? 0 : 1);
        Node backup = nodes.get(first ? 1 : 0);
        store.intercept((from, to, envelope) -> envelope.message() instanceof Replicate ? null : envelope);
        ReplicateAck forged = new ReplicateAck(
                Math.floorMod("k1".hashCode(), SimulatedStore.PARTITIONS),
                assignment.term(),
                0,
                Long.MAX_VALUE,
                0,
                false);
        store.forge(primary, new Envelope(backup.core().member(), primary.core().member(), forged));
        store.run(10);
        primary.call("put k1 a -1 0");
        store.run(2000);
        // The backup has not got it.
        assertNull(store.histories().getOrDefault("k1", List.of()).get(0).result());
    }

    /** What has expired is freed with the ticks of each partition. */
    @Test
    void aPartitionThatFailsStopsNoOther() {
        SimulatedStore store = new SimulatedStore(1);
        Node node = store.start(1).get(0);
        store.runUntilHealthy(6000);
        store.tolerateFailures();
        for (int i = 0; i < SimulatedStore.PARTITIONS; i++) {
            node.call("put k" + i + " v -1 1000");
        }
        store.run(100);
        node.machine(0).failing(true);
        store.run(3000);
        assertEquals(Set.of(0), store.failures());
        assertTrue(node.core().replica(0).machine().bytes() > 0);
        assertEquals(
                node.core().replica(0).machine().bytes(), node.core().room().used());
        node.call("get k1");
        store.run(100);
        assertEquals(
                "absent", store.histories().getOrDefault("k1", List.of()).get(1).result());
    }

    /** Each of 1 MB: the next ones are answered in later turns. */
    @Test
    void answersOfOneTurnAreBounded() {
        SimulatedStore store = new SimulatedStore(1);
        List<Node> nodes = store.start(2);
        store.runUntilHealthy(6000);
        Node caller = nodes.get(isPrimary(nodes.get(0), "k1") ? 1 : 0);
        caller.call("put k1 " + "x".repeat(1024 * 1024) + " -1 0");
        store.run(500);
        Map<Long, Integer> answers = new HashMap<>();
        store.intercept((from, to, envelope) -> {
            if (envelope.message() instanceof ReplicaMessage.RequestReply) {
                answers.merge(store.now(), 1, Integer::sum);
            }
            return envelope;
        });
        for (int i = 0; i < 30; i++) {
            caller.call("get k1");
        }
        store.run(500);
        assertTrue(answers.values().stream().allMatch(count -> count <= 8), answers::toString);
        List<Linearizability.Operation> history = store.histories().getOrDefault("k1", List.of());
        assertEquals(31, history.size());
        assertTrue(history.stream().allMatch(operation -> operation.result() != null));
    }

    private static boolean isPrimary(Node node, String key) {
        return Objects.requireNonNull(node.core().configuration())
                .partition(Math.floorMod(key.hashCode(), SimulatedStore.PARTITIONS))
                .primary()
                .equals(node.core().member());
    }

    /** No part of its snapshots arrives. More commands follow than are kept. */
    @Test
    void aLearnerThatDoesNotGetOnDelaysNoWrites() {
        SimulatedStore store = new SimulatedStore(1);
        List<Node> nodes = store.start(2);
        store.runUntilHealthy(6000);
        store.intercept(
                (from, to, envelope) -> envelope.message() instanceof ReplicaMessage.SnapshotPart ? null : envelope);
        store.start(1);
        store.run(4000);
        for (int i = 0; i < 8; i++) {
            for (int key = 0; key < 4 * 150; key++) {
                nodes.get(0).call("put k" + key + " v" + i + " -1 0");
            }
            store.run(3000);
        }
        Configuration latest = Objects.requireNonNull(nodes.get(0).core().configuration());
        assertTrue(latest.partitions().stream()
                .anyMatch(assignment -> !assignment.learners().isEmpty()));
        store.histories()
                .forEach((key, history) -> assertTrue(
                        history.stream().allMatch(operation -> operation.result() != null), history::toString));
        assertEquals(
                4800, store.histories().values().stream().mapToInt(List::size).sum());
        store.intercept((from, to, envelope) -> envelope);
        store.runUntilHealthy(20_000);
    }

    private static void disturb(SimulatedStore store, Random random) {
        store.start(2 + random.nextInt(4));
        store.runUntilHealthy(60_000);
        for (int step = 0; step < 60; step++) {
            disturbOnce(store, random, true);
            for (int i = random.nextInt(12); i > 0; i--) {
                act(store, random);
                store.run(random.nextInt(120));
            }
        }
    }

    private static Node any(SimulatedStore store, Random random) {
        return store.alive().get(random.nextInt(store.alive().size()));
    }

    static void disturbOnce(SimulatedStore store, Random random, boolean kills) {
        List<Node> alive = store.alive();
        Node node = alive.get(random.nextInt(alive.size()));
        switch (random.nextInt(20)) {
            case 0 -> store.hang(node, random.nextInt(20_000));
            case 1 -> store.hang(node, random.nextInt(2500));
            case 2 -> store.cutOff(Set.of(node));
            case 3 -> store.cut(node, alive.get(random.nextInt(alive.size())));
            case 4 -> store.cutOff(new HashSet<>(alive.subList(0, alive.size() / 2)));
            case 5, 6 -> store.heal();
            case 7 -> store.loss(random.nextDouble() / 5);
            case 8 -> store.mislead(node);
            case 9, 10 -> {
                if (kills && mayLose(store)) {
                    store.kill(node);
                    if (alive.size() == 2) {
                        store.notice();
                    }
                    store.run(random.nextInt(3000));
                    store.start(1);
                }
            }
            case 11 -> store.run(random.nextInt(10_000));
            default -> {
                // No fault.
            }
        }
    }

    /** The younger one of two goes on only if it gets to know that the other one has crashed while it has its lease. */
    private static boolean mayLose(SimulatedStore store) {
        if (store.alive().size() == 2) {
            store.run(2000);
        }
        boolean noticed = store.alive().size() > 2 || store.isConnected();
        return noticed && store.isHealthy() && store.alive().stream().allMatch(Node::isAwake);
    }

    static void act(SimulatedStore store, Random random) {
        List<Node> alive = store.alive();
        Node node = alive.get(random.nextInt(alive.size()));
        if (node.isAwake() && node.isIdle()) {
            node.act();
        }
    }

    private static void finish(SimulatedStore store) {
        store.heal();
        // Partitions whose replicas are all lost, and not known to be dead, are waited for.
        long patience = ReplicaTiming.LOST + 120_000;
        while (!store.alive().stream().allMatch(Node::isAwake)) {
            store.run(100);
        }
        store.runUntilHealthy(patience);
        store.readAll();
        store.assertEqualReplicas();
    }

    @Test
    void aStoreIsInServiceSoonAfterItsNodesHaveMet() {
        SimulatedStore store = new SimulatedStore(1);
        List<Node> nodes = store.start(3);
        store.runUntilHealthy(6000);
        nodes.get(1).call("put k v -1 0");
        store.run(100);
        nodes.get(2).call("get k");
        store.run(100);
        List<Linearizability.Operation> history = store.histories().getOrDefault("k", List.of());
        assertEquals(
                Objects.requireNonNull(history.get(0).result()).replace("stored", "value v"),
                history.get(1).result());
    }
}
