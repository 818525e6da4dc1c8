package dev.fanfare;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.testkit.AnyNode;
import dev.fanfare.testkit.JsonClient;
import dev.fanfare.testkit.RawWebSocketClient;
import dev.fanfare.testkit.TestNode;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Revocations, as clients and servers see them. */
@Tag("attack")
class RevokingTest {

    private static final String ALL = "/api/revocations";

    private static TestNode node;

    @BeforeAll
    static void start() {
        node = TestNode.start("SERVER_TRUSTED_PROXIES=127.0.0.1");
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    private static AnyNode.Reply post(String path, String json) {
        return node.call(
                "POST", path, "application/json", json.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
    }

    private static JsonObject revoke(String path, String json) {
        AnyNode.Reply reply = post(path, json);
        assertEquals(201, reply.status(), reply.body());
        return new JsonObject(reply.body());
    }

    private static void lift(JsonObject revocation) {
        assertEquals(
                204, node.call("DELETE", ALL + "/" + revocation.getString("id")).status());
    }

    private static String handshake(String token, String from) throws IOException {
        try (RawWebSocketClient client = RawWebSocketClient.connect(node.port(), null)) {
            client.send(RawWebSocketClient.upgradeRequest(
                    "/client/hubs/chat?access_token=" + token, "X-Forwarded-For: " + from));
            return client.readHead().lines().findFirst().orElse("").split(" ")[1];
        }
    }

    private static void eventually(String status, String token, String from) {
        await().until(() -> handshake(token, from).equals(status));
    }

    @Test
    void aBlockedUserIsDisconnectedAndRefusedUntilItIsLifted() throws Exception {
        String token = node.token("chat", "blocked", List.of(), List.of());
        try (JsonClient open = node.client("blocked").json()) {
            JsonObject made = revoke(ALL, "{'user':'blocked','blockSeconds':60,'reason':'spam'}");
            assertEquals("user", made.getString("kind"));
            JsonObject farewell = open.await(frame -> "disconnected".equals(frame.getString("event")));
            assertEquals("the user is blocked", farewell.getString("message"));
            assertFalse(farewell.encode().contains("spam"));
            open.awaitClose();
            eventually("403", token, "198.51.100.1");
            lift(made);
            eventually("101", token, "198.51.100.1");
        }
    }

    @Test
    void aRevokedTokenIsRefusedAndAnotherOfItsUserIsNot() throws Exception {
        String revoked = node.token("chat", "carol", List.of("webpubsub.sendToGroup"), List.of());
        String other = node.token("chat", "carol", List.of(), List.of());
        JsonObject made = revoke(ALL, "{'token':'" + revoked + "'}");
        assertEquals("token", made.getString("kind"));
        eventually("401", revoked, "198.51.100.1");
        assertEquals("101", handshake(other, "198.51.100.1"));
        assertEquals(
                made,
                new JsonObject(
                        node.call("GET", ALL + "/" + made.getString("id")).body()));
        assertTrue(node.metric("fanfare_revoked_total{kind=\"token\"}") >= 1);
        assertTrue(node.metric("fanfare_alerts_raised_total{cause=\"revoked\"}") >= 1);
    }

    @Test
    void onlyTokensOfAUserThatWereIssuedBeforeAreRefused() throws Exception {
        String before = node.token("chat", "dave", List.of(), List.of());
        revoke(ALL, "{'user':'dave'}");
        eventually("401", before, "198.51.100.1");
        await().until(() -> handshake(node.token("chat", "dave", List.of(), List.of()), "198.51.100.1")
                .equals("101")); // in the next second
        assertEquals("401", handshake(before, "198.51.100.1"));
    }

    @Test
    void anAddressIsBlockedBehindATrustedProxyToo() throws Exception {
        String token = node.token("chat", "erin", List.of(), List.of());
        JsonObject made = revoke(ALL, "{'addresses':'203.0.113.9/24'}");
        assertEquals("203.0.113.0/24", made.getString("addresses"));
        eventually("403", token, "203.0.113.77");
        assertEquals("101", handshake(token, "203.0.114.1"));
    }

    @Test
    void aSessionWithoutASocketDoesNotRecover() throws Exception {
        try (JsonClient client = node.client("frank").reliable()) {
            client.socket().reset();
            await().until(() -> node.metric("fanfare_sessions_detached") >= 1);
            double ended = node.metric(
                    "fanfare_closes_total{reason=\"revoked\",subprotocol=\"json.reliable.webpubsub.azure.v1\"}");
            revoke(ALL, "{'user':'frank'}");
            await().until(() -> node.metric(
                            "fanfare_closes_total{reason=\"revoked\",subprotocol=\"json.reliable.webpubsub.azure.v1\"}")
                    == ended + 1);
        }
    }

    @Test
    void aRevocationOfAHubHoldsThereOnly() throws Exception {
        String token = node.token("chat", "grace", List.of(), List.of());
        JsonObject made = revoke("/api/hubs/news/revocations", "{'user':'grace','blockSeconds':60}");
        assertEquals("news", made.getString("hub"));
        await().until(() ->
                node.call("GET", "/api/hubs/news/revocations").body().contains("grace"));
        assertEquals("101", handshake(token, "198.51.100.1"));
        String path = "/revocations/" + made.getString("id");
        assertEquals(404, node.call("GET", "/api/hubs/chat" + path).status());
        assertEquals(200, node.call("GET", "/api/hubs/news" + path).status());
        assertEquals(204, node.call("DELETE", "/api/hubs/news" + path).status());
        assertEquals(404, node.call("DELETE", "/api/hubs/news" + path).status());
    }

    @Test
    void aRefreshWithARevokedTokenIsRefused() throws Exception {
        String revoked = node.token("chat", "heidi", List.of("webpubsub.sendToGroup"), List.of());
        try (JsonClient client = node.client("heidi").json()) {
            revoke(ALL, "{'token':'" + revoked + "'}");
            eventually("401", revoked, "198.51.100.1");
            JsonObject ack = client.ask("{'type':'refreshToken','token':'" + revoked + "'}");
            assertEquals("the token was revoked", ack.getJsonObject("error").getString("message"));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "[]",
                "{'user':'a','tokenId':'b'}",
                "{'user':7}",
                "{'user':''}",
                "{'tokenId':''}",
                "{'tokenId':'a','blockSeconds':5}",
                "{'user':'a','blockSeconds':0}",
                "{'user':'a','blockSeconds':1.5}",
                "{'user':'a','blockSeconds':99999999999999999999}",
                "{'user':'a','blockSeconds':5,'expires':'2999-01-01T00:00:00Z'}",
                "{'user':'a','expires':'2001-01-01T00:00:00Z'}",
                "{'user':'a','expires':'2999-01-01T00:00:00Z'}",
                "{'user':'a','expires':'tomorrow'}",
                "{'token':'not.a.token'}",
                "{'addresses':'0.0.0.0/0'}",
                "{'addresses':'203.0.113.0/33'}",
                "{'addresses':'example.com'}",
                "{'addresses':'fe80::1%eth0'}",
                "{'user':'a','user':'b'}",
                "{'user':'a','resaon':'typo'}",
            })
    void whatIsNotARevocationIsRefused(String body) {
        AnyNode.Reply reply = post(ALL, body);
        assertEquals(400, reply.status(), reply.body());
    }

    @Test
    void aReasonThatIsTooLongIsRefused() {
        assertEquals(
                400,
                post(ALL, "{'user':'a','reason':'" + "x".repeat(257) + "'}").status());
    }

    @Test
    void listsHavePages() {
        for (int i = 0; i < 5; i++) {
            revoke("/api/hubs/pages/revocations", "{'tokenId':'page" + i + "'}");
        }
        await().until(() -> names("/api/hubs/pages/revocations").size() == 5);
        JsonObject first = new JsonObject(
                node.call("GET", "/api/hubs/pages/revocations?maxpagesize=3").body());
        assertEquals(3, first.getJsonArray("value").size());
        String next = first.getString("nextLink");
        JsonObject second = new JsonObject(
                node.call("GET", next.substring(next.indexOf("/api"))).body());
        assertEquals(2, second.getJsonArray("value").size());
        assertFalse(second.containsKey("nextLink"));
        assertEquals(400, node.call("GET", ALL + "?continuationToken=x").status());
    }

    private static List<Object> names(String path) {
        return new JsonObject(node.call("GET", path).body())
                .getJsonArray("value").stream().toList();
    }

    @Test
    void aStoreInFilesKeepsRevocationsThroughARestart(@TempDir Path directory) throws IOException {
        String[] settings = {"STORE_ENGINE=file", "STORE_FOLDER=" + directory};
        String token;
        try (TestNode before = TestNode.start(settings)) {
            token = before.token("chat", "frank", List.of(), List.of());
            byte[] body = "{\"user\":\"frank\",\"blockSeconds\":600}".getBytes(StandardCharsets.UTF_8);
            assertEquals(201, before.call("POST", ALL, "application/json", body).status());
        }
        try (TestNode after = TestNode.start(settings);
                RawWebSocketClient client = RawWebSocketClient.connect(after.port(), null)) {
            client.send(RawWebSocketClient.upgradeRequest("/client/hubs/chat?access_token=" + token));
            assertTrue(client.readHead().startsWith("HTTP/1.1 403 "));
        }
    }
}
