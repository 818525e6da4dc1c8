package dev.fanfare;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.testkit.DeflatedFrame;
import dev.fanfare.testkit.JsonClient;
import dev.fanfare.testkit.Patience;
import dev.fanfare.testkit.RawFrame;
import dev.fanfare.testkit.RawWebSocketClient;
import dev.fanfare.testkit.TestClient;
import dev.fanfare.testkit.TestNode;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Compression as clients see it: who gets what, how often it is deflated, and slow and lost sockets. */
class CompressedDeliveryTest {

    private static final int THRESHOLD = 400;
    private static final String LONG = "All work and no play makes Jack a dull boy. ".repeat(20);
    private static final String SHORT = "All work and no play makes Jack a dull boy.";
    private static final String DEFLATED = "fanfare_deflate_messages_total";
    private static final String INFLATED = "fanfare_inflate_messages_total";

    private static TestNode node;
    private static int groups;

    private final String group = "group" + ++groups;

    @BeforeAll
    static void start() {
        node = TestNode.start(
                "LIMITS_OUTBOUND_BYTES_PER_CONNECTION=67108864",
                "LIMITS_UNACKNOWLEDGED_BYTES_PER_SESSION=67108864",
                "LIMITS_OUTBOUND_BYTES_PER_NODE=268435456",
                "HUBS={chat: {compression: {enabled: true, thresholdBytes: " + THRESHOLD + "}}}");
    }

    @AfterAll
    static void stop() {
        assertEquals(0, node.metric("fanfare_bugs_total"), "the node caught faults of its own");
        node.close();
    }

    @Test
    void everyMemberGetsEveryMessageAndEachIsDeflatedOncePerFormat() throws IOException {
        List<Member> members = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            members.add(new Member(TestClient.JSON, true));
            members.add(new Member(TestClient.RELIABLE, true));
            members.add(new Member(null, true));
        }
        for (int i = 0; i < 3; i++) {
            members.add(new Member(TestClient.JSON, false));
            members.add(new Member(TestClient.RELIABLE, false));
            members.add(new Member(null, false));
        }
        double before = node.metric(DEFLATED);
        double savedBefore = node.metric("fanfare_compression_saved_bytes_total");
        try (JsonClient publisher = node.client(null).mayAll().json()) {
            // Sequence ids of reliable members differ from now on.
            try (Member late = new Member(TestClient.RELIABLE, true)) {
                publisher.publish(group, LONG + 0);
                late.expect(LONG + 0, true);
            }
            members.add(new Member(TestClient.RELIABLE, true));
            publisher.publish(group, SHORT);
            publisher.publish(group, LONG + 1);
            publisher.publish(group, LONG + 2);
        }
        Member last = members.remove(members.size() - 1);
        for (Member member : members) {
            member.expect(LONG + 0, member.deflates);
        }
        members.add(last);
        for (Member member : members) {
            member.expect(SHORT, false);
            member.expect(LONG + 1, member.deflates);
            member.expect(LONG + 2, member.deflates);
            member.close();
        }
        assertEquals(3 * 3, node.metric(DEFLATED) - before, "three messages in three formats");
        double saved = node.metric("fanfare_compression_saved_bytes_total") - savedBefore;
        assertTrue(saved > 36.0 * 3 * LONG.length() / 2, () -> "saved " + saved);
    }

    @Test
    void whoDoesNotOfferItGetsNothingCompressedAndCostsNothing() throws IOException {
        double before = node.metric(DEFLATED);
        try (Member member = new Member(TestClient.JSON, false);
                JsonClient publisher = node.client(null).mayAll().json()) {
            publisher.publish(group, LONG);
            member.expect(LONG, false);
        }
        assertEquals(before, node.metric(DEFLATED));
    }

    @Test
    void clientsMayCompressWhatTheySay() throws IOException {
        double before = node.metric(INFLATED);
        try (Member publisher = new Member(TestClient.JSON, true);
                Member member = new Member(TestClient.JSON, false)) {
            publisher.socket.send(DeflatedFrame.text("{\"type\":\"sendToGroup\",\"group\":\"" + group
                    + "\",\"dataType\":\"text\",\"data\":\"" + LONG + "\"}"));
            member.expect(LONG, false);
            publisher.expect(LONG, true);
        }
        assertEquals(before + 1, node.metric(INFLATED));
    }

    @Test
    void binaryMessagesOfRawClientsAreCompressedToo() throws IOException {
        try (Member member = new Member(null, true)) {
            node.call("POST", "/api/hubs/chat/groups/" + group + "/:send", "application/octet-stream", new byte[5000]);

            RawFrame frame = member.socket.readFrame();

            assertEquals(RawFrame.BINARY, frame.opcode());
            assertEquals(5000, DeflatedFrame.inflate(frame).length());
        }
    }

    @Test
    void messagesToOneConnectionAreCompressedAndAnswersAreNot() throws IOException {
        try (Member member = new Member(TestClient.JSON, true)) {
            node.call(
                    "POST",
                    "/api/hubs/chat/connections/" + member.connectionId + "/:send",
                    "text/plain",
                    LONG.getBytes(StandardCharsets.UTF_8));
            member.expect(LONG, true);
            member.socket.send(
                    RawFrame.text("{\"type\":\"joinGroup\",\"group\":\"" + "x".repeat(2000) + "\",\"ackId\":1}"));
            assertEquals(0, member.socket.readFrame().rsv());
        }
    }

    @Test
    void otherHubsDoNotCompress() throws IOException {
        String target = node.client(null).hub("other").target();
        try (RawWebSocketClient client = RawWebSocketClient.connect(node.port(), null)) {
            client.send(RawWebSocketClient.upgradeRequest(target, DeflatedFrame.OFFER));
            String head = client.readHead();
            assertTrue(head.startsWith("HTTP/1.1 101 ") && !head.contains("Extensions"), head);
        }
    }

    @Test
    void itIsOffByDefault() throws IOException {
        try (TestNode plain = TestNode.start();
                RawWebSocketClient client = RawWebSocketClient.connect(plain.port(), null)) {
            client.send(RawWebSocketClient.upgradeRequest(plain.client(null).target(), DeflatedFrame.OFFER));
            String head = client.readHead();
            assertTrue(head.startsWith("HTTP/1.1 101 ") && !head.contains("Extensions"), head);
        }
    }

    @Test
    void aSessionIsRecoveredWithAndWithoutCompression() throws IOException {
        try (JsonClient publisher = node.client(null).mayAll().json()) {
            Member lost = new Member(TestClient.RELIABLE, true);
            publisher.publish(group, LONG + 1);
            lost.expect(LONG + 1, true);
            lost.lose();
            publisher.publish(group, LONG + 2);
            publisher.publish(group, SHORT);

            for (boolean deflates : new boolean[] {true, false, true}) {
                try (Member found = lost.recover(deflates)) {
                    found.expect(LONG + 1, 1, false);
                    found.expect(LONG + 2, 2, false);
                    found.expect(SHORT, 3, false);
                    found.lose();
                }
            }
            try (Member found = lost.recover(true)) {
                found.expect(LONG + 1, 1, false);
                found.expect(LONG + 2, 2, false);
                found.expect(SHORT, 3, false);
                publisher.publish(group, LONG + 4);
                found.expect(LONG + 4, 4, true);
            }
        }
    }

    @Test
    void slowReadersGetWhatFlowedCompressedAndWhatWaitedAsItIs() throws IOException {
        byte[] octets = new byte[32_768];
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            new Random(i).nextBytes(octets);
            texts.add(HexFormat.of().formatHex(octets));
        }
        try (Member plain = new Member(TestClient.JSON, true, 4096);
                Member reliable = new Member(TestClient.RELIABLE, true, 4096);
                JsonClient publisher = node.client(null).mayAll().json()) {
            for (String text : texts) {
                publisher.publish(group, text);
            }
            await().atMost(Patience.LIMIT).until(() -> node.metric("fanfare_outbound_queued_bytes") > 0);
            assertEquals(Set.of(true, false), inSomeForm(plain, texts));
            assertEquals(Set.of(true, false), inSomeForm(reliable, texts));
        }
    }

    /** Reads these messages; returns which of both forms occurred. */
    private static Set<Boolean> inSomeForm(Member member, List<String> texts) throws IOException {
        Set<Boolean> compressed = new TreeSet<>();
        for (String text : texts) {
            RawFrame frame = member.socket.readFrame();
            compressed.add(frame.rsv() != 0);
            member.check(frame, text, ++member.sequenceId);
        }
        return compressed;
    }

    /** A client in the test's group, with compression as negotiated. */
    private final class Member implements AutoCloseable {

        private final @Nullable String subprotocol;
        private final boolean deflates;
        private final RawWebSocketClient socket;
        private final String target;
        private String connectionId = "";
        private String token = "";
        private long sequenceId;
        private boolean lost;

        Member(@Nullable String subprotocol, boolean deflates) throws IOException {
            this(subprotocol, deflates, 0);
        }

        Member(@Nullable String subprotocol, boolean deflates, int receiveBuffer) throws IOException {
            this(node.client("alice").mayAll().in(group).target(), subprotocol, deflates, receiveBuffer);
        }

        private Member(String target, @Nullable String subprotocol, boolean deflates, int receiveBuffer)
                throws IOException {
            this.target = target;
            this.subprotocol = subprotocol;
            this.deflates = deflates;
            List<String> headers = new ArrayList<>();
            if (subprotocol != null) {
                headers.add("Sec-WebSocket-Protocol: " + subprotocol);
            }
            if (deflates) {
                headers.add(DeflatedFrame.OFFER);
            }
            socket = RawWebSocketClient.connect(node.port(), null, receiveBuffer);
            socket.send(RawWebSocketClient.upgradeRequest(target, headers.toArray(String[]::new)));
            String head = socket.readHead();
            assertEquals(deflates, head.contains("permessage-deflate"), head);
            if (subprotocol != null) {
                JsonObject connected = new JsonObject(socket.readText());
                connectionId = connected.getString("connectionId");
                token = connected.getString("reconnectionToken", "");
            }
        }

        Member recover(boolean deflating) throws IOException {
            String recovery = target + "&awps_connection_id=" + connectionId + "&awps_reconnection_token=" + token;
            return new Member(recovery, subprotocol, deflating, 0);
        }

        /** Reads the next message, which must be this one, compressed or not. */
        void expect(String text, boolean compressed) throws IOException {
            expect(text, ++sequenceId, compressed);
        }

        void expect(String text, long sequence, boolean compressed) throws IOException {
            RawFrame frame = socket.readFrame();
            assertEquals(compressed, frame.rsv() == DeflatedFrame.RSV1, frame::toString);
            check(frame, text, sequence);
        }

        void check(RawFrame frame, String text, long sequence) {
            assertFalse(frame.rsv() != 0 && frame.payload().length > text.length());
            String message = frame.rsv() == 0 ? frame.payloadText() : DeflatedFrame.inflate(frame);
            if (subprotocol == null) {
                assertEquals(text, message);
                return;
            }
            JsonObject json = new JsonObject(message);
            assertEquals(text, json.getString("data"));
            assertEquals(subprotocol.equals(TestClient.RELIABLE) ? sequence : null, json.getLong("sequenceId"));
        }

        /** Loses its socket; the session waits for recovery. */
        void lose() throws IOException {
            lost = true;
            socket.reset();
            await().atMost(Patience.LIMIT).until(() -> node.metric("fanfare_sessions_detached") == 1);
        }

        /** Closes normally, so that no session is left to recover. */
        @Override
        public void close() throws IOException {
            if (!lost) {
                socket.send(RawFrame.close(1000, ""));
                socket.drain();
            }
            socket.close();
        }
    }
}
