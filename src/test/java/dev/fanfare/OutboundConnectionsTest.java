package dev.fanfare;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.testkit.AnyNode;
import dev.fanfare.testkit.JsonClient;
import dev.fanfare.testkit.RawFrame;
import dev.fanfare.testkit.RawWebSocketClient;
import dev.fanfare.testkit.RemoteServer;
import dev.fanfare.testkit.RemoteServer.Upgraded;
import dev.fanfare.testkit.TestNode;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Outbound connections through a whole node, to well-behaved and faulty servers. */
@Timeout(120)
final class OutboundConnectionsTest {

    private static final String SECRET = "a-secret-that-signs-for-the-remote-32b";
    private static final String HUB = "/api/hubs/chat";

    private TestNode node;
    private RemoteServer remote;

    @BeforeEach
    void start() throws IOException {
        remote = RemoteServer.start();
        node = TestNode.start(
                "OUTBOUND_ALLOW=127.0.0.1:*,localhost:*",
                "OUTBOUND_KEYS=[{id: feed, secret: " + SECRET + "}]",
                "KEEP_ALIVE_PING_SECONDS=1");
    }

    @AfterEach
    void stop() throws IOException {
        node.close();
        remote.close();
    }

    // ---- helpers

    /** A connection to the remote with short delays. */
    private JsonObject connection() {
        return new JsonObject()
                .put("url", remote.url() + "/feed")
                .put("reconnect", new JsonObject().put("initialDelayMillis", 1).put("maxDelayMillis", 1));
    }

    private AnyNode.Reply open(JsonObject connection) {
        return node.call(
                "POST",
                HUB + "/:openConnection",
                "application/json",
                connection.encode().getBytes(StandardCharsets.UTF_8));
    }

    private String opened(JsonObject connection) {
        AnyNode.Reply reply = open(connection);
        assertEquals(201, reply.status(), reply.body());
        return new JsonObject(reply.body()).getString("connectionId");
    }

    private void send(String path, String text) {
        AnyNode.Reply reply =
                node.call("POST", HUB + path + "/:send", "text/plain", text.getBytes(StandardCharsets.UTF_8));
        assertEquals(202, reply.status(), reply.body());
    }

    private double state(String state) {
        return node.metric("fanfare_outbound_connections{state=\"" + state + "\"}");
    }

    private double attempts(String outcome) {
        return node.metric("fanfare_outbound_attempts_total{outcome=\"" + outcome + "\"}");
    }

    private void awaitState(String state) {
        await().until(() -> state(state) == 1);
    }

    private static JsonArray messages(String... texts) {
        JsonArray array = new JsonArray();
        for (String text : texts) {
            array.add(new JsonObject().put("text", text));
        }
        return array;
    }

    // ---- messages and events

    @Test
    void theAnswerSaysWhatTheConnectionIs() throws Exception {
        AnyNode.Reply reply = open(connection().put("connectionId", "feed-1"));

        assertEquals(201, reply.status());
        JsonObject body = new JsonObject(reply.body());
        assertEquals("feed-1", body.getString("connectionId"));
        assertEquals("outbound", body.getString("type"));
        assertEquals("/feed", body.getString("path"));
        assertEquals("connecting", body.getString("state"));
        assertEquals(1, body.getInteger("attempts"));
    }

    @Test
    void messagesToItsGroupsAreWrittenToTheRemote() throws Exception {
        opened(connection().put("groups", new JsonArray().add("prices")));
        try (Upgraded socket = remote.upgrade()) {
            awaitState("open");
            send("/groups/prices", "1.17");
            assertEquals("1.17", socket.readText());
        }
    }

    @Test
    void whatTheRemoteSaysIsRelayedToGroupsAndNotBackToIt() throws Exception {
        opened(connection()
                .put("groups", new JsonArray().add("prices"))
                .put("relay", new JsonObject().put("groups", new JsonArray().add("prices"))));
        try (Upgraded socket = remote.upgrade();
                JsonClient member = node.client("alice").mayAll().in("prices").json()) {
            socket.send(RawFrame.text("1.17"));
            JsonObject message = member.next();
            assertEquals("prices", message.getString("group"));
            assertEquals("1.17", message.getString("data"));
            send("/groups/prices", "next");
            assertEquals("next", socket.readText(), "its own message did not come back before");
        }
    }

    @Test
    void binaryFramesStayBinary() throws Exception {
        opened(connection().put("relay", new JsonObject().put("groups", new JsonArray().add("raw"))));
        try (Upgraded socket = remote.upgrade();
                JsonClient member = node.client("alice").mayAll().in("raw").json()) {
            socket.send(RawFrame.of(RawFrame.BINARY, new byte[] {1, 2, 3}));
            JsonObject message = member.next();
            assertEquals("binary", message.getString("dataType"));
            assertEquals("AQID", message.getString("data"));
        }
    }

    @Test
    void openingMessagesComeFirstOnEverySocket() throws Exception {
        JsonArray hello = messages("subscribe").add(new JsonObject().put("base64", "AQID"));
        opened(connection().put("onOpen", hello).put("groups", new JsonArray().add("prices")));
        for (int i = 0; i < 2; i++) {
            try (Upgraded socket = remote.upgrade()) {
                assertEquals("subscribe", socket.readText());
                RawFrame binary = socket.socket().readMaskedFrame();
                assertEquals(RawFrame.BINARY, binary.opcode());
                assertEquals(3, binary.payload().length);
            }
        }
    }

    @Test
    void aConnectionWithoutARelaySendsEventsAndSurvivesNoHandler() throws Exception {
        opened(connection().put("groups", new JsonArray().add("prices")));
        try (Upgraded socket = remote.upgrade()) {
            socket.send(RawFrame.text("hello?"));
            await().until(() -> node.metric("fanfare_requests_refused_total{error=\"internal\"}") == 1);
            send("/groups/prices", "still here");
            assertEquals("still here", socket.readText());
        }
    }

    @Test
    void itIsAConnectionLikeAnyOther() throws Exception {
        String id = opened(connection().put("connectionId", "feed"));
        try (Upgraded socket = remote.upgrade()) {
            awaitState("open");
            String path = HUB + "/connections/" + id;
            assertEquals(200, node.call("HEAD", path).status());
            send("/connections/" + id, "to you");
            assertEquals("to you", socket.readText());
            send("", "to all");
            assertEquals("to all", socket.readText());
            assertEquals(
                    200,
                    node.call("PUT", HUB + "/groups/late/connections/" + id).status());
            send("/groups/late", "to the group");
            assertEquals("to the group", socket.readText());
            assertEquals(204, node.call("DELETE", path + "?reason=enough").status());
            assertEquals(1000, socket.readClose());
            assertEquals(404, node.call("HEAD", path).status());
        }
        await().until(() -> state("open") + state("connecting") + state("waiting") == 0);
        assertEquals(1, attempts("opened"), "it is not opened again");
    }

    // ---- the request

    @Test
    void theRequestCarriesWhatWasAskedFor() throws Exception {
        opened(connection()
                .put("url", remote.url() + "/feed?depth=5")
                .put("subprotocols", new JsonArray().add("v2.feed").add("v1.feed"))
                .put("headers", new JsonObject().put("X-Tenant", "red"))
                .put("query", new JsonObject().put("client name", "a&b"))
                .put(
                        "auth",
                        new JsonObject()
                                .put("basic", new JsonObject().put("user", "u").put("password", "p"))));
        try (Upgraded socket = remote.upgrade("Sec-WebSocket-Protocol: v1.feed")) {
            assertEquals(
                    "GET /feed?depth=5&client%20name=a%26b HTTP/1.1",
                    socket.request().lines().findFirst().orElse(""));
            assertEquals("127.0.0.1:" + remote.port(), socket.header("Host"));
            assertEquals("v2.feed, v1.feed", socket.header("Sec-WebSocket-Protocol"));
            assertEquals("red", socket.header("X-Tenant"));
            assertEquals("Basic dTpw", socket.header("Authorization"));
            assertNull(socket.header("Sec-WebSocket-Extensions"));
            awaitState("open");
        }
    }

    @Test
    void eachAttemptHasATokenOfItsOwn() throws Exception {
        JsonObject jwt =
                new JsonObject().put("key", "feed").put("subject", "broker").put("lifetimeSeconds", 60);
        opened(connection().put("auth", new JsonObject().put("jwt", jwt)));
        String first;
        try (Upgraded socket = remote.upgrade()) {
            first = String.valueOf(socket.header("Authorization"));
            String[] parts = first.substring("Bearer ".length()).split("\\.");
            JsonObject claims =
                    new JsonObject(new String(Base64.getUrlDecoder().decode(parts[1]), StandardCharsets.UTF_8));
            assertEquals("broker", claims.getString("sub"));
            assertEquals("http://127.0.0.1:" + remote.port() + "/feed", claims.getString("aud"));
            assertEquals(60, claims.getLong("exp") - claims.getLong("iat"));
        }
        // Tokens count seconds, so it may take some attempts until one differs.
        await().until(() -> {
            try (Upgraded socket = remote.upgrade()) {
                return !first.equals(socket.header("Authorization"));
            }
        });
    }

    @Test
    void aTokenMayTravelInTheUrl() throws Exception {
        JsonObject jwt = new JsonObject().put("key", "feed").put("queryParameter", "access_token");
        opened(connection().put("auth", new JsonObject().put("jwt", jwt)));
        try (Upgraded socket = remote.upgrade()) {
            assertTrue(socket.request().startsWith("GET /feed?access_token=ey"), socket.request());
            assertNull(socket.header("Authorization"));
        }
    }

    // ---- reconnecting

    @Test
    void aLostSocketIsReplacedAndItsGroupsAreKept() throws Exception {
        opened(connection().put("groups", new JsonArray().add("prices")));
        try (Upgraded socket = remote.upgrade()) {
            awaitState("open");
            socket.socket().reset();
        }
        try (Upgraded socket = remote.upgrade()) {
            awaitState("open");
            send("/groups/prices", "again");
            assertEquals("again", socket.readText());
        }
    }

    @Test
    void messagesWaitForTheNextSocketBehindTheOpeningMessages() throws Exception {
        opened(connection().put("groups", new JsonArray().add("prices")).put("onOpen", messages("subscribe")));
        RawWebSocketClient unanswered = remote.accept();
        unanswered.readHead();
        for (int i = 0; i < 3; i++) {
            send("/groups/prices", "message " + i);
        }
        await().until(() -> node.metric("fanfare_outbound_queued_bytes") > 0);
        unanswered.close();
        try (Upgraded socket = remote.upgrade()) {
            assertEquals("subscribe", socket.readText());
            for (int i = 0; i < 3; i++) {
                assertEquals("message " + i, socket.readText());
            }
        }
    }

    @Test
    void ofTooManyWaitingMessagesTheOldestAreDropped() throws Exception {
        assertEquals("message 9", firstOfTooMany("drop-oldest"));
        assertEquals(9, node.metric("fanfare_drops_total{reason=\"oldest\"}"));
    }

    @Test
    void ofTooManyWaitingMessagesTheNewestAreDropped() throws Exception {
        assertEquals("message 0", firstOfTooMany("drop-newest"));
        assertEquals(9, node.metric("fanfare_drops_total{reason=\"newest\"}"));
    }

    private String firstOfTooMany(String policy) throws IOException {
        opened(connection()
                .put("groups", new JsonArray().add("prices"))
                .put("queue", new JsonObject().put("maxBytes", 1024).put("policy", policy)));
        RawWebSocketClient unanswered = remote.accept();
        unanswered.readHead();
        for (int i = 0; i < 10; i++) {
            send("/groups/prices", "message " + i + "x".repeat(800));
        }
        await().until(() -> drops() == 9);
        unanswered.close();
        try (Upgraded socket = remote.upgrade()) {
            return socket.readText().replace("x", "");
        }
    }

    private double drops() {
        return node.metric("fanfare_drops_total{reason=\"oldest\"}")
                + node.metric("fanfare_drops_total{reason=\"newest\"}");
    }

    @Test
    void policyCloseEndsAConnectionWithTooManyWaitingMessages() throws Exception {
        String id = opened(
                connection().put("queue", new JsonObject().put("maxBytes", 1024).put("policy", "close")));
        try (RawWebSocketClient unanswered = remote.accept()) {
            unanswered.readHead();
            for (int i = 0; i < 2; i++) {
                send("/connections/" + id, "x".repeat(800));
            }
            await().until(() -> node.call("HEAD", HUB + "/connections/" + id).status() == 404);
            unanswered.drain();
        }
        assertEquals(1, node.metric("fanfare_closes_total{reason=\"slow_consumer\",subprotocol=\"raw\"}"));
        assertEquals(1, attempts("abandoned"));
    }

    @Test
    void aConnectionGivesUpAfterSoManyAttempts() throws Exception {
        String id = opened(connection()
                .put("reconnect", new JsonObject().put("initialDelayMillis", 1).put("maxAttempts", 3)));
        for (int i = 0; i < 3; i++) {
            try (RawWebSocketClient refused = remote.accept()) {
                refused.readHead();
                refused.send("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n");
                refused.drain();
            }
        }
        await().until(() -> node.call("HEAD", HUB + "/connections/" + id).status() == 404);
        assertEquals(3, attempts("refused"));
        assertEquals(1, node.metric("fanfare_closes_total{reason=\"remote_unreachable\",subprotocol=\"raw\"}"));
    }

    @Test
    void aRemoteThatClosesAtOnceUsesUpTheAttempts() throws Exception {
        String id = opened(connection()
                .put("reconnect", new JsonObject().put("initialDelayMillis", 1).put("maxAttempts", 3)));
        for (int i = 0; i < 3; i++) {
            try (Upgraded socket = remote.upgrade()) {
                socket.send(RawFrame.close(1000, "not you"));
                assertEquals(1000, socket.readClose());
            }
        }
        await().until(() -> node.call("HEAD", HUB + "/connections/" + id).status() == 404);
        assertEquals(3, attempts("opened"));
    }

    @Test
    void aConnectionThatIsNotToReconnectEndsWithItsSocket() throws Exception {
        String id = opened(connection().put("reconnect", new JsonObject().put("enabled", false)));
        try (Upgraded socket = remote.upgrade()) {
            socket.socket().reset();
        }
        await().until(() -> node.call("HEAD", HUB + "/connections/" + id).status() == 404);
    }

    @Test
    void aRemoteThatSaysNothingForTooLongIsLeft() throws Exception {
        opened(connection().put("idleTimeoutMillis", 1));
        try (Upgraded socket = remote.upgrade()) {
            RawFrame frame = socket.socket().readMaskedFrame();
            assertEquals(RawFrame.CLOSE, frame.opcode());
            assertEquals(1001, frame.closeCode());
        }
        try (Upgraded again = remote.upgrade()) {
            assertNotEquals("", again.request());
        }
    }

    @Test
    void pingsKeepItAlive() throws Exception {
        opened(connection());
        try (Upgraded socket = remote.upgrade()) {
            assertEquals(RawFrame.PING, socket.socket().readMaskedFrame().opcode());
        }
    }

    @Test
    void theNodeSaysGoodbyeWhenItStops() throws Exception {
        opened(connection());
        opened(connection().put("url", "ws://127.0.0.1:" + remote.port() + "/unanswered"));
        try (Upgraded socket = remote.upgrade();
                RawWebSocketClient unanswered = remote.accept()) {
            awaitState("open");
            node.stop();
            int code = socket.readClose();
            assertEquals(1001, code);
            socket.send(RawFrame.close(code, ""));
            unanswered.drain();
        }
    }

    // ---- remotes that misbehave

    @Test
    void aRemoteThatBreaksTheProtocolIsToldAndTriedAgain() throws Exception {
        opened(connection());
        List<byte[]> broken = List.of(
                RawFrame.text("masked").masked(),
                RawFrame.of(3, new byte[0]).unmasked(),
                new RawFrame(true, 4, RawFrame.TEXT, new byte[] {1}).unmasked());
        for (byte[] frame : broken) {
            try (Upgraded socket = remote.upgrade()) {
                socket.socket().send(frame);
                assertEquals(1002, socket.readClose());
            }
        }
        try (Upgraded socket = remote.upgrade()) {
            socket.send(RawFrame.of(RawFrame.TEXT, new byte[] {(byte) 0xFF}));
            assertEquals(1007, socket.readClose());
        }
        await().until(() -> node.metric("fanfare_detached_total{reason=\"protocol_error\"}") == 3);
        assertEquals(1, node.metric("fanfare_detached_total{reason=\"invalid_payload\"}"));
    }

    @Test
    void aRemoteThatNeverAnswersTheCloseIsCut() throws Exception {
        String id = opened(connection());
        try (Upgraded socket = remote.upgrade()) {
            awaitState("open");
            assertEquals(204, node.call("DELETE", HUB + "/connections/" + id).status());
            assertEquals(1000, socket.readClose());
            socket.socket().drain();
        }
    }

    @Test
    void aRemoteThatFloodsIsSlowedDownAndOthersAreServed() throws Exception {
        try (TestNode slow = TestNode.start("OUTBOUND_ALLOW=127.0.0.1:*", "LIMITS_MESSAGES_PER_SECOND=50");
                JsonClient bystander =
                        slow.client("bob").hub("other").mayAll().in("lobby").json()) {
            byte[] body = connection().encode().getBytes(StandardCharsets.UTF_8);
            assertEquals(
                    201,
                    slow.call("POST", HUB + "/:openConnection", "application/json", body)
                            .status());
            try (Upgraded socket = remote.upgrade()) {
                Thread flood = new Thread(() -> flood(socket));
                flood.setDaemon(true);
                flood.start();
                await().until(() -> slow.metric("fanfare_limits_reached_total{limit=\"message_rate\"}") > 0);
                for (int i = 0; i < 10; i++) {
                    slow.call("POST", "/api/hubs/other/groups/lobby/:send", "text/plain", new byte[] {'h'});
                    assertEquals("h", bystander.next().getString("data"));
                }
            }
        }
    }

    private static void flood(Upgraded socket) {
        try {
            byte[] frame = RawFrame.text("x".repeat(1000)).unmasked();
            while (true) {
                socket.socket().send(frame);
            }
        } catch (IOException cut) {
            // At the end of the test.
        }
    }

    @Test
    void aRemoteThatDoesNotReadIsLeftAndItsHubIsServed() throws Exception {
        opened(connection()
                .put("groups", new JsonArray().add("big"))
                .put("queue", new JsonObject().put("maxBytes", 1_100_000)));
        String message = "x".repeat(1_000_000);
        try (Upgraded deaf = remote.upgrade();
                JsonClient member = node.client("alice").mayAll().in("small").json()) {
            awaitState("open");
            await().until(() -> {
                send("/groups/big", message);
                return node.metric("fanfare_detached_total{reason=\"slow_consumer\"}") == 1;
            });
            send("/groups/small", "hello");
            assertEquals("hello", member.next().getString("data"));
            assertTrue(node.metric("fanfare_drops_total{reason=\"slow_consumer\"}") >= 1);
            assertNotEquals("", deaf.request());
        }
    }

    // ---- rejected requests

    @Test
    void everythingThatIsWrongIsToldAtOnce() {
        AnyNode.Reply reply = open(new JsonObject()
                .put("url", "http://example.com")
                .put("connectionId", "has space")
                .put("groups", new JsonArray().add(""))
                .put("headers", new JsonObject().put("Host", "x").put("X-Secret", "hidden\r\nX-Injected: 1"))
                .put("auth", new JsonObject().put("jwt", new JsonObject().put("key", "unknown")))
                .put("tls", new JsonObject().put("trust", "/etc/passwd"))
                .put("idleTimeoutMillis", -1)
                .put("colour", "red"));
        assertEquals(400, reply.status());
        String message = new JsonObject(reply.body()).getString("message");
        for (String key : List.of(
                "url:",
                "connectionId:",
                "groups[0]:",
                "headers.Host:",
                "headers.X-Secret:",
                "auth.jwt.key:",
                "tls.trust:",
                "idleTimeoutMillis:",
                "colour:")) {
            assertTrue(message.contains(key), key + " in " + message);
        }
        assertFalse(message.contains("Injected"), message);
    }

    @Test
    void anIdThatIsInUseIsRefused() throws Exception {
        opened(connection().put("connectionId", "feed"));
        AnyNode.Reply again = open(connection().put("connectionId", "feed"));
        assertEquals(409, again.status());
        assertTrue(again.body().contains("feed is in use"), again.body());
    }

    @Test
    void anIdIsFreeAgainWhenItsConnectionHasEnded() throws Exception {
        opened(connection().put("connectionId", "feed"));
        assertEquals(204, node.call("DELETE", HUB + "/connections/feed").status());
        await().until(() -> open(connection().put("connectionId", "feed")).status() == 201);
    }

    @Test
    void aDurableConnectionNeedsAnId() {
        AnyNode.Reply reply = open(connection().put("durable", true));
        assertEquals(400, reply.status());
        assertTrue(reply.body().contains("connectionId: is missing"), reply.body());
    }

    @Test
    void aDurableConnectionOfALoneNodeIsLikeAnyOtherAndEnds() throws Exception {
        JsonObject durable = connection().put("connectionId", "feed").put("durable", true);
        opened(durable);
        try (RemoteServer.Upgraded socket = remote.upgrade()) {
            awaitState("open");
            assertEquals(409, open(durable).status());
            assertEquals(204, node.call("DELETE", HUB + "/connections/feed").status());
            assertEquals(1000, socket.readClose());
        }
        await().until(() ->
                node.metric("fanfare_outbound_durable") == 0 && node.metric("fanfare_outbound_durable_known") == 0);
        remote.assertNobodyKnocks();
        await().until(() -> open(durable).status() == 201);
    }

    @Test
    void placesThatAreNotListedAreRefused() {
        AnyNode.Reply reply = open(connection().put("url", "ws://192.0.2.1:80/"));
        assertEquals(403, reply.status());
        assertTrue(reply.body().contains("outbound.allow"), reply.body());
    }

    @Test
    void aFullNodeOpensNoMore() throws Exception {
        try (TestNode small = TestNode.start("OUTBOUND_ALLOW=127.0.0.1:*", "LIMITS_CONNECTIONS=1")) {
            byte[] body = connection().encode().getBytes(StandardCharsets.UTF_8);
            assertEquals(
                    201,
                    small.call("POST", HUB + "/:openConnection", "application/json", body)
                            .status());
            assertEquals(
                    503,
                    small.call("POST", HUB + "/:openConnection", "application/json", body)
                            .status());
        }
    }

    @Test
    void connectionsOfTheConfigurationOpenAtStart() throws Exception {
        String connections = "[{hub: chat, connectionId: feed, url: '" + remote.url() + "/feed', groups: [prices]}]";
        try (TestNode other = TestNode.start("OUTBOUND_ALLOW=127.0.0.1:*", "OUTBOUND_CONNECTIONS=" + connections);
                Upgraded socket = remote.upgrade()) {
            assertTrue(socket.request().startsWith("GET /feed HTTP/1.1"), socket.request());
            assertEquals(200, other.call("HEAD", HUB + "/connections/feed").status());
        }
    }
}
