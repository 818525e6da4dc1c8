package dev.fanfare;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fanfare.testkit.AnyNode;
import dev.fanfare.testkit.ClusterNodes;
import dev.fanfare.testkit.RemoteServer;
import dev.fanfare.testkit.TestCluster;
import dev.fanfare.testkit.TestNode;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Outbound connections that outlive their node, with one socket at a time. */
@Timeout(180)
class DurableConnectionsIT {

    private static final String ALLOW = "OUTBOUND_ALLOW=127.0.0.1:*";
    private static final String PATH = "/api/hubs/chat/connections/feed";
    private static final String OWNED = "fanfare_outbound_durable";
    private static final String KNOWN = "fanfare_outbound_durable_known";
    private static final String TAKEN_OVER = "fanfare_outbound_taken_over_total";

    @Test
    void oneOfTheConfigurationMovesWithItsGroupsWhenItsNodeStops() throws Exception {
        try (RemoteServer remote = RemoteServer.start();
                TestCluster cluster = TestCluster.start(
                        3,
                        ALLOW,
                        "SHUTDOWN_TIMEOUT_SECONDS=30",
                        "OUTBOUND_CONNECTIONS=[{hub: chat, connectionId: feed, durable: true, groups: [fx], url: '"
                                + remote.url() + "'}]")) {
            RemoteServer.Upgraded first = remote.upgrade();
            TestNode owner = owner(cluster.nodes());
            for (TestNode node : cluster.nodes()) {
                assertReaches(node, first);
            }

            owner.stop();
            assertEquals(1001, first.readClose());
            remote.assertNobodyKnocks(); // as long as the former socket has not ended
            first.close();

            List<TestNode> others =
                    cluster.nodes().stream().filter(node -> node != owner).toList();
            try (RemoteServer.Upgraded second = remote.upgrade()) {
                TestNode next = owner(others);
                assertEquals(1, next.metric(TAKEN_OVER));
                for (TestNode node : others) {
                    await().until(() -> node.call("GET", PATH).body().contains("\"open\""));
                    assertReaches(node, second);
                }
                remote.assertNobodyKnocks();
            }
        }
    }

    @Test
    void aConnectionIsTakenOverByAnotherNodeAndWithdrawnAtAThird() throws Exception {
        try (RemoteServer remote = RemoteServer.start();
                TestCluster cluster = TestCluster.start(3, ALLOW, "SHUTDOWN_TIMEOUT_SECONDS=30")) {
            assertEquals(201, open(cluster.node(0), remote));
            RemoteServer.Upgraded first = remote.upgrade();
            for (TestNode node : cluster.nodes()) {
                assertEquals(1, node.metric(KNOWN));
                assertEquals(409, open(node, remote));
            }
            TestNode leaving = cluster.node(0);
            leaving.stop();
            assertEquals(1001, first.readClose());
            first.close();
            RemoteServer.Upgraded second = remote.upgrade();
            List<TestNode> others = cluster.nodes().subList(1, 3);
            TestNode owner = owner(others);
            TestNode third = others.get(0) == owner ? others.get(1) : others.get(0);
            assertReaches(third, second);

            assertEquals(204, third.call("DELETE", PATH).status());
            assertEquals(1000, second.readClose());
            second.close();
            for (TestNode node : others) {
                await().until(() -> node.metric(KNOWN) == 0 && node.metric(OWNED) == 0);
                assertEquals(404, node.call("GET", PATH).status());
            }
            remote.assertNobodyKnocks();
            assertEquals(201, open(third, remote));
            remote.upgrade().close();
        }
    }

    @Test
    void whatAKilledNodeHadIsOpenedByAnotherOnce() throws Exception {
        try (RemoteServer remote = RemoteServer.start();
                ClusterNodes cluster = ClusterNodes.start(3, ALLOW)) {
            assertEquals(201, open(cluster.node(0), remote));
            RemoteServer.Upgraded first = remote.upgrade();
            assertReaches(cluster.node(2), first);
            cluster.kill(0);
            first.close();
            try (RemoteServer.Upgraded second = remote.upgrade()) {
                AnyNode next = owner(List.of(cluster.node(1), cluster.node(2)));
                assertEquals(1, next.metric(TAKEN_OVER));
                await().until(() -> cluster.node(1).call("GET", PATH).body().contains("\"open\""));
                assertReaches(cluster.node(1), second);
                assertReaches(cluster.node(2), second);
                remote.assertNobodyKnocks();
            }
        }
    }

    private static int open(AnyNode node, RemoteServer remote) {
        String body =
                "{\"url\":\"" + remote.url() + "\",\"connectionId\":\"feed\",\"groups\":[\"fx\"],\"durable\":true}";
        return node.call(
                        "POST",
                        "/api/hubs/chat/:openConnection",
                        "application/json",
                        body.getBytes(StandardCharsets.UTF_8))
                .status();
    }

    /** What is published to its group on any node reaches the remote, once. */
    private static void assertReaches(AnyNode node, RemoteServer.Upgraded socket) throws Exception {
        String text = "from " + node.port();
        node.call("POST", "/api/hubs/chat/groups/fx/:send", "text/plain", text.getBytes(StandardCharsets.UTF_8));
        assertEquals(text, socket.readText());
    }

    /** The node that owns the connection. */
    private static <N extends AnyNode> N owner(List<N> nodes) {
        await().atMost(60, TimeUnit.SECONDS)
                .until(() ->
                        nodes.stream().mapToDouble(node -> node.metric(OWNED)).sum() == 1);
        return nodes.stream()
                .filter(node -> node.metric(OWNED) == 1)
                .findFirst()
                .orElseThrow();
    }
}
