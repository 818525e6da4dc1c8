package dev.fanfare;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fanfare.testkit.Endurance;
import dev.fanfare.testkit.JsonClient;
import dev.fanfare.testkit.TestCluster;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A cluster as clients and servers see it. */
class ClusteredNodesIT {

    private static final int ROUNDS = Endurance.count(2_000, 20_000);

    private static TestCluster cluster;

    @BeforeAll
    static void start() {
        cluster = TestCluster.start(2);
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    @Test
    void nodesKnowEachOther() {
        await().until(() -> cluster.nodes().stream().allMatch(node -> node.metric("fanfare_cluster_members") == 2));
        assertEquals(200, cluster.node(0).manage("/readyz").status());
    }

    @Test
    void whatIsPublishedOnOneNodeReachesTheMembersOnAll() throws Exception {
        try (JsonClient here = cluster.node(0).client("a").mayAll().json();
                JsonClient there = cluster.node(1).client("b").mayAll().json()) {
            here.join("both");
            there.join("both");
            here.publish("both", "from here");
            assertEquals("from here", there.text());
            assertEquals("from here", here.text());
            there.publish("both", "from there");
            assertEquals("from there", here.text());
            assertEquals("from there", there.text());
        }
    }

    @Test
    void anAcknowledgedJoinIsFollowedByEveryPublicationOfEveryNode() throws Exception {
        try (JsonClient member = cluster.node(0).client("a").mayAll().json();
                JsonClient publisher = cluster.node(1).client("b").mayAll().json()) {
            for (int i = 0; i < ROUNDS; i++) {
                String group = "round-" + i;
                member.join(group);
                publisher.send("{'type':'sendToGroup','group':'" + group + "','dataType':'text','data':'" + i + "'}");
                assertEquals(String.valueOf(i), member.text());
                member.send("{'type':'leaveGroup','group':'" + group + "'}");
            }
        }
    }
}
