package dev.fanfare;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.auth.TokenMinter;
import dev.fanfare.testkit.AnyNode;
import dev.fanfare.testkit.JsonClient;
import dev.fanfare.testkit.RawWebSocketClient;
import dev.fanfare.testkit.TestClient;
import dev.fanfare.testkit.TestNode;
import io.vertx.core.Context;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Limits that connections share: who reaches one is told when to come back, and others are not concerned. */
@Tag("attack")
class SharedLimitsIT {

    private static final String LIMIT = "fanfare_limits_reached_total{limit=\"%s\"}";

    private static String upgrade(TestNode node, String hub, String user, String from) {
        return upgrade(node.token(hub, user, List.of(), List.of()), hub, from);
    }

    private static String upgrade(String token, String hub, String from) {
        return RawWebSocketClient.upgradeRequest(
                "/client/hubs/" + hub + "?access_token=" + token,
                "X-Forwarded-For: " + from,
                "Sec-WebSocket-Protocol: " + TestClient.JSON);
    }

    private static RawWebSocketClient asked(TestNode node, String request) throws IOException {
        RawWebSocketClient client = RawWebSocketClient.connect(node.port(), null);
        client.send(request);
        return client;
    }

    /** The head of the answer. */
    private static String head(TestNode node, String request) throws IOException {
        try (RawWebSocketClient client = asked(node, request)) {
            return client.readHead();
        }
    }

    private static void assertLater(String head) {
        assertTrue(head.startsWith("HTTP/1.1 429 "), head);
        assertTrue(head.matches("(?s).*\r\nRetry-After: [1-9]\\d*\r\n.*"), head);
    }

    private static void assertOpens(String head) {
        assertTrue(head.startsWith("HTTP/1.1 101 "), head);
    }

    @Test
    void usersAddressesAndHubsHaveAsManyConnectionsAsTheyMay() throws IOException {
        try (TestNode node = TestNode.start(
                "SERVER_TRUSTED_PROXIES=127.0.0.1",
                "LIMITS_PER_USER_CONNECTIONS=2",
                "LIMITS_PER_ADDRESS_CONNECTIONS=3",
                "HUBS={small: {limits: {connections: 1}}}")) {
            try (RawWebSocketClient first = asked(node, upgrade(node, "chat", "alice", "192.0.2.1"));
                    RawWebSocketClient second = asked(node, upgrade(node, "chat", "alice", "192.0.2.1"));
                    RawWebSocketClient third = asked(node, upgrade(node, "chat", "bob", "192.0.2.1"));
                    RawWebSocketClient small = asked(node, upgrade(node, "small", "bob", "192.0.2.2"))) {
                for (RawWebSocketClient client : List.of(first, second, third, small)) {
                    assertOpens(client.readHead());
                }
                assertLater(head(node, upgrade(node, "chat", "alice", "192.0.2.9")));
                assertLater(head(node, upgrade(node, "chat", "carol", "192.0.2.1")));
                assertLater(head(node, upgrade(node, "small", "carol", "192.0.2.9")));
                assertOpens(head(node, upgrade(node, "chat", "carol", "192.0.2.9")));
            }
            for (String scope : List.of("user", "address", "hub")) {
                assertEquals(1, node.metric(LIMIT.formatted(scope + "_connections")), scope);
            }
            await("what ended is not counted")
                    .until(() -> head(node, upgrade(node, "small", "alice", "192.0.2.1"))
                            .startsWith("HTTP/1.1 101 "));
        }
    }

    @Test
    void aSessionCountsAtTheAddressFromWhichItRecovers() throws IOException {
        try (TestNode node = TestNode.start("SERVER_TRUSTED_PROXIES=127.0.0.1", "LIMITS_PER_ADDRESS_CONNECTIONS=1")) {
            String token = node.token("chat", "alice", List.of(), List.of());
            String reliable = "Sec-WebSocket-Protocol: " + TestClient.RELIABLE;
            String target = "/client/hubs/chat?access_token=" + token;
            String from = "X-Forwarded-For: 192.0.2.";
            try (RawWebSocketClient alice = RawWebSocketClient.open(node.port(), null, target, from + 1, reliable)) {
                JsonObject connected = new JsonObject(alice.readText());
                alice.reset();
                assertLater(head(node, RawWebSocketClient.upgradeRequest(target, from + 1, reliable)));
                String recovery = "/client/hubs/chat?awps_connection_id=" + connected.getString("connectionId")
                        + "&awps_reconnection_token=" + connected.getString("reconnectionToken");
                try (RawWebSocketClient moved =
                        RawWebSocketClient.open(node.port(), null, recovery, from + 2, reliable)) {
                    assertTrue(moved.readText().contains("\"event\":\"connected\""));
                    assertLater(head(node, RawWebSocketClient.upgradeRequest(target, from + 2, reliable)));
                    assertOpens(head(node, RawWebSocketClient.upgradeRequest(target, from + 1, reliable)));
                }
            }
        }
    }

    @Test
    void handshakesOfAnAddressAreLimitedBeforeTokensAreVerified() throws IOException {
        try (TestNode node = TestNode.start(
                "SERVER_TRUSTED_PROXIES=127.0.0.1",
                "AUTH_FAILED_TOKENS_PER_SECOND=0",
                "LIMITS_PER_ADDRESS_HANDSHAKES_PER_SECOND=3")) {
            int verified = 0;
            String answer = head(node, upgrade("bogus.0.token", "chat", "2001:db8:1:1::0"));
            while (answer.startsWith("HTTP/1.1 401 ") && verified < 100) {
                verified++;
                answer = head(node, upgrade("bogus.0.token", "chat", "2001:db8:1:1::" + verified));
            }
            assertLater(answer);
            assertEquals(verified, node.metric("fanfare_tokens_refused_total{reason=\"malformed\"}"));
            assertOpens(head(node, upgrade(node, "chat", "alice", "2001:db8:1:2::1")));
            await("the bucket is refilled")
                    .until(() -> head(node, upgrade(node, "chat", "alice", "2001:db8:1:1::1"))
                            .startsWith("HTTP/1.1 101 "));
        }
    }

    @Test
    void anAddressWhoseHandshakesFailIsBlocked() throws IOException {
        try (TestNode node = TestNode.start(
                "SERVER_TRUSTED_PROXIES=127.0.0.1", "LIMITS_FAILED_HANDSHAKES=2", "LIMITS_BLOCK_SECONDS=2")) {
            String forged = RawWebSocketClient.upgradeRequest(
                    "/client/hubs/chat?awps_connection_id=x&awps_reconnection_token=y",
                    "X-Forwarded-For: 192.0.2.1",
                    "Sec-WebSocket-Protocol: " + TestClient.RELIABLE);
            assertOpens(head(node, forged));
            assertOpens(head(node, forged));
            assertTrue(head(node, upgrade("bogus", "chat", "192.0.2.1")).startsWith("HTTP/1.1 401 "));
            assertLater(head(node, upgrade(node, "chat", "alice", "192.0.2.1")));
            assertLater(head(node, forged));
            assertOpens(head(node, upgrade(node, "chat", "alice", "192.0.2.2")));
            await("the pause is over")
                    .until(() -> head(node, upgrade(node, "chat", "alice", "192.0.2.1"))
                            .startsWith("HTTP/1.1 101 "));
        }
    }

    @Test
    void aPageCannotHaveTheAddressOfItsVisitorBlocked() throws IOException {
        try (TestNode node = TestNode.start("LIMITS_FAILED_HANDSHAKES=1")) {
            for (int i = 0; i < 3; i++) {
                String answer = head(
                        node, RawWebSocketClient.upgradeRequest("/client/hubs/chat", "Origin: https://evil.example"));
                assertTrue(answer.startsWith("HTTP/1.1 403 "), answer);
                answer = head(node, "GET /client/hubs/chat HTTP/1.1\r\nHost: localhost\r\n\r\n");
                assertTrue(answer.startsWith("HTTP/1.1 4") && !answer.startsWith("HTTP/1.1 429 "), answer);
            }
            assertOpens(head(node, upgrade(node, "chat", "alice", "192.0.2.1")));
        }
    }

    @Test
    void messagesOfAUserArePacedAndNoneIsLost() throws IOException {
        int rate = 100;
        try (TestNode node = TestNode.start("LIMITS_PER_USER_MESSAGES_PER_SECOND=" + rate);
                JsonClient receiver = node.client("bob").mayAll().json();
                JsonClient one = node.client("alice").mayAll().json();
                JsonClient other = node.client("alice").mayAll().json()) {
            receiver.join("g");
            long begin = System.nanoTime();
            for (int i = 0; i < rate; i++) {
                for (JsonClient sender : List.of(one, other)) {
                    sender.send("{'type':'sendToGroup','group':'g','dataType':'text','data':'x'}");
                }
            }
            for (int i = 0; i < 2 * rate; i++) {
                receiver.text();
            }
            long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin);
            assertTrue(millis > 900, "took " + millis + " ms"); // the first second's worth is free
            assertTrue(node.metric(LIMIT.formatted("user_messages")) > 0);
            receiver.publish("g", "not limited");
        }
    }

    @Test
    void joinsOfAUserAboveTheLimitFailAndSayWhenToComeBack() throws IOException {
        try (TestNode node = TestNode.start("LIMITS_PER_USER_JOINS_PER_SECOND=2");
                JsonClient alice = node.client("alice").mayAll().json();
                JsonClient bob = node.client("bob").mayAll().json()) {
            alice.join("a");
            alice.join("b");
            JsonObject ack = alice.ask("{'type':'joinGroup','group':'c'}");
            assertFalse(ack.getBoolean("success"), ack::encode);
            assertEquals(
                    "{\"name\":\"Timeout\",\"message\":\"the user is at its limit of 2 joins of groups a second;"
                            + " try again in 1 s\"}",
                    ack.getJsonObject("error").encode());
            bob.join("c");
            await("the bucket is refilled")
                    .until(() -> alice.ask("{'type':'joinGroup','group':'c'}").getBoolean("success"));
        }
    }

    @Test
    void callsOfAKeyAboveTheLimitGet429() throws IOException {
        String other = "another-secret-of-at-least-32-bytes";
        try (TestNode node = TestNode.start(
                "LIMITS_API_CALLS_PER_SECOND=2",
                "AUTH_SCOPED_KEYS=[{name: other, key: " + other + ", operations: [read]}]")) {
            String path = "/api/hubs/chat/groups/g";
            AnyNode.Reply reply = node.call("HEAD", path);
            for (int i = 0; i < 100 && reply.status() != 429; i++) {
                reply = node.call("GET", "/api/hubs/chat/connections");
            }
            assertEquals(429, reply.status());
            assertTrue(reply.body().contains("accessKeys[0] is at its limit of 2 calls a second"), reply.body());
            TokenMinter minter = new TokenMinter(other, InstantSource.system());
            assertEquals(
                    200,
                    node.call(minter, "GET", "/api/hubs/chat/connections", null, new byte[0])
                            .status());
        }
    }

    @Test
    void aNodeThatIsBusyRefusesNewClientsAndServesTheOthers() throws IOException {
        try (TestNode node = TestNode.start("SERVER_EVENT_LOOPS=1", "LIMITS_EVENT_LOOP_LAG_MILLIS=50");
                JsonClient alice = node.client("alice").mayAll().reliable()) {
            Context loop = node.vertx().getOrCreateContext(); // the only event loop
            loop.runOnContext(v -> {
                long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(400);
                while (System.nanoTime() < end) {
                    Thread.onSpinWait();
                }
            });
            String refused = head(node, upgrade(node, "chat", "bob", "192.0.2.1"));
            assertTrue(refused.startsWith("HTTP/1.1 503 ") && refused.contains("\r\nRetry-After: 5\r\n"), refused);
            alice.publish("g", "served");
            alice.socket().reset();
            alice.recover(node).close();
            assertEquals(1, node.metric(LIMIT.formatted("event_loop_lag")));
            await("it is not busy any more")
                    .until(() -> head(node, upgrade(node, "chat", "bob", "192.0.2.1"))
                            .startsWith("HTTP/1.1 101 "));
        }
    }
}
