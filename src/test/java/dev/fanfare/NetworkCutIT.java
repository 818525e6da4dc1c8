package dev.fanfare;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.testkit.ClusterNodes;
import dev.fanfare.testkit.JsonClient;
import dev.fanfare.testkit.NodeNetwork;
import dev.fanfare.testkit.ProcessNode;
import dev.fanfare.testkit.Reach;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Network partitions between nodes while clients reach all of them. Every test leaves three connected nodes. */
class NetworkCutIT {

    private static NodeNetwork network;
    private static ClusterNodes cluster;

    @BeforeAll
    static void start() throws Exception {
        network = NodeNetwork.create(3);
        cluster = ClusterNodes.start(network, "STORE_ENGINE=replicated");
    }

    /** A store that the third node has not joined yet has no majority without the first one. */
    @BeforeEach
    void awaitWholeCluster() {
        cluster.awaitMembers(3);
        await().until(() -> storeIsWhole(0, 3) && storeIsWhole(1, 3) && storeIsWhole(2, 3));
    }

    @AfterEach
    void heal() throws IOException {
        network.heal();
    }

    @AfterAll
    static void stop() throws IOException {
        if (cluster != null) {
            cluster.close();
        }
        if (network != null) {
            network.close();
        }
    }

    @Test
    void aNodeThatIsCutOffIsNotReadyAndTheOthersGoOn() throws Exception {
        ProcessNode island = cluster.node(2);
        try (JsonClient here = cluster.node(0).client("a").mayAll().json();
                JsonClient there = cluster.node(1).client("b").mayAll().json();
                JsonClient inside = island.client("c").mayAll().json()) {
            inside.join("before");
            network.cutOff(2);
            await().until(() -> island.manage("/readyz").body().contains("cluster"));
            assertEquals(2, island.metric("fanfare_cluster_silent_members"));
            await().until(() -> island.metric("fanfare_store_partitions{state=\"unavailable\"}") == 256);
            assertTrue(cluster.node(0).isReady());
            assertTrue(cluster.node(1).isReady());
            Reach.exchange(here, there);
            Reach.exchange(inside, inside);
            network.heal();
            cluster.awaitMembers(3);
            Reach.all(cluster);
            here.publish("before", "again");
            inside.await(frame -> "again".equals(frame.getString("data")));
        }
    }

    @Test
    void partsThatGaveEachOtherUpBecomeOneClusterAgain() throws Exception {
        try (JsonClient here = cluster.node(1).client("a").mayAll().json();
                JsonClient inside = cluster.node(0).client("b").mayAll().json();
                JsonClient revoked = cluster.node(0).client("mallory").mayAll().json()) {
            inside.join("before");
            network.cutOff(0);
            await().until(() -> membersOf(0) == 1 && membersOf(1) == 2 && membersOf(2) == 2);
            await().until(() -> storeIsWhole(1, 2) && storeIsWhole(2, 2));
            // Each side is a working cluster of its own.
            await().until(cluster.node(0)::isReady);
            Reach.exchange(inside, inside);
            Reach.exchange(here, here);
            assertEquals(201, block(1, "mallory"));
            assertTrue(block(0, "trent") >= 503);
            Reach.exchange(revoked, revoked);
            network.heal();
            cluster.awaitMembers(3);
            await().until(() -> storeIsWhole(0, 3) && storeIsWhole(1, 3) && storeIsWhole(2, 3));
            Reach.all(cluster);
            here.publish("before", "again");
            inside.await(frame -> "again".equals(frame.getString("data")));
            revoked.await(frame -> "disconnected".equals(frame.getString("event")));
        }
    }

    private static int block(int index, String user) {
        byte[] body = ("{\"user\":\"" + user + "\",\"blockSeconds\":600}").getBytes(StandardCharsets.UTF_8);
        return cluster.node(index)
                .call("POST", "/api/revocations", "application/json", body)
                .status();
    }

    @Test
    void aBrokenPathBetweenTwoNodesIsSeenAtBothEndsAndNowhereElse() throws Exception {
        network.cut(0, 1);
        await().until(() -> silentAt(0) == 1 && silentAt(1) == 1);
        assertEquals(0, silentAt(2));
        for (ProcessNode node : cluster.nodes()) {
            assertTrue(node.isReady());
        }
        network.heal();
        cluster.awaitMembers(3);
        Reach.all(cluster);
    }

    @Test
    void nobodyIsReadyWhileNobodyHearsOfMostAndAllAreWhenTheyDo() throws Exception {
        for (int host = 0; host < 3; host++) {
            network.cut(host, (host + 1) % 3);
        }
        await().until(() -> cluster.nodes().stream().noneMatch(ProcessNode::isReady));
        network.heal();
        cluster.awaitMembers(3);
        Reach.all(cluster);
    }

    private static boolean storeIsWhole(int index, int members) {
        ProcessNode node = cluster.node(index);
        return node.metric("fanfare_store_members") == members
                && node.metric("fanfare_store_partitions{state=\"single\"}") == 0
                && node.metric("fanfare_store_partitions{state=\"unavailable\"}") == 0;
    }

    private static double membersOf(int index) {
        return cluster.node(index).metric("fanfare_cluster_members");
    }

    private static double silentAt(int index) {
        return cluster.node(index).metric("fanfare_cluster_silent_members");
    }
}
