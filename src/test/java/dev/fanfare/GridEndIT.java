package dev.fanfare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import dev.fanfare.testkit.TestCluster;
import dev.fanfare.testkit.TestNode;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Any member of the grid may shut it down for all. */
class GridEndIT {

    @Test
    void aNodeWhoseGridHasEndedIsNotLive() {
        try (TestCluster cluster = TestCluster.start(1)) {
            TestNode node = cluster.node(0);
            assertEquals(200, node.manage("/livez").status());
            List<HazelcastInstance> alone = Hazelcast.getAllHazelcastInstances().stream()
                    .filter(grid -> grid.getCluster().getMembers().size() == 1)
                    .toList();
            assertEquals(1, alone.size());
            alone.get(0).getCluster().shutdown();
            assertEquals(503, node.manage("/livez").status());
            assertTrue(
                    node.manage("/livez").body().contains("grid"),
                    () -> node.manage("/livez").body());
        }
    }
}
