package dev.fanfare.broker.routing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.broker.handover.SimulatedCluster;
import dev.fanfare.broker.handover.SimulatedCluster.Node;
import dev.fanfare.core.codec.WireVersions;
import dev.fanfare.testkit.Endurance;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Routing tables of several nodes over a simulated network. */
class RoutingTableTest {

    private static final int A = 1;
    private static final int B = 2;
    private static final int UNUSED = 3;
    private static final int WRONG = 4;

    private final SimulatedCluster cluster = new SimulatedCluster(new Random(1));

    @Test
    void aListenerIsKnownToAllBeforeItIsSaid() {
        List<Node> nodes = cluster.start(3);
        cluster.run(1000);
        Node listener = nodes.get(0);
        listener.join(A);
        assertFalse(listener.isKnown(A));
        cluster.run(50);
        assertTrue(listener.isKnown(A));
        assertEquals(List.of("0"), nodes.get(1).receiversOf(A));
        assertEquals(List.of("0"), nodes.get(2).receiversOf(A));
        assertEquals(List.of(), nodes.get(1).receiversOf(B));
    }

    @Test
    void whatIsLeftIsSentNoMore() {
        List<Node> nodes = cluster.start(2);
        cluster.run(1000);
        nodes.get(0).join(A);
        cluster.run(100);
        nodes.get(0).leave(A);
        cluster.run(100);
        assertEquals(List.of(), nodes.get(1).receiversOf(A));
    }

    @Test
    void aNodeAloneWaitsForNobody() {
        Node alone = cluster.start(1).get(0);
        alone.join(A);
        assertTrue(alone.isKnown(A));
        assertTrue(alone.routingTable().isInTouch());
    }

    @Test
    void nodesUseTheNewestVersionThatBothSpeak() {
        List<Node> nodes = cluster.start(new WireVersions(2, 1), new WireVersions(3, 2), new WireVersions(2, 2));
        assertEquals(1, nodes.get(0).routingTable().versionOf("1"), "the oldest, until it has introduced itself");
        cluster.run(1000);
        assertEquals(2, nodes.get(0).routingTable().versionOf("1"));
        assertEquals(2, nodes.get(1).routingTable().versionOf("0"));
        assertEquals(2, nodes.get(1).routingTable().versionOf("2"));
        nodes.get(0).join(A);
        cluster.run(100);
        assertEquals(List.of("0"), nodes.get(1).receiversOf(A));
    }

    @Test
    void nodesWithoutACommonVersionRefuseEachOther() {
        List<Node> nodes = cluster.start(new WireVersions(2, 1), new WireVersions(2, 1), new WireVersions(4, 3));
        cluster.run(5000);
        assertEquals(List.of("2 3 to 4"), nodes.get(0).refusals());
        assertEquals(List.of("2 3 to 4"), nodes.get(1).refusals());
        assertEquals(
                List.of("0 1 to 2", "1 1 to 2"),
                nodes.get(2).refusals().stream().sorted().toList());
        nodes.get(0).join(A);
        cluster.run(100);
        assertTrue(nodes.get(0).isKnown(A));
        assertEquals(List.of("0"), nodes.get(1).receiversOf(A));
        assertEquals(List.of(), nodes.get(2).receiversOf(A));
        assertEquals(List.of(), nodes.get(0).receiversOf(UNUSED));
        assertTrue(nodes.get(0).routingTable().isInTouch());
        assertTrue(nodes.get(1).routingTable().isInTouch());
        assertFalse(nodes.get(2).routingTable().isInTouch(), "it is in the minority");
    }

    @Test
    void aRefusedNodeIsForgottenWhenItHasGone() {
        List<Node> nodes = cluster.start(new WireVersions(1, 1), new WireVersions(2, 2));
        cluster.run(1000);
        assertEquals(1, nodes.get(0).routingTable().refused());
        assertEquals(new WireVersions(2, 2), nodes.get(0).routingTable().refused("1"));
        cluster.kill(nodes.get(1));
        cluster.removeMember("1");
        cluster.run(RoutingTable.SILENCE_MILLIS + 1000);
        assertEquals(0, nodes.get(0).routingTable().refused());
    }

    @Test
    void manyListenersTakeFewMessages() {
        List<Node> nodes = cluster.start(2);
        cluster.run(1000);
        int before = cluster.messages();
        for (int i = 0; i < 20_000; i++) {
            nodes.get(0).join(i);
        }
        cluster.run(400);
        assertTrue(nodes.get(0).isKnown(19_999));
        assertTrue(cluster.messages() - before < 20, () -> "messages " + (cluster.messages() - before));
    }

    @Test
    void aSilentNodeDelaysAJoinForAWhileOnlyAndIsSentEverything() {
        List<Node> nodes = cluster.start(3);
        cluster.run(1000);
        cluster.pause(nodes.get(2), 60_000);
        nodes.get(0).join(A);
        cluster.run(1000);
        assertFalse(nodes.get(0).isKnown(A));
        cluster.run(RoutingTable.SILENCE_MILLIS);
        assertTrue(nodes.get(0).isKnown(A));
        assertEquals(List.of("2"), nodes.get(1).receiversOf(UNUSED));
        assertTrue(nodes.get(1).routingTable().isInTouch());
    }

    @Test
    void aNodeThatWakesReliesOnNothingItKnewAndThenKnowsAll() {
        List<Node> nodes = cluster.start(2);
        cluster.run(1000);
        cluster.pause(nodes.get(1), 60_000);
        cluster.run(59_000);
        nodes.get(0).join(A);
        cluster.run(900);
        assertTrue(nodes.get(0).isKnown(A));
        cluster.run(101);
        assertEquals(List.of("0"), nodes.get(1).receiversOf(A));
        cluster.run(3000);
        assertEquals(List.of("0"), nodes.get(1).receiversOf(A));
        assertEquals(List.of(), nodes.get(1).receiversOf(UNUSED));
        assertEquals(List.of(), nodes.get(0).receiversOf(UNUSED));
        assertEquals(1, nodes.get(0).silences());
        assertEquals(0, nodes.get(1).silences());
    }

    @Test
    void aNodeThatLeftIsForgottenAndOneThatSaidSoAtOnce() {
        List<Node> nodes = cluster.start(3);
        cluster.run(1000);
        cluster.kill(nodes.get(2));
        cluster.removeMember("2");
        cluster.run(500);
        assertNotNull(nodes.get(0).routingTable().peer("2"));
        cluster.run(RoutingTable.SILENCE_MILLIS + 500);
        assertNull(nodes.get(0).routingTable().peer("2"));
        nodes.get(0).routingTable().receive(new RoutingMessage.Leave("1"), cluster.now());
        assertNull(nodes.get(0).routingTable().peer("1"));
        cluster.kill(nodes.get(1));
        cluster.run(2000);
        assertNull(nodes.get(0).routingTable().peer("1"));
        nodes.get(0).join(A);
        assertTrue(nodes.get(0).isKnown(A));
    }

    @Test
    void nobodyWaitsForANodeThatHasCrashed() {
        List<Node> nodes = cluster.start(3);
        cluster.run(1000);
        cluster.kill(nodes.get(2));
        nodes.get(0).join(A);
        cluster.run(600);
        assertFalse(nodes.get(0).isKnown(A));
        assertFalse(nodes.get(0).routingTable().crashed("2", List.of("0", "1", "2")), "while it is a member");
        cluster.removeMember("2");
        assertTrue(nodes.get(0).routingTable().crashed("2", List.of("0", "1")));
        assertTrue(nodes.get(0).isKnown(A));
        assertNull(nodes.get(0).routingTable().peer("2"));
        assertFalse(nodes.get(0).routingTable().crashed("2", List.of("0", "1")), "once only");
    }

    @Test
    void aNodeThatIsTakenForCrashedAndLivesReliesOnNothingItKnew() {
        List<Node> nodes = cluster.start(3);
        cluster.run(1000);
        cluster.cut(nodes.get(0), nodes.get(2));
        cluster.takeForCrashed(nodes.get(0), nodes.get(2));
        nodes.get(0).join(A);
        cluster.run(50);
        assertTrue(nodes.get(0).isKnown(A));
        cluster.heal();
        for (int i = 0; i < 300; i++) {
            cluster.run(10);
            nodes.forEach(cluster::check);
        }
        assertEquals(List.of("0"), nodes.get(2).receiversOf(A));
        assertEquals(List.of(), nodes.get(2).receiversOf(UNUSED));
    }

    /** Its heartbeats and our answers still pass, since only new connections are refused. */
    @Test
    void answersOfANodeThatIsNoMemberAreNotReliedOn() {
        List<Node> nodes = cluster.start(3);
        cluster.run(1000);
        Node listener = nodes.get(0);
        Node publisher = nodes.get(2);
        cluster.part(listener, publisher);
        publisher.tick();
        cluster.run(100);
        assertTrue(listener.routingTable().crashed("2", List.of("0", "1")));
        listener.join(A);
        cluster.run(50);
        assertTrue(listener.isKnown(A));
        for (int i = 0; i < 1000; i++) {
            cluster.run(1);
            cluster.check(publisher);
        }
        cluster.heal();
        cluster.run(1000);
        assertEquals(List.of(), publisher.receiversOf(UNUSED));
    }

    /** The heartbeat was sent while the node was not a member; its answer is in flight when the node is one again. */
    @Test
    void whatWasAskedForBeforeANodeBecameAMemberAgainIsNotReliedOn() {
        List<Node> nodes = cluster.start(2);
        cluster.run(1000);
        Node node = nodes.get(0);
        RoutingTable routingTable = node.routingTable();
        long asked = cluster.now();
        routingTable.tick(asked, List.of("0"), true);
        SubscriptionSet theirs = node.theirs("1");
        routingTable.tick(asked + 1, List.of("0", "1"), true);
        routingTable.receive(told(theirs, asked), asked + 2);
        assertEquals(List.of("1"), node.receiversOf(UNUSED));
        routingTable.receive(told(theirs, asked + 1), asked + 3);
        assertEquals(List.of(), node.receiversOf(UNUSED));
    }

    private static RoutingMessage.SubscriptionDelta told(SubscriptionSet theirs, long at) {
        long version = theirs.version();
        return new RoutingMessage.SubscriptionDelta(
                "1", version, version, theirs.digest(), SlotList.NONE, SlotList.NONE, at);
    }

    /** As when sockets are read before timers run: messages queued meanwhile do not count as new. */
    @Test
    void aNodeThatDiesWhenAnotherAwakesIsSilentSoon() {
        List<Node> nodes = cluster.start(2);
        cluster.run(1000);
        cluster.pause(nodes.get(0), 20_000);
        cluster.run(20_001);
        assertFalse(nodes.get(0).routingTable().peers()[0].isSilent());
        cluster.kill(nodes.get(1));
        cluster.run(RoutingTable.SILENCE_MILLIS + 2 * RoutingTable.TICK_MILLIS);
        assertTrue(nodes.get(0).routingTable().peers()[0].isSilent());
    }

    @Test
    void whatIsOnItsWayToANodeThatIsGivenUpIsCounted() {
        List<Node> nodes = cluster.start(3);
        cluster.run(1000);
        nodes.get(1).join(A);
        nodes.get(2).join(A);
        cluster.run(1000);
        cluster.pause(nodes.get(1), 60_000);
        nodes.get(0).publish(A, 700);
        cluster.run(1000);
        nodes.get(0).routingTable().receive(new RoutingMessage.Leave("2"), cluster.now());
        cluster.removeMember("1");
        cluster.removeMember("2");
        cluster.run(RoutingTable.SILENCE_MILLIS + 1000);
        assertEquals(700, nodes.get(0).lostBytes());
    }

    @Test
    void nobodyWaitsForANodeThatStarts() {
        List<Node> nodes = cluster.start(2);
        cluster.run(1000);
        cluster.addMember("9");
        cluster.run(1000);
        assertNotNull(nodes.get(0).routingTable().peer("9"));
        nodes.get(0).join(A);
        cluster.run(100);
        assertTrue(nodes.get(0).isKnown(A));
    }

    @Test
    void nodesThatStartDoNotMakeTheOnlyOneUnready() {
        Node only = cluster.start(1).get(0);
        cluster.run(1000);
        cluster.addMember("8");
        cluster.addMember("9");
        for (int i = 0; i < 20; i++) {
            cluster.run(500);
            assertTrue(only.routingTable().isInTouch());
        }
    }

    @Test
    void aNodeThatSleptIsNotInTouchBeforeTheOthersHaveAnswered() {
        List<Node> nodes = cluster.start(3);
        cluster.run(1000);
        Node sleeper = nodes.get(0);
        cluster.pause(sleeper, 20_000);
        cluster.run(19_000);
        cluster.part(sleeper, nodes.get(1));
        cluster.part(sleeper, nodes.get(2));
        cluster.cut(sleeper, nodes.get(1));
        cluster.cut(sleeper, nodes.get(2));
        cluster.run(1001);
        for (int i = 0; i < 6; i++) {
            assertFalse(sleeper.routingTable().isInTouch(), "alone");
            cluster.run(500);
        }
        cluster.heal();
        cluster.run(2000);
        assertTrue(sleeper.routingTable().isInTouch());
        assertTrue(nodes.get(1).routingTable().isInTouch());
    }

    @Test
    void aNodeThatSleptGoesOnAloneWhenTheOthersDoNotComeBack() {
        List<Node> nodes = cluster.start(2);
        cluster.run(1000);
        cluster.pause(nodes.get(0), 20_000);
        cluster.kill(nodes.get(1));
        cluster.run(19_000);
        cluster.removeMember("1");
        cluster.run(RoutingTable.REJOIN_MILLIS);
        assertFalse(nodes.get(0).routingTable().isInTouch());
        cluster.run(2000);
        assertTrue(nodes.get(0).routingTable().isInTouch());
    }

    @Test
    void aNodeThatSleptForAMomentIsInTouchAtOnce() {
        List<Node> nodes = cluster.start(2);
        cluster.run(1000);
        cluster.pause(nodes.get(0), 2000);
        cluster.run(2001);
        assertTrue(nodes.get(0).routingTable().isInTouch());
    }

    @Test
    void aNodeOfWhichNobodyTellsIsHeardOfByItsFirstWord() {
        List<Node> nodes = cluster.start(1);
        nodes.get(0).routingTable().receive(new RoutingMessage.Heartbeat("x", WireVersions.OURS, -1, true, 0, 0, 0), 0);
        assertNotNull(nodes.get(0).routingTable().peer("x"));
        assertEquals(List.of("x"), nodes.get(0).receiversOf(UNUSED));
    }

    @Test
    void aMinorityIsNotInTouchUntilTheOthersAreNoMembersAnyMore() {
        List<Node> nodes = cluster.start(3);
        cluster.run(1000);
        cluster.kill(nodes.get(0));
        cluster.kill(nodes.get(1));
        cluster.run(RoutingTable.SILENCE_MILLIS + 1000);
        Node last = nodes.get(2);
        assertFalse(last.routingTable().isInTouch());
        cluster.removeMember("0");
        cluster.removeMember("1");
        cluster.run(1000);
        assertTrue(last.routingTable().isInTouch());
        assertArrayEquals(new Peer[0], last.routingTable().peers());
    }

    @Test
    void ofTwoWhoCannotReachEachOtherTheElderIsInTouch() {
        List<Node> nodes = cluster.start(2);
        cluster.run(1000);
        cluster.cut(nodes.get(0), nodes.get(1));
        cluster.run(RoutingTable.SILENCE_MILLIS + 1000);
        assertTrue(nodes.get(0).routingTable().isInTouch());
        assertFalse(nodes.get(1).routingTable().isInTouch());
        cluster.heal();
        cluster.run(3000);
        assertTrue(nodes.get(1).routingTable().isInTouch());
    }

    @Test
    void aNodeWithoutAnyMembersIsNotInTouch() {
        Node node = cluster.start(1).get(0);
        node.routingTable().tick(cluster.now(), List.of(), true);
        assertFalse(node.routingTable().isInTouch());
    }

    @Test
    void aCopyThatDiffersIsFetchedAgain() {
        List<Node> nodes = cluster.start(2);
        cluster.run(1000);
        nodes.get(0).join(A);
        cluster.run(100);
        nodes.get(1).theirs("0").apply(nodes.get(1).theirs("0").version(), SlotList.of(WRONG), SlotList.of(A));
        cluster.run(1500);
        assertEquals(List.of("0"), nodes.get(1).receiversOf(A));
        assertEquals(List.of(), nodes.get(1).receiversOf(WRONG));
        assertEquals(1, nodes.get(1).differences());
    }

    @Test
    void publicationsAreSettledUnlessThereIsTooMuchToDo() {
        List<Node> nodes = cluster.start(2);
        cluster.run(1000);
        nodes.get(0).join(A);
        cluster.run(100);
        nodes.get(1).publish(A, 200_000);
        assertTrue(nodes.get(1).inFlight() > 0);
        nodes.get(0).overloaded(true);
        cluster.run(2000);
        assertTrue(nodes.get(1).inFlight() > 0);
        nodes.get(0).overloaded(false);
        cluster.run(2000);
        assertEquals(0, nodes.get(1).inFlight());
    }

    @Test
    void publicationsThatAreLostAreSettledAllTheSame() {
        List<Node> nodes = cluster.start(2);
        cluster.run(1000);
        nodes.get(0).join(A);
        cluster.run(100);
        cluster.loseNext(1);
        nodes.get(1).publish(A, 1000);
        cluster.run(2000);
        assertEquals(0, nodes.get(1).inFlight());
    }

    @Test
    void publicationsThatAreLostAreCountedWhereTheyDidNotArrive() {
        List<Node> nodes = cluster.start(3);
        cluster.run(1000);
        nodes.get(0).join(A);
        cluster.run(100);
        nodes.get(1).publish(A, 100);
        cluster.loseNext(2);
        nodes.get(1).publish(A, 1000);
        nodes.get(1).publish(A, 500);
        nodes.get(1).publish(A, 100);
        cluster.run(15_000);
        assertEquals(1500, nodes.get(0).missedBytes());
        assertEquals(0, nodes.get(1).missedBytes());
        assertEquals(0, nodes.get(2).missedBytes());
    }

    /** As in a hang after which others replace their connections, while it is still a member. */
    @Test
    void whatIsLostWhileANodeHangsIsCountedThereWhenItGoesOn() {
        List<Node> nodes = cluster.start(2);
        cluster.run(1000);
        nodes.get(0).join(A);
        cluster.run(100);
        cluster.pause(nodes.get(0), 9000);
        nodes.get(1).publish(A, 300);
        cluster.run(6000);
        cluster.loseUnderway(nodes.get(1), nodes.get(0));
        nodes.get(1).publish(A, 200);
        cluster.run(15_000);
        assertEquals(300, nodes.get(0).missedBytes());
        assertEquals(0, nodes.get(1).lostBytes());
    }

    @Test
    void aLossThatTheSenderCountsIsNotCountedAtTheReceiver() {
        List<Node> nodes = cluster.start(2);
        cluster.run(1000);
        nodes.get(0).join(A);
        nodes.get(1).join(A);
        cluster.run(100);
        nodes.get(1).publish(A, 100);
        cluster.run(1000);
        cluster.pause(nodes.get(0), 12_000);
        nodes.get(1).publish(A, 300);
        cluster.run(5000);
        cluster.loseUnderway(nodes.get(1), nodes.get(0));
        cluster.part(nodes.get(1), nodes.get(0));
        cluster.run(5000);
        assertEquals(300, nodes.get(1).lostBytes());
        cluster.heal();
        cluster.run(1000);
        nodes.get(1).publish(A, 200);
        cluster.run(15_000);
        assertEquals(0, nodes.get(0).missedBytes());
        assertEquals(0, nodes.get(1).missedBytes());
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void asLongAsNodesStayMembersEverythingThatIsLostIsCounted(long seed) {
        Random random = new Random(seed);
        SimulatedCluster chaos = new SimulatedCluster(random);
        List<Node> nodes = chaos.start(3);
        chaos.run(1000);
        nodes.forEach(node -> node.join(A));
        for (int step = 0; step < 80; step++) {
            chaos.disturbTraffic();
            Node publisher = nodes.get(random.nextInt(nodes.size()));
            if (publisher.isAwake()) {
                publisher.publish(A, 1 + random.nextInt(100));
            }
            chaos.run(random.nextInt(200));
        }
        chaos.heal();
        chaos.run(10_000);
        for (Node node : nodes) {
            assertEquals(node.unarrivedBytes(), node.missedBytes());
        }
    }

    /** {@code -Dfanfare.seed=N} starts at another seed, {@code -Dfanfare.seeds=N} runs that many. */
    static List<Long> seeds() {
        long first = Long.getLong("fanfare.seed", 1);
        int count = Integer.getInteger("fanfare.seeds", Endurance.count(40, 1000));
        return LongStream.range(first, first + count).boxed().toList();
    }

    /** The guarantee of the routing table, against arbitrary faults of the network and of nodes. */
    @ParameterizedTest
    @MethodSource("seeds")
    void anAcknowledgedJoinIsKnownToEveryPublisherUnderAnyFault(long seed) {
        Random random = new Random(seed);
        SimulatedCluster chaos = new SimulatedCluster(random);
        List<Node> nodes = new ArrayList<>(chaos.start(3));
        for (int step = 0; step < 400; step++) {
            chaos.disturb();
            Node node = nodes.get(random.nextInt(nodes.size()));
            int slot = random.nextInt(40);
            if (random.nextInt(4) == 0) {
                node.leave(slot);
            } else {
                node.join(slot);
            }
            if (node.isAwake()) {
                node.publish(slot, 1 + random.nextInt(100));
            }
            chaos.run(random.nextInt(200));
            for (Node publisher : nodes) {
                chaos.check(publisher);
            }
        }
        chaos.heal();
        chaos.run(10_000);
        for (Node publisher : nodes) {
            chaos.checkExactly(publisher);
            assertTrue(publisher.missedBytes() <= publisher.unarrivedBytes());
        }
    }
}
