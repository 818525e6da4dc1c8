package dev.fanfare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.testkit.JsonClient;
import dev.fanfare.testkit.RawFrame;
import dev.fanfare.testkit.RawWebSocketClient;
import dev.fanfare.testkit.TestClient;
import dev.fanfare.testkit.TestNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests of connecting clients, and their answers. */
class ConnectingTest {

    private static TestNode node;

    @BeforeAll
    static void start() {
        node = TestNode.start("SERVER_ALLOWED_ORIGINS=https://app.example.com");
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    private static String token() {
        return node.token("chat", "alice", List.of("webpubsub.sendToGroup.g"), List.of());
    }

    private static String head(String target, String... headers) throws IOException {
        try (RawWebSocketClient client = RawWebSocketClient.connect(node.port(), null)) {
            client.send(RawWebSocketClient.upgradeRequest(target, headers));
            return client.readHead();
        }
    }

    private static int status(String target, String... headers) throws IOException {
        return Integer.parseInt(head(target, headers).split(" ")[1]);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/client/hubs/chat?access_token=",
                "/client/hubs/CHAT?access_token=",
                "/client/hubs/%63hat?access_token=",
                "/client/?hub=chat&access_token=",
                "/client?hub=Chat&access_token=",
                "/client/hubs/chat?access_token=&access_token="
            })
    void aHubIsNamedInThePathOrInTheQueryInAnyCase(String target) throws IOException {
        assertEquals(101, status(target + token()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/client/hubs/1chat?access_token=",
                "/client/hubs/?access_token=",
                "/client/hubs/a/b?access_token=",
                "/client/?access_token=",
                "/client/?hub=&access_token=",
                "/client/hubs/%zz?access_token=",
                "/client/hubs/%ff?access_token=",
                "/client/hubs/chat?x=%ff&access_token=",
                "/client/hubs/chat?x=%&access_token=",
                "/client/hubs/chat?webpubsub_mode=sendToGroup&group=%ff&access_token=",
                "/client/hubs/chat?webpubsub_mode=other&access_token=",
                "/client/hubs/chat?webpubsub_mode=sendToGroup&access_token=",
                "/client/hubs/chat?webpubsub_mode=sendToGroup&group=a&group=b&access_token=",
                "/client/hubs/chat?webpubsub_mode=sendToGroup&group=%20&access_token=",
                "/client/hubs/chat?webpubsub_mode=sendToGroup&group=g&noEcho=yes&access_token="
            })
    void whatIsNotAllowedInTheUrlIsABadRequest(String target) throws IOException {
        assertEquals(400, status(target + token()));
    }

    @Test
    void clientsOfOneHubInDifferentSpellingsMeet() throws IOException {
        try (JsonClient upper = node.client("u").hub("MEET").mayAll().json();
                JsonClient lower = node.client("l").hub("meet").mayAll().json()) {
            upper.join("g");
            lower.publish("g", "hello");
            assertEquals("hello", upper.text());
        }
    }

    @Test
    void hubsDoNotHearEachOther() throws IOException {
        try (JsonClient here = node.client("a").hub("here").mayAll().json();
                JsonClient there = node.client("a").hub("there").mayAll().json()) {
            here.join("g");
            there.publish("g", "elsewhere");
            here.publish("g", "here");
            assertEquals("here", here.text());
        }
    }

    @Test
    void aTokenComesInTheAuthorizationHeader() throws IOException {
        assertEquals(101, status("/client/hubs/chat", "Authorization: Bearer " + token()));
        assertEquals(101, status("/client/hubs/chat", "Authorization: bearer " + token()));
        assertEquals(401, status("/client/hubs/chat", "Authorization: Basic " + token()));
    }

    @Test
    void aBrowsersTokenComesAsSubprotocolAndIsNeverEchoed() throws IOException {
        String token = token();
        String json = head(
                "/client/hubs/chat",
                "Origin: https://app.example.com",
                "Sec-WebSocket-Protocol: " + TestClient.JSON + ", access_token." + token);
        assertTrue(json.startsWith("HTTP/1.1 101 "), json);
        assertTrue(json.contains("Sec-WebSocket-Protocol: " + TestClient.JSON + "\r\n"), json);
        assertFalse(json.contains(token), json);

        String raw = head(
                "/client/hubs/chat",
                "Origin: https://app.example.com",
                "Sec-WebSocket-Protocol: access_token." + token + ", raw");
        assertTrue(raw.startsWith("HTTP/1.1 101 "), raw);
        assertTrue(raw.contains("Sec-WebSocket-Protocol: raw\r\n"), raw);
        assertFalse(raw.contains(token), raw);

        String alone = head("/client/hubs/chat", "Sec-WebSocket-Protocol: access_token." + token);
        assertTrue(alone.startsWith("HTTP/1.1 101 "), alone);
        assertFalse(alone.contains("Sec-WebSocket-Protocol"), alone);
    }

    @Test
    void theQueryWinsOverTheHeaderAndTheHeaderOverTheSubprotocol() throws IOException {
        String good = token();
        assertEquals(101, status("/client/hubs/chat?access_token=" + good, "Authorization: Bearer bad"));
        assertEquals(401, status("/client/hubs/chat?access_token=bad", "Authorization: Bearer " + good));
        assertEquals(
                101,
                status(
                        "/client/hubs/chat",
                        "Authorization: Bearer " + good,
                        "Sec-WebSocket-Protocol: raw, access_token.bad"));
        assertEquals(
                401,
                status(
                        "/client/hubs/chat",
                        "Authorization: Bearer bad",
                        "Sec-WebSocket-Protocol: raw, access_token." + good));
    }

    @Test
    void anEmptyTokenIsNone() throws IOException {
        String good = token();
        assertEquals(101, status("/client/hubs/chat?access_token=", "Authorization: Bearer " + good));
        assertEquals(
                101,
                status(
                        "/client/hubs/chat?access_token=",
                        "Authorization: Bearer ",
                        "Sec-WebSocket-Protocol: raw, access_token." + good + ", access_token."));
        String none = head("/client/hubs/chat?access_token=", "Authorization: Bearer ");
        assertTrue(none.startsWith("HTTP/1.1 401 "), none);
    }

    @Test
    void withoutAGoodTokenNobodyGetsIn() throws IOException {
        String other = node.token("other", "alice", List.of(), List.of());
        assertEquals(401, status("/client/hubs/chat"));
        assertEquals(401, status("/client/hubs/chat?access_token="));
        assertEquals(401, status("/client/hubs/chat?access_token=" + other));
        assertEquals(401, status("/client/hubs/chat?access_token=" + token() + "x"));
    }

    @Test
    void browsersOfOtherOriginsAreRefused() throws IOException {
        assertEquals(403, status("/client/hubs/chat?access_token=" + token(), "Origin: https://evil.example.com"));
        assertEquals(101, status("/client/hubs/chat?access_token=" + token(), "Origin: https://APP.example.com"));
    }

    @ParameterizedTest
    @CsvSource(
            value = {
                "json.webpubsub.azure.v1|101",
                "JSON.webpubsub.azure.v1|101",
                "mqtt, json.reliable.webpubsub.azure.v1|101",
                "mqtt|400",
                "raw2, soap|400"
            },
            delimiter = '|')
    void theFirstSubprotocolThatWeSpeakIsChosen(String offer, int status) throws IOException {
        assertEquals(status, status("/client/hubs/chat?access_token=" + token(), "Sec-WebSocket-Protocol: " + offer));
    }

    @Test
    void groupsOfTheTokenAreJoinedWithoutARole() throws IOException {
        try (JsonClient member = node.client("m").in("one", "two").json();
                JsonClient publisher = node.client("p").may("sendToGroup").json()) {
            publisher.publish("one", "1");
            publisher.publish("two", "2");
            assertEquals("1", member.text());
            assertEquals("2", member.text());
            assertEquals("Forbidden", errorName(member.ask("{'type':'leaveGroup','group':'one'}")));
        }
    }

    @Test
    void badGroupsInATokenAreABadRequest() throws IOException {
        String blank = node.token("chat", "alice", List.of(), List.of(" "));
        assertEquals(400, status("/client/hubs/chat?access_token=" + blank));
    }

    @Test
    void aRawPublisherNeedsARoleForItsGroup() throws IOException {
        String target = "/client/hubs/chat?webpubsub_mode=SENDTOGROUP&access_token=" + token();
        assertEquals(101, status(target + "&group=g"));
        assertEquals(403, status(target + "&group=h"));
    }

    @Test
    void whatIsNoUpgradeIsABadRequest() throws IOException {
        try (RawWebSocketClient client = RawWebSocketClient.connect(node.port(), null)) {
            client.send("GET /client/hubs/chat?access_token=" + token() + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
            assertTrue(client.readHead().startsWith("HTTP/1.1 400 "));
        }
    }

    @Test
    void framesInTheSegmentOfTheRequestTakeEffectInOrder() throws IOException {
        String target = node.client("eager").mayAll().target();
        byte[] request = RawWebSocketClient.upgradeRequest(target, "Sec-WebSocket-Protocol: " + TestClient.JSON)
                .getBytes(StandardCharsets.UTF_8);
        byte[] join = RawFrame.text("{\"type\":\"joinGroup\",\"group\":\"e\",\"ackId\":1}")
                .masked();
        byte[] send = RawFrame.text("{\"type\":\"sendToGroup\",\"group\":\"e\",\"data\":7,\"ackId\":2}")
                .masked();
        byte[] all = new byte[request.length + join.length + send.length];
        System.arraycopy(request, 0, all, 0, request.length);
        System.arraycopy(join, 0, all, request.length, join.length);
        System.arraycopy(send, 0, all, request.length + join.length, send.length);
        try (RawWebSocketClient client = RawWebSocketClient.connect(node.port(), null)) {
            client.send(all);
            assertTrue(client.readHead().startsWith("HTTP/1.1 101 "));
            assertTrue(client.readText().contains("\"connected\""));
            assertEquals("{\"type\":\"ack\",\"ackId\":1,\"success\":true}", client.readText());
            List<String> rest = List.of(client.readText(), client.readText());
            assertTrue(rest.contains("{\"type\":\"ack\",\"ackId\":2,\"success\":true}"), rest::toString);
            assertTrue(
                    rest.contains(
                            "{\"type\":\"message\",\"from\":\"group\",\"group\":\"e\",\"fromUserId\":\"eager\",\"dataType\":\"json\",\"data\":7}"),
                    rest::toString);
        }
    }

    @Test
    void aFullNodeSaysSoAndTakesTheNextOnceThereIsRoom() throws IOException {
        try (TestNode small = TestNode.start("LIMITS_CONNECTIONS=2")) {
            JsonClient first = small.client("a").json();
            try (JsonClient second = small.client("b").json()) {
                try (RawWebSocketClient third = RawWebSocketClient.connect(small.port(), null)) {
                    third.send(
                            RawWebSocketClient.upgradeRequest(small.client("c").target()));
                    String head = third.readHead();
                    assertTrue(head.startsWith("HTTP/1.1 503 "), head);
                    assertTrue(head.contains("Retry-After: "), head);
                }
                first.leave();
                // The permit is released once the node has seen the client disconnect.
                Awaitility.await()
                        .until(() -> small.metric("fanfare_connections{subprotocol=\"json.webpubsub.azure.v1\"}") == 1);
                small.client("c").json().leave();
                second.assertNothingCame();
            }
            assertEquals(1, small.metric("fanfare_handshakes_total{outcome=\"node_full\"}"));
            assertEquals(1, small.metric("fanfare_limits_reached_total{limit=\"connections\"}"));
        }
    }

    private static String errorName(io.vertx.core.json.JsonObject ack) {
        return ack.getJsonObject("error").getString("name");
    }
}
