package dev.fanfare;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.testkit.ClusterNodes;
import dev.fanfare.testkit.Endurance;
import dev.fanfare.testkit.NodeNetwork;
import dev.fanfare.testkit.ProcessNode;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How long it takes until nodes have the right list of members, by the times in their logs: {@code src/docs/cluster.md}. */
@Timeout(900)
class MembershipTimesIT {

    private static final int ROUNDS = Integer.getInteger("rounds", 5);

    @SuppressWarnings("NullAway.Init")
    private ClusterNodes cluster;

    @Test
    void listsOfMembersAreRightWithinTheStatedTimes() throws Exception {
        Assumptions.assumeTrue(Endurance.ON, "measures for minutes");
        List<Long> started = new ArrayList<>();
        List<Long> left = new ArrayList<>();
        List<Long> crashed = new ArrayList<>();
        List<Long> hung = new ArrayList<>();
        List<Long> resumed = new ArrayList<>();
        List<Long> cut = new ArrayList<>();
        List<Long> healed = new ArrayList<>();
        try (NodeNetwork network = NodeNetwork.create(3)) {
            cluster = ClusterNodes.start(network);
            for (int round = 0; round < ROUNDS; round++) {
                int victim = round % 3;
                int other = (victim + 1) % 3;

                Instant start = Instant.now();
                assertEquals(0, cluster.node(victim).stop());
                left.add(millisUntil(2, start, other));
                cluster.kill(victim);
                started.add(start(victim));

                start = Instant.now();
                cluster.kill(victim);
                crashed.add(millisUntil(2, start, other));
                started.add(start(victim));

                start = Instant.now();
                cluster.node(victim).pause();
                hung.add(millisUntil(2, start, other));
                start = Instant.now();
                cluster.node(victim).resume();
                resumed.add(millisUntil(3, start, other)); // the other one may never have noticed
                cluster.awaitMembers(3);

                start = Instant.now();
                network.cutOff(victim);
                cut.add(millisUntil(2, start, other));
                millisUntil(1, start, victim);
                start = Instant.now();
                network.heal();
                healed.add(millisUntil(3, start, other, victim));
                cluster.awaitMembers(3);
            }
        } finally {
            cluster.close();
        }
        assertAll(
                () -> assertWithin("start to joined", 15_000, started),
                () -> assertWithin("leave", 2_000, left),
                () -> assertWithin("crash to removed", 2_000, crashed),
                () -> assertWithin("hang to removed", 12_000, hung),
                () -> assertWithin("resumed to members again", 30_000, resumed),
                () -> assertWithin("cut to removed", 12_000, cut),
                () -> assertWithin("healed to members again", 30_000, healed));
    }

    private long start(int node) throws Exception {
        Instant start = Instant.now();
        cluster.startNode(node);
        long millis = millisUntil(3, start, node);
        cluster.awaitMembers(3);
        return millis;
    }

    /** Until all these nodes have logged so many members. */
    private long millisUntil(int members, Instant start, int... nodes) {
        long latest = 0;
        for (int node : nodes) {
            ProcessNode at = cluster.node(node);
            await().until(() -> logged(members, start, at).isPresent());
            Instant when = logged(members, start, at).orElseThrow();
            latest = Math.max(latest, Duration.between(start, when).toMillis());
        }
        return latest;
    }

    private static Optional<Instant> logged(int members, Instant start, ProcessNode node) {
        return node.log()
                .lines()
                .filter(line -> line.contains(" members of the cluster count=\"" + members + "\""))
                .map(line -> Instant.parse(line.substring(0, line.indexOf(' '))))
                .filter(time -> !time.isBefore(start.minusMillis(1)))
                .findFirst();
    }

    private static void assertWithin(String what, long limit, List<Long> millis) {
        List<Long> sorted = millis.stream().sorted().toList();
        long longest = sorted.get(sorted.size() - 1);
        System.out.printf(
                "%-26s median %6d ms, longest %6d ms of %s%n", what, sorted.get(sorted.size() / 2), longest, millis);
        assertTrue(longest <= limit, () -> what + ": " + millis);
    }
}
