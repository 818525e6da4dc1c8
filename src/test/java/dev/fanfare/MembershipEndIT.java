package dev.fanfare;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fanfare.testkit.TestCluster;
import dev.fanfare.testkit.TestNode;
import io.vertx.core.Promise;
import io.vertx.core.internal.VertxInternal;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A node that runs on although it is no member of its cluster any more, not even of one of its own. */
class MembershipEndIT {

    @Test
    void aNodeWhoseMembershipHasEndedIsNotLive() throws Exception {
        try (TestCluster cluster = TestCluster.start(1)) {
            TestNode node = cluster.node(0);
            assertEquals(200, node.manage("/livez").status());
            Promise<Void> left = Promise.promise();
            ((VertxInternal) node.vertx()).clusterManager().leave(left);
            left.future().await(30, TimeUnit.SECONDS);
            assertEquals(503, node.manage("/livez").status());
            assertEquals(
                    "{\"ok\":false,\"failing\":[\"grid\"]}",
                    node.manage("/livez").body());
        }
    }
}
