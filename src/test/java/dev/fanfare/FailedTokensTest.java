package dev.fanfare;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.testkit.JsonClient;
import dev.fanfare.testkit.RawWebSocketClient;
import dev.fanfare.testkit.TestClient;
import dev.fanfare.testkit.TestNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Clients whose tokens are rejected, and others meanwhile. */
@Tag("attack")
class FailedTokensTest {

    private static final String API = "/api/hubs/chat/groups/g/:send";

    private static TestNode node;

    @BeforeAll
    static void start() {
        node = TestNode.start("AUTH_FAILED_TOKENS_PER_SECOND=1", "SERVER_TRUSTED_PROXIES=127.0.0.1");
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    private static String call(String token, String from) {
        return "POST " + API + " HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: " + from + "\r\nAuthorization: Bearer "
                + token + "\r\nContent-Type: text/plain\r\nContent-Length: 1\r\n\r\nx";
    }

    private static String answer(RawWebSocketClient client) throws IOException {
        String head = client.readHead();
        int length = head.lines()
                .filter(line -> line.toLowerCase(Locale.ROOT).startsWith("content-length: "))
                .mapToInt(line -> Integer.parseInt(line.substring(16)))
                .findFirst()
                .orElse(0);
        return head + client.readBody(length);
    }

    private static String upgrade(String token, String from) {
        return RawWebSocketClient.upgradeRequest("/client/hubs/chat?access_token=" + token, "X-Forwarded-For: " + from);
    }

    @Test
    void aConnectionOverWhichTokensAreTriedIsClosed() throws IOException {
        try (RawWebSocketClient client = RawWebSocketClient.connect(node.port(), null)) {
            for (int i = 1; i <= 3; i++) {
                client.send(call("bogus." + i + ".token", "192.0.2." + i));
                String answer = answer(client);
                assertTrue(answer.startsWith("HTTP/1.1 401 "), answer);
                assertEquals(i == 3, answer.toLowerCase(Locale.ROOT).contains("connection: close"), answer);
            }
            client.readEnd();
        }
    }

    @Test
    void anAddressWhoseTokensFailGets429AndOthersAreNotConcerned() throws IOException {
        String stranger = "198.51.100.1";
        List<RawWebSocketClient> waiting = new ArrayList<>();
        try {
            for (int i = 0; i < 120; i++) {
                RawWebSocketClient client = RawWebSocketClient.connect(node.port(), null);
                waiting.add(client);
                client.send(upgrade("bogus." + i + ".token", stranger));
            }
            await().until(() -> node.metric("fanfare_limits_reached_total{limit=\"failed_tokens\"}") > 0);
            try (RawWebSocketClient client = RawWebSocketClient.connect(node.port(), null)) {
                String token = node.token("chat", "alice", List.of(), List.of());
                client.send(upgrade(token, "198.51.100.2"));
                assertTrue(client.readHead().startsWith("HTTP/1.1 101 "), "an innocent client");
            }
            boolean throttled = false;
            for (RawWebSocketClient client : waiting) {
                String head = client.readHead();
                throttled |= head.startsWith("HTTP/1.1 429 ") && head.contains("Retry-After: 1");
                assertTrue(head.startsWith("HTTP/1.1 401 ") || head.startsWith("HTTP/1.1 429 "), head);
            }
            assertTrue(throttled, "nobody was told to come later");
        } finally {
            for (RawWebSocketClient client : waiting) {
                client.close();
            }
        }
    }

    @Test
    void aForgedReconnectionTokenOpensNothing() throws IOException {
        try (JsonClient alice = node.client("alice").reliable();
                RawWebSocketClient thief = RawWebSocketClient.connect(node.port(), null)) {
            String forged = (alice.reconnectionToken().charAt(0) == 'A' ? 'B' : 'A')
                    + alice.reconnectionToken().substring(1);
            thief.send(RawWebSocketClient.upgradeRequest(
                    "/client/hubs/chat?awps_connection_id=" + alice.connectionId() + "&awps_reconnection_token="
                            + forged,
                    "Sec-WebSocket-Protocol: " + TestClient.RELIABLE));
            assertTrue(
                    thief.readHead().startsWith("HTTP/1.1 101 "), "client SDKs start anew at once after a 1008 only");
            assertEquals(1008, thief.readClose().closeCode());
            thief.readEnd(); // without anything from the thief
            assertFalse(alice.ask("{'type':'refreshToken','token':'garbage'}").getBoolean("success"));
        }
    }
}
