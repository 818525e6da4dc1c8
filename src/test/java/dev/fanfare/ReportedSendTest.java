package dev.fanfare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.testkit.AnyNode;
import dev.fanfare.testkit.JsonClient;
import dev.fanfare.testkit.RawWebSocketClient;
import dev.fanfare.testkit.TestNode;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Sending with {@code report=true} to clients that read and clients that do not. */
class ReportedSendTest {

    private static final String HUB = "/api/hubs/chat";
    private static final String BODY = "x".repeat(64 * 1024);

    /** Times the body: more than kernel and node buffer for an unread socket. */
    private static final int MANY = 200;

    private static final String HUBS = "{\"*\": {\"groups\": ["
            + "{\"pattern\": \"newest\", \"slowConsumerPolicy\": \"drop-newest\"},"
            + "{\"pattern\": \"latest\", \"slowConsumerPolicy\": \"keep-latest\"}]}}";

    private TestNode node;

    @BeforeEach
    void start() {
        node = TestNode.start("LIMITS_OUTBOUND_BYTES_PER_CONNECTION=1048576", "HUBS=" + HUBS);
    }

    @AfterEach
    void stop() {
        node.close();
    }

    private JsonObject report(String whom, String text) {
        AnyNode.Reply reply = node.call("POST", HUB + whom + "/:send?report=true", "text/plain", utf8(text));
        assertEquals(200, reply.status(), reply.body());
        JsonObject report = new JsonObject(reply.body());
        assertEquals(
                report.getInteger("matched"),
                report.getInteger("written") + report.getInteger("queued") + report.getInteger("dropped"));
        assertEquals(0, report.getInteger("unreachable"));
        return report;
    }

    private void send(String whom, String text) {
        assertEquals(
                202,
                node.call("POST", HUB + whom + "/:send", "text/plain", utf8(text))
                        .status());
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static void assertCounts(int written, int queued, int dropped, JsonObject report) {
        assertEquals(
                List.of(written, queued, dropped),
                List.of(report.getInteger("written"), report.getInteger("queued"), report.getInteger("dropped")));
    }

    @Test
    void allWhoReadHaveItWhenTheReportIsThere() throws IOException {
        List<JsonClient> clients = new ArrayList<>();
        try (RawWebSocketClient raw = node.client("alice").in("g").raw()) {
            for (int i = 0; i < 6; i++) {
                clients.add(node.client("alice").in("g").json());
                clients.add(node.client("bob").in("g").reliable());
            }
            assertCounts(13, 0, 0, report("/groups/g", "group"));
            assertCounts(7, 0, 0, report("/users/alice", "user"));
            assertCounts(13, 0, 0, report("", "hub"));
            assertCounts(1, 0, 0, report("/connections/" + clients.get(0).connectionId(), "one"));
            assertCounts(0, 0, 0, report("/groups/none", "nobody"));
            for (String expected : List.of("group", "user", "hub")) {
                assertEquals(expected, raw.readText());
                assertEquals(expected, clients.get(0).text());
            }
            assertEquals("one", clients.get(0).text());
            assertEquals("group", clients.get(1).text());
            assertEquals("hub", clients.get(1).text());
        } finally {
            for (JsonClient client : clients) {
                client.close();
            }
        }
    }

    @Test
    void reportedAndOtherSendsOfOneCallerArriveInTheirOrder() throws IOException {
        try (JsonClient client = node.client("alice").in("g").json()) {
            for (int i = 0; i < 50; i++) {
                if (i % 2 == 0) {
                    send("/groups/g", "m" + i);
                } else {
                    assertCounts(1, 0, 0, report("/groups/g", "m" + i));
                }
            }
            for (int i = 0; i < 50; i++) {
                assertEquals("m" + i, client.text());
            }
        }
    }

    @Test
    void aSessionWithoutASocketHasItQueuedAndGetsItLater() throws IOException {
        JsonClient client = node.client("alice").in("g").reliable();
        client.close();
        Awaitility.await().until(() -> node.metric("fanfare_sessions_detached") == 1);
        assertCounts(0, 1, 0, report("/groups/g", "later"));
        try (JsonClient back = client.recover(node)) {
            assertEquals("later", back.text());
        }
    }

    @Test
    void aSlowReaderHasItQueuedUntilItReads() throws IOException {
        try (JsonClient slow = node.client("slow").in("latest").slow().json();
                JsonClient fast = node.client("fast").in("g").json()) {
            fill("latest");
            assertCounts(0, 1, 0, report("/users/slow", "first"));
            assertCounts(1, 0, 0, report("/groups/g", "others"));
            slow.await(frame -> "first".equals(frame.getString("data")));
            assertCounts(1, 0, 0, report("/users/slow", "second"));
            slow.await(frame -> "second".equals(frame.getString("data")));
            assertEquals("others", fast.text());
        }
    }

    @Test
    void whatAPolicyDropsIsToldByConnection() throws IOException {
        try (JsonClient slow = node.client("slow").in("newest").slow().json()) {
            fill("newest");
            JsonObject report = report("/groups/newest", BODY);
            assertCounts(0, 0, 1, report);
            assertEquals(
                    new JsonObject()
                            .put("connectionId", slow.connectionId())
                            .put("type", "inbound")
                            .put("error", "Error.SlowConsumer"),
                    report.getJsonArray("failures").getJsonObject(0));
            double dropped = node.metric("fanfare_drops_total{reason=\"newest\"}");
            assertTrue(dropped > 1);
        }
    }

    /** Sends until the queue of the slow consumer in a group is full, or the last message waits. */
    private void fill(String group) {
        for (int i = 0; i < MANY; i++) {
            send("/groups/" + group, BODY);
        }
        Awaitility.await().until(() -> node.metric("fanfare_in_flight_bytes") == 0);
    }

    @Test
    void connectionsAreListedAndShownAsTheyAre() throws IOException {
        try (JsonClient json = node.client("alice").in("b", "a").json();
                JsonClient reliable = node.client("bob").reliable();
                RawWebSocketClient raw = node.client(null).raw()) {
            reliable.socket().disconnect();
            Awaitility.await().until(() -> state(reliable).equals("waiting"));
            JsonObject shown = show(json);
            assertEquals(
                    "alice inbound open /client/hubs/chat",
                    String.join(
                            " ",
                            shown.getString("userId"),
                            shown.getString("type"),
                            shown.getString("state"),
                            shown.getString("path")));
            assertEquals("[\"a\",\"b\"]", shown.getJsonArray("groups").encode());
            assertEquals(2, shown.getInteger("groupCount"));
            assertEquals("json.webpubsub.azure.v1", shown.getString("subprotocol"));
            assertTrue(shown.getInstant("openedAt").toEpochMilli() <= System.currentTimeMillis());
            assertEquals(3, list("").size());
            assertEquals(List.of(reliable.connectionId()), list("&state=waiting"));
            assertEquals(2, list("&type=inbound&state=open").size());
            assertEquals(List.of(), list("&type=outbound"));
            raw.disconnect();
            Awaitility.await().until(() -> list("").size() == 2);
            try (JsonClient back = reliable.recover(node)) {
                assertEquals("open", state(back));
                assertEquals(show(back).getString("openedAt"), show(reliable).getString("openedAt"));
            }
        }
    }

    private JsonObject show(JsonClient client) {
        AnyNode.Reply reply = node.call("GET", HUB + "/connections/" + client.connectionId());
        assertEquals(200, reply.status(), reply.body());
        return new JsonObject(reply.body());
    }

    private String state(JsonClient client) {
        return show(client).getString("state");
    }

    private List<String> list(String query) {
        AnyNode.Reply reply = node.call("GET", HUB + "/connections?maxpagesize=200" + query);
        assertEquals(200, reply.status(), reply.body());
        return new JsonObject(reply.body())
                .getJsonArray("value").stream()
                        .map(each -> ((JsonObject) each).getString("connectionId"))
                        .toList();
    }
}
