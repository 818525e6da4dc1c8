package dev.fanfare;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.auth.TokenMinter;
import dev.fanfare.core.CloseReason;
import dev.fanfare.testkit.JsonClient;
import dev.fanfare.testkit.RawWebSocketClient;
import dev.fanfare.testkit.TcpProxy;
import dev.fanfare.testkit.TestClient;
import dev.fanfare.testkit.TestNode;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The subprotocol {@code json.reliable.webpubsub.azure.v1}, end to end: clients lose their sockets and recover. */
class ReliableClientsTest {

    private static final String REFUSED = JsonClient.closing(CloseReason.RECOVERY_REFUSED);
    private static final String CONNECTION = "/api/hubs/chat/connections/";

    private TestNode node;

    @BeforeEach
    void start() {
        node = TestNode.start();
    }

    @AfterEach
    void stop() {
        node.close();
    }

    @Test
    void theFirstFrameHasAReconnectionTokenAndMessagesAreNumbered() throws IOException {
        try (JsonClient alice = node.client("alice").mayAll().in("g").reliable()) {
            assertEquals(
                    List.of("type", "event", "userId", "connectionId", "reconnectionToken"),
                    List.copyOf(alice.connected().fieldNames()));
            alice.publish("g", "one");
            alice.publish("g", "two");
            assertEquals(1, alice.message().getInteger("sequenceId"));
            assertEquals(2, alice.message().getInteger("sequenceId"));
        }
    }

    @Test
    void whatWasNotAcknowledgedIsReplayedAfterACutAndWhatWasIsNot() throws IOException {
        try (TcpProxy proxy = TcpProxy.to(node.port());
                JsonClient alice = node.client("alice").in("g").through(proxy).reliable();
                JsonClient bob = node.client("bob").mayAll().json()) {
            publish(bob, 1, 5);
            assertEquals(numbered(1, 5), messages(alice, 5));
            alice.acknowledge(2);
            alice.assertNothingCame(); // so the acknowledgement has been processed
            proxy.reset();
            publish(bob, 6, 7);

            try (JsonClient back = alice.recover(node)) {
                assertEquals(alice.connectionId(), back.connectionId());
                assertEquals("alice", back.connected().getString("userId"));
                assertEquals(numbered(3, 7), messages(back, 5));
                publish(bob, 8, 8);
                assertEquals(numbered(8, 8), messages(back, 1));
                back.assertNothingCame();
            }
        }
    }

    @Test
    void whatIsAcknowledgedIsForgotten() throws IOException {
        try (JsonClient alice = node.client("alice").mayAll().in("g").reliable()) {
            publish(alice, 1, 3);
            await().until(() -> node.metric("fanfare_unacknowledged_bytes") > 0);
            messages(alice, 3);
            alice.acknowledge(3);
            await().until(() -> node.metric("fanfare_unacknowledged_bytes") == 0);
            alice.acknowledge(1); // an older one changes nothing
            alice.socket().reset();
            try (JsonClient back = alice.recover(node)) {
                back.assertNothingCame();
                publish(back, 4, 4);
                assertEquals(numbered(4, 4), messages(back, 1));
            }
        }
    }

    @Test
    void aMessageThatExpiredDuringAnAbsenceIsMissingInTheSequence() throws IOException {
        try (JsonClient alice = node.client("alice").in("g").reliable();
                JsonClient bob = node.client("bob").mayAll().json()) {
            lose(alice);
            bob.done("{'type':'sendToGroup','group':'g','dataType':'text','data':'brief','ttlSeconds':1}");
            long sent = System.nanoTime();
            publish(bob, 2, 2);
            await().until(() ->
                    System.nanoTime() - sent > Duration.ofMillis(1100).toNanos());
            try (JsonClient back = alice.recover(node)) {
                assertEquals(numbered(2, 2), messages(back, 1));
                assertEquals(1, node.metric("fanfare_drops_total{reason=\"expired\"}"));
            }
        }
    }

    @Test
    void whileItsClientIsAwayASessionIsStillThereForServers() throws IOException {
        try (JsonClient alice = node.client("alice").in("g").reliable()) {
            lose(alice);
            assertEquals(
                    200, node.call("HEAD", CONNECTION + alice.connectionId()).status());
            assertEquals(200, node.call("HEAD", "/api/hubs/chat/users/alice").status());
            assertEquals(200, node.call("HEAD", "/api/hubs/chat/groups/g").status());
            String members =
                    node.call("GET", "/api/hubs/chat/groups/g/connections").body();
            assertTrue(members.contains(alice.connectionId()), members);
            for (String target : List.of("/groups/g", "/users/alice", "/connections/" + alice.connectionId(), "")) {
                node.call(
                        "POST",
                        "/api/hubs/chat" + target + "/:send",
                        "text/plain",
                        target.getBytes(StandardCharsets.UTF_8));
            }
            try (JsonClient back = alice.recover(node)) {
                List<String> heard = new ArrayList<>();
                for (int id = 1; id <= 4; id++) {
                    JsonObject message = back.message();
                    assertEquals(id, message.getInteger("sequenceId"));
                    heard.add(message.getString("data"));
                }
                // No order is promised between targets.
                assertTrue(heard.containsAll(List.of("/groups/g", "/users/alice", "")), heard::toString);
                back.assertNothingCame();
            }
        }
    }

    @Test
    void groupsPermissionsAndAckIdsSurvive() throws IOException {
        try (JsonClient alice =
                node.client("alice").may("joinLeaveGroup", "sendToGroup.g").reliable()) {
            alice.join("g");
            alice.send("{'type':'sendToGroup','group':'g','dataType':'text','data':'1','ackId':7}");
            assertTrue(alice.ack(7).getBoolean("success"));
            permission("PUT", alice, "granted");
            permission("DELETE", alice, "g");
            lose(alice);

            try (JsonClient back = alice.recover(node)) {
                assertEquals("1", back.text());
                back.send("{'type':'sendToGroup','group':'granted','data':1,'ackId':7}");
                assertEquals("Duplicate", error(back.ack(7)));
                back.done("{'type':'sendToGroup','group':'granted','data':1}");
                assertEquals("Forbidden", error(back.ask("{'type':'sendToGroup','group':'g','data':1}")));
                back.join("other");
                node.call("POST", "/api/hubs/chat/groups/g/:send", "text/plain", new byte[] {'2'});
                assertEquals("2", back.text());
            }
        }
    }

    @Test
    void aConnectionThatCameBackIsStillTheSenderWhomNoEchoLeavesOut() throws IOException {
        try (JsonClient alice = node.client("alice").mayAll().in("g").reliable()) {
            alice.socket().reset();
            try (JsonClient back = alice.recover(node)) {
                back.done("{'type':'sendToGroup','group':'g','data':1,'noEcho':true}");
                back.publish("g", "echo");
                assertEquals("echo", back.text());
                back.assertNothingCame();
            }
        }
    }

    @Test
    void anyTokenOfTheSessionRecoversIt() throws IOException {
        try (JsonClient alice = node.client("alice").mayAll().in("g").reliable()) {
            JsonClient second = alice.recover(node);
            // Like a client that never read the second connected frame.
            JsonClient third = alice.recover(node);
            try (JsonClient fourth = third.recover(node)) {
                fourth.publish("g", "here");
                assertEquals("here", fourth.text());
            }
            second.close();
            third.close();
        }
    }

    @Test
    void anAccessTokenMayHaveExpiredWhenItsClientComesBack() throws IOException {
        Instant yesterday = Instant.now().minus(Duration.ofDays(1));
        String expired = new TokenMinter(TestNode.ACCESS_KEY, InstantSource.fixed(yesterday))
                .clientToken(
                        "http://localhost:" + node.port(), "chat", "alice", List.of(), List.of(), Duration.ofHours(1));
        TestClient late = node.client(null).with(expired);
        assertThrows(IOException.class, late::reliable);
        try (JsonClient alice = node.client("alice").mayAll().reliable()) {
            lose(alice);
            try (JsonClient back = late.recover(alice.connectionId(), alice.reconnectionToken())) {
                assertEquals("alice", back.awaitConnected().getString("userId"));
                back.publish("g", "with the roles it had");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "garbage", "AAAA", "foreign", "altered", "cut"})
    void withAnotherTokenASessionIsNotHad(String kind) throws IOException {
        try (JsonClient alice = node.client("alice").mayAll().in("g").reliable();
                JsonClient mallory = node.client("mallory").reliable()) {
            String own = alice.reconnectionToken();
            String token = switch (kind) {
                case "foreign" -> mallory.reconnectionToken();
                case "altered" -> (own.charAt(0) == 'A' ? 'B' : 'A') + own.substring(1);
                case "cut" -> own.substring(0, own.length() - 4);
                default -> kind;
            };
            try (JsonClient thief = node.client("mallory").recover(alice.connectionId(), token)) {
                assertEquals(REFUSED, thief.awaitClose());
            }
            alice.publish("g", "still mine");
            assertEquals("still mine", alice.text());
            assertEquals(1, node.metric("fanfare_handshakes_total{outcome=\"recovery_refused\"}"));
            assertEquals(0, node.metric("fanfare_detached_total{reason=\"taken_over\"}"));
        }
    }

    @Test
    void withoutATokenASessionIsNotHad() throws IOException {
        try (JsonClient alice = node.client("alice").reliable()) {
            String target = node.client("alice").target() + "&awps_connection_id=" + alice.connectionId();
            try (RawWebSocketClient thief = RawWebSocketClient.open(
                    node.port(), null, target, "Sec-WebSocket-Protocol: " + TestClient.RELIABLE)) {
                assertEquals(1008, thief.readClose().closeCode());
            }
            alice.assertNothingCame();
        }
    }

    @Test
    void aConnectionThatNeverWasIsNotHad() throws IOException {
        try (JsonClient alice = node.client("alice").reliable()) {
            for (String id : List.of("x", "a".repeat(1000), alice.connectionId() + "x")) {
                try (JsonClient dreamer = node.client("alice").recover(id, alice.reconnectionToken())) {
                    assertEquals(REFUSED, dreamer.awaitClose());
                }
            }
            alice.assertNothingCame();
        }
    }

    @ParameterizedTest
    @CsvSource({"chat, json.webpubsub.azure.v1", "chat,", "other, json.reliable.webpubsub.azure.v1"})
    void withAnotherHubOrSubprotocolASessionIsNotHad(String hub, String subprotocol) throws IOException {
        try (JsonClient alice = node.client("alice").mayAll().in("g").reliable()) {
            String target = node.client("alice").hub(hub).target() + "&awps_connection_id=" + alice.connectionId()
                    + "&awps_reconnection_token=" + alice.reconnectionToken();
            String[] offer =
                    subprotocol == null ? new String[0] : new String[] {"Sec-WebSocket-Protocol: " + subprotocol};
            try (RawWebSocketClient other = RawWebSocketClient.open(node.port(), null, target, offer)) {
                assertEquals(1008, other.readClose().closeCode());
            }
            alice.publish("g", "undisturbed");
            assertEquals("undisturbed", alice.text());
        }
    }

    @Test
    void aConnectionThatCannotRecoverHasNothingToComeBackTo() throws IOException {
        try (JsonClient plain = node.client("alice").json();
                JsonClient reliable = node.client("bob").reliable()) {
            assertFalse(plain.connected().containsKey("reconnectionToken"));
            try (JsonClient back = node.client("alice").recover(plain.connectionId(), reliable.reconnectionToken())) {
                assertEquals(REFUSED, back.awaitClose());
            }
            plain.assertNothingCame();
        }
    }

    @Test
    void aClientThatSaysGoodByeCannotComeBack() throws IOException {
        JsonClient alice = node.client("alice").in("g").reliable();
        alice.leave();
        assertRefused(alice);
        assertEquals(1, node.metric(closes("client_closed")));
        assertEquals(404, node.call("HEAD", "/api/hubs/chat/groups/g").status());
    }

    @Test
    void aConnectionThatAServerClosedCannotComeBack() throws IOException {
        try (JsonClient alice = node.client("alice").reliable();
                JsonClient away = node.client("bob").reliable()) {
            lose(away);
            for (JsonClient client : List.of(alice, away)) {
                assertEquals(
                        204,
                        node.call("DELETE", CONNECTION + client.connectionId() + "?reason=enough")
                                .status());
            }
            assertEquals("1000 enough", alice.awaitClose());
            assertRefused(alice);
            assertRefused(away);
            assertEquals(2, node.metric(closes("closed_by_api")));
        }
    }

    @Test
    void afterTheRecoveryWindowASessionIsGone() throws IOException {
        try (TestNode hasty = TestNode.start("SESSIONS_RECOVERY_SECONDS=1");
                JsonClient alice = hasty.client("alice").mayAll().in("g").reliable()) {
            alice.publish("g", "never acknowledged");
            alice.text();
            alice.socket().reset();
            await().until(() -> hasty.metric(closes("recovery_expired")) == 1);
            assertEquals(1, hasty.metric("fanfare_drops_total{reason=\"session_ended\"}"));
            assertEquals(0, hasty.metric("fanfare_sessions_detached"));
            assertEquals(0, hasty.metric("fanfare_connections{subprotocol=\"" + TestClient.RELIABLE + "\"}"));
            try (JsonClient back = hasty.client("alice").recover(alice.connectionId(), alice.reconnectionToken())) {
                assertEquals(REFUSED, back.awaitClose());
            }
            try (JsonClient anew = hasty.client("alice").mayAll().in("g").reliable()) {
                assertNotEquals(alice.connectionId(), anew.connectionId());
                anew.publish("g", "first");
                assertEquals(1, anew.message().getInteger("sequenceId"));
            }
        }
    }

    @Test
    void aHalfOpenSocketGivesWayToANewerOne() throws IOException {
        try (TcpProxy proxy = TcpProxy.to(node.port());
                JsonClient alice = node.client("alice").in("g").through(proxy).reliable();
                JsonClient bob = node.client("bob").mayAll().json()) {
            publish(bob, 1, 1);
            assertEquals(numbered(1, 1), messages(alice, 1));
            proxy.freeze(); // neither end is notified
            publish(bob, 2, 3);
            try (JsonClient back = alice.recover(node)) {
                assertEquals(numbered(1, 3), messages(back, 3));
                assertEquals(1, node.metric("fanfare_detached_total{reason=\"taken_over\"}"));
                proxy.heal();
                alice.socket().drain();
                publish(bob, 4, 4);
                assertEquals(numbered(4, 4), messages(back, 1));
                back.assertNothingCame();
            }
        }
    }

    @Test
    void ofTwoRivalsExactlyOneHasTheSession() throws IOException {
        for (int round = 1; round <= 15; round++) {
            String group = "g" + round;
            try (JsonClient alice = node.client("alice").in(group).reliable();
                    JsonClient bob = node.client("bob").mayAll().json();
                    JsonClient one = rival(alice);
                    JsonClient two = rival(alice)) {
                double takeOvers = 2 * round;
                await().until(() -> node.metric("fanfare_detached_total{reason=\"taken_over\"}") == takeOvers);
                bob.publish(group, "hello");
                assertEquals(
                        1,
                        Stream.of(one, two)
                                .filter(Objects::nonNull)
                                .filter(this::hears)
                                .count());
                assertEquals(0, node.metric("fanfare_handshakes_total{outcome=\"recovery_refused\"}"));
            }
        }
    }

    /** Null if the other rival took the session before this one had read the answer to its handshake, which a reset drops. */
    private @Nullable JsonClient rival(JsonClient former) throws IOException {
        try {
            return node.client("alice").recover(former.connectionId(), former.reconnectionToken());
        } catch (SocketException reset) {
            return null;
        }
    }

    private boolean hears(JsonClient client) {
        try {
            return client.text().equals("hello");
        } catch (IOException ended) {
            return false;
        }
    }

    /** Disconnects the client and waits until the node has noticed. */
    private void lose(JsonClient client) throws IOException {
        double before = node.metric("fanfare_sessions_detached");
        client.socket().reset();
        await().until(() -> node.metric("fanfare_sessions_detached") == before + 1);
    }

    private void assertRefused(JsonClient former) throws IOException {
        try (JsonClient back = node.client("alice").recover(former.connectionId(), former.reconnectionToken())) {
            assertEquals(REFUSED, back.awaitClose());
        }
    }

    private void permission(String method, JsonClient client, String group) {
        String path = "/api/hubs/chat/permissions/sendToGroup/connections/" + client.connectionId();
        assertTrue(node.call(method, path + "?targetName=" + group).status() < 300);
    }

    private static void publish(JsonClient publisher, int first, int last) throws IOException {
        for (int number = first; number <= last; number++) {
            publisher.publish("g", String.valueOf(number));
        }
    }

    /** The messages of {@link #publish} for these numbers, as a member receives them. */
    private static List<String> numbered(int first, int last) {
        List<String> all = new ArrayList<>();
        for (int number = first; number <= last; number++) {
            all.add(number + " is " + number);
        }
        return all;
    }

    private static List<String> messages(JsonClient client, int count) throws IOException {
        List<String> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            JsonObject message = client.message();
            all.add(message.getLong("sequenceId") + " is " + message.getString("data"));
        }
        return all;
    }

    private static String error(JsonObject ack) {
        return ack.getJsonObject("error").getString("name");
    }

    private static String closes(String reason) {
        return "fanfare_closes_total{reason=\"" + reason + "\",subprotocol=\"" + TestClient.RELIABLE + "\"}";
    }
}
