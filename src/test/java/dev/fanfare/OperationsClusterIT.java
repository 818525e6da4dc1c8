package dev.fanfare;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.core.ConnectionState;
import dev.fanfare.core.ConnectionType;
import dev.fanfare.operations.ConnectionInfo;
import dev.fanfare.operations.Content;
import dev.fanfare.operations.FanfareClient;
import dev.fanfare.operations.Listing;
import dev.fanfare.operations.SendReport;
import dev.fanfare.operations.Target;
import dev.fanfare.testkit.JsonClient;
import dev.fanfare.testkit.TestCluster;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Operations on one node apply to the connections of all nodes, and the answer counts them all. */
@Timeout(120)
class OperationsClusterIT {

    private static final String HUB = "/api/hubs/chat";
    private static final Target G = Target.group("chat", "g");

    private static TestCluster cluster;

    @BeforeAll
    static void start() {
        cluster = TestCluster.start(2, "SESSIONS_RECOVERY_SECONDS=60");
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    private static <T> T get(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
    }

    private static JsonObject report(String path) {
        var reply = cluster.node(0)
                .call("POST", HUB + path + "/:send?report=true", "text/plain", "x".getBytes(StandardCharsets.UTF_8));
        assertEquals(200, reply.status(), reply.body());
        JsonObject report = new JsonObject(reply.body());
        assertEquals(0, report.getInteger("unreachable"));
        return report;
    }

    private static void assertReport(int written, int queued, String path) {
        JsonObject report = report(path);
        assertEquals(written + queued, report.getInteger("matched"), path);
        assertEquals(written, report.getInteger("written"), path);
        assertEquals(queued, report.getInteger("queued"), path);
        assertEquals(0, report.getInteger("dropped"), path);
    }

    @Test
    void aReportCountsTheConnectionsOfAllNodes() throws Exception {
        JsonClient lost = cluster.node(1).client("bob").in("g").reliable();
        try (JsonClient here = cluster.node(0).client("alice").in("g").json();
                JsonClient there = cluster.node(1).client("bob").in("g").json()) {
            lost.socket().disconnect();
            await().until(() -> cluster.node(1).metric("fanfare_sessions_detached") == 1);
            assertReport(2, 1, "/groups/g");
            assertEquals("x", here.text());
            assertEquals("x", there.text());
            assertReport(2, 1, "");
            assertReport(1, 1, "/users/bob");
            assertReport(1, 0, "/connections/" + there.connectionId());
            assertReport(0, 0, "/connections/none");
            assertReport(0, 0, "/groups/none");
            for (int i = 0; i < 3; i++) {
                assertEquals("x", there.text());
            }
        } finally {
            lost.close();
            cluster.node(0).call("POST", HUB + "/users/bob/:closeConnections");
        }
    }

    @Test
    void jvmCodeOfANodeAsksForTheConnectionsOfAllNodes() throws Exception {
        FanfareClient fanfare = cluster.node(0).operations();
        try (JsonClient here = cluster.node(0).client("carol").in("g").json();
                JsonClient there = cluster.node(1).client("dave").in("g").json()) {
            assertEquals(new SendReport(2, 2, 0, 0, 0, List.of()), get(fanfare.sendAndReport(G, Content.text("x"))));
            assertEquals("x", here.text());
            assertEquals("x", there.text());
            ConnectionInfo shown = get(fanfare.show("chat", there.connectionId()));
            assertEquals("dave", shown.userId());
            assertEquals(ConnectionType.INBOUND, shown.type());
            Set<String> listed = new TreeSet<>();
            Listing next = Listing.of("chat").inState(ConnectionState.OPEN).inPagesOf(1);
            while (next != null) {
                Listing.Page page = get(fanfare.list(next));
                page.connections().forEach(each -> assertTrue(listed.add(each.connectionId())));
                next = page.next();
            }
            assertEquals(new TreeSet<>(Set.of(here.connectionId(), there.connectionId())), listed);
            get(fanfare.addToGroups(Target.user("chat", "dave"), "late"));
            get(fanfare.send(Target.group("chat", "late"), Content.text("late")));
            assertEquals("late", there.text());
            get(fanfare.close(G.where("userId eq 'dave' and type eq 'inbound'"), 4001, "enough"));
            assertEquals("4001 enough", there.awaitClose());
            assertFalse(get(fanfare.exists(Target.user("chat", "dave"))));
        }
    }
}
