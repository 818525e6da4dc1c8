package dev.fanfare;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fanfare.testkit.TestCluster;
import dev.fanfare.testkit.TestNode;
import org.junit.jupiter.api.Test;

/** Nodes with the replicated store that start and stop in an orderly way. */
class ReplicatedNodesIT {

    @Test
    void aNodeThatStopsLeavesTheStoreToTheOther() {
        try (TestCluster cluster = TestCluster.of(2, "STORE_ENGINE=replicated")) {
            TestNode leaving = cluster.startNext("SHUTDOWN_DELAY_SECONDS=4", "SHUTDOWN_TIMEOUT_SECONDS=20");
            TestNode staying = cluster.startNext();
            await().until(() -> copies(staying) == 256 && partitions(staying, "single") == 0);
            assertEquals(2, staying.metric("fanfare_store_members"));
            leaving.stop();
            await().until(() -> partitions(staying, "primary") == 256);
            assertEquals(1, staying.metric("fanfare_store_members"));
            // It is still there.
            assertEquals(2, staying.metric("fanfare_cluster_members"));
            assertEquals(0, partitions(staying, "unavailable"));
            assertEquals(0, staying.metric("fanfare_store_lost_partitions_total"));
        }
    }

    private static double copies(TestNode node) {
        return partitions(node, "primary") + partitions(node, "backup");
    }

    private static double partitions(TestNode node, String state) {
        return node.metric("fanfare_store_partitions{state=\"" + state + "\"}");
    }
}
