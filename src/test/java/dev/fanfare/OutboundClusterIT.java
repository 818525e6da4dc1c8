package dev.fanfare;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.testkit.RawFrame;
import dev.fanfare.testkit.RemoteServer;
import dev.fanfare.testkit.TestCluster;
import dev.fanfare.testkit.TestNode;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Outbound connections in a cluster. */
@Timeout(120)
class OutboundClusterIT {

    private static TestCluster cluster;

    @BeforeAll
    static void start() {
        cluster = TestCluster.start(2, "OUTBOUND_ALLOW=127.0.0.1:*");
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    @Test
    void anOutboundConnectionWhoseIdWasGivenIsFoundFromEveryNode() throws Exception {
        String path = "/api/hubs/chat/connections/feed";
        try (RemoteServer remote = RemoteServer.start()) {
            byte[] body =
                    ("{\"url\":\"" + remote.url() + "\",\"connectionId\":\"feed\"}").getBytes(StandardCharsets.UTF_8);
            String open = "/api/hubs/chat/:openConnection";
            assertEquals(
                    201,
                    cluster.node(0).call("POST", open, "application/json", body).status());
            try (RemoteServer.Upgraded socket = remote.upgrade()) {
                assertEquals(
                        409,
                        cluster.node(0)
                                .call("POST", open, "application/json", body)
                                .status());
                assertEquals(
                        409,
                        cluster.node(1)
                                .call("POST", open, "application/json", body)
                                .status());
                for (TestNode node : cluster.nodes()) {
                    assertEquals(200, node.call("GET", path).status());
                    assertEquals(
                            202,
                            node.call("POST", path + "/:send", "text/plain", new byte[] {'x'})
                                    .status());
                    assertEquals("x", socket.readText());
                }
                assertEquals(204, cluster.node(1).call("DELETE", path).status());
                assertEquals(1000, socket.readClose());
            }
            assertEquals(404, cluster.node(0).call("GET", path).status());
        }
    }

    @Test
    void ofTwoNodesThatAreAskedForOneIdAtOnceNeverBothOpenIt() throws Exception {
        String open = "/api/hubs/chat/:openConnection";
        try (RemoteServer remote = RemoteServer.start()) {
            for (int i = 0; i < 20; i++) {
                byte[] body = ("{\"url\":\"" + remote.url() + "\",\"connectionId\":\"race-" + i + "\"}")
                        .getBytes(StandardCharsets.UTF_8);
                List<Integer> statuses = cluster.nodes().parallelStream()
                        .map(node -> node.call("POST", open, "application/json", body)
                                .status())
                        .toList();
                assertTrue(statuses.contains(409), statuses.toString());
                String path = "/api/hubs/chat/connections/race-" + i;
                assertEquals(
                        statuses.contains(201) ? 200 : 404,
                        cluster.node(1).call("GET", path).status());
                assertEquals(204, cluster.node(0).call("DELETE", path).status());
            }
        }
    }

    @Test
    void nodesOfOneConfigurationOpenItsConnectionOnce() throws Exception {
        try (RemoteServer remote = RemoteServer.start()) {
            String connections = "OUTBOUND_CONNECTIONS=[{hub: chat, connectionId: feed, url: '" + remote.url() + "'}]";
            try (TestCluster alike = TestCluster.start(2, "OUTBOUND_ALLOW=127.0.0.1:*", connections);
                    RemoteServer.Upgraded socket = remote.upgrade()) {
                await().until(() -> open(alike) == 1);
                alike.node(1).call("POST", "/api/hubs/chat/connections/feed/:send", "text/plain", new byte[] {'x'});
                assertEquals("x", socket.readText());
                assertEquals(1, open(alike));
            }
        }
    }

    @Test
    void aNodeThatStopsDialsNoMore() throws Exception {
        try (RemoteServer remote = RemoteServer.start();
                TestCluster alike =
                        TestCluster.start(2, "OUTBOUND_ALLOW=127.0.0.1:*", "SHUTDOWN_TIMEOUT_SECONDS=120")) {
            byte[] body = ("{\"url\":\"" + remote.url() + "\",\"reconnect\":{\"initialDelayMillis\":1}}")
                    .getBytes(StandardCharsets.UTF_8);
            String open = "/api/hubs/chat/:openConnection";
            assertEquals(
                    201,
                    alike.node(0).call("POST", open, "application/json", body).status());
            try (RemoteServer.Upgraded socket = remote.upgrade()) {
                await().until(() -> open(alike) == 1);
                Future<Void> stopped = alike.node(0).stop();
                assertEquals(1001, socket.readClose());
                socket.send(RawFrame.close(1001, ""));
                socket.socket().close();
                remote.assertNobodyKnocks();
                stopped.await(60, TimeUnit.SECONDS);
            }
        }
    }

    private static double open(TestCluster of) {
        return of.nodes().stream()
                .mapToDouble(node -> node.metric("fanfare_outbound_connections{state=\"open\"}"))
                .sum();
    }
}
