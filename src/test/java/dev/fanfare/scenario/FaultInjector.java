package dev.fanfare.scenario;

import static org.awaitility.Awaitility.await;

import dev.fanfare.testkit.NodeNetwork;
import dev.fanfare.testkit.Patience;
import dev.fanfare.testkit.ProcessNode;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** What goes wrong, and how it is put right. Each leaves three nodes in touch. */
final class FaultInjector {

    /** What was sent just before a fault, or was on its way when nodes found each other again. */
    private static final long MARGIN_NANOS = TimeUnit.SECONDS.toNanos(2);

    private static final int NODES = 3;

    private final Scenario scenario;
    private final Random random;
    private final long atLeastMillis;

    /** @param atLeastMillis how long what lasts lasts, if it must not last longer */
    FaultInjector(Scenario scenario, Random random, long atLeastMillis) {
        this.scenario = scenario;
        this.random = random;
        this.atLeastMillis = atLeastMillis;
    }

    /** A node is killed, missed for a while, and replaced. */
    void kill() throws Exception {
        int victim = random.nextInt(NODES);
        scenario.cluster().kill(victim);
        awaitMembers(NODES - 1, (victim + 1) % NODES, (victim + 2) % NODES);
        scenario.awaitEverybody();
        scenario.goOn(atLeastMillis);
        start(victim);
    }

    /** A node hangs until the others have given it up. */
    void hang() throws Exception {
        int victim = random.nextInt(NODES);
        ProcessNode node = scenario.cluster().node(victim);
        long began = System.nanoTime();
        node.pause();
        scenario.goOn(atLeastMillis);
        awaitMembers(NODES - 1, (victim + 1) % NODES, (victim + 2) % NODES);
        node.resume();
        awaitWhole();
        split(began, victim);
    }

    /** A node does not hear of the others, nor they of it, until they have given each other up. */
    void cutOff(NodeNetwork network) throws Exception {
        int victim = random.nextInt(NODES);
        long began = System.nanoTime();
        network.cutOff(victim);
        scenario.goOn(atLeastMillis);
        awaitMembers(NODES - 1, (victim + 1) % NODES, (victim + 2) % NODES);
        awaitMembers(1, victim);
        network.heal();
        awaitWhole();
        split(began, victim);
    }

    /** Every socket ends, and clients come back wherever the balancer sends them: most sessions move. */
    void moveAll() throws Exception {
        scenario.watch(false);
        scenario.cutSockets(1);
        scenario.goOn(500);
        scenario.awaitEverybody();
        scenario.watch(true);
    }

    /** Every few seconds a part of all sockets ends. Returns how many did. */
    int cutSockets() throws Exception {
        int cut = 0;
        for (long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(atLeastMillis); System.nanoTime() < end; ) {
            scenario.goOn(500 + random.nextInt(1500));
            cut += scenario.cutSockets(0.1 + 0.4 * random.nextDouble());
        }
        return cut;
    }

    /** All nodes, one after the other, are told to end and are replaced. */
    void replaceAll() throws Exception {
        for (int index = 0; index < NODES; index++) {
            replace(index);
        }
    }

    /** A node is told to end and is replaced. */
    void replace(int index) throws Exception {
        int exitCode = scenario.cluster().node(index).stop();
        if (exitCode != 0) {
            throw new AssertionError("exit code " + exitCode + ": "
                    + scenario.cluster().node(index).log());
        }
        scenario.cluster().kill(index);
        start(index);
        scenario.awaitEverybody();
    }

    private void start(int index) throws Exception {
        scenario.cluster().startNode(index);
        scenario.restarted(index);
        awaitWhole();
    }

    private void awaitWhole() {
        scenario.cluster().awaitMembers(NODES);
    }

    private void split(long began, int node) {
        scenario.add(new Split(new Period(began - MARGIN_NANOS, System.nanoTime() + MARGIN_NANOS), Set.of(node)));
    }

    private void awaitMembers(int count, int... indices) {
        for (int index : indices) {
            ProcessNode node = scenario.cluster().node(index);
            await().atMost(Patience.LIMIT.multipliedBy(2)).until(() -> node.metric("fanfare_cluster_members") == count);
        }
    }
}
