package dev.fanfare.hardening;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.testkit.RawFrame;
import dev.fanfare.testkit.RawWebSocketClient;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Limits, each configured small: a client that reaches one gets an error, is counted, and affects no other client. */
@Tag("attack")
class LimitsTest {

    private static final int PAYLOAD = 900;

    private static String send(String group, int number) {
        return "{\"type\":\"sendToGroup\",\"group\":\"" + group + "\",\"dataType\":\"text\",\"data\":\"" + number
                + "\"}";
    }

    private static String sendMuch(String group, int number) {
        return send(group, number).replace("\"data\":\"", "\"data\":\"" + "x".repeat(PAYLOAD));
    }

    private static void join(RawWebSocketClient client, String group) throws IOException {
        client.send(RawFrame.text("{\"type\":\"joinGroup\",\"group\":\"" + group + "\",\"ackId\":1}"));
        String ack = client.readText();
        assertEquals("{\"type\":\"ack\",\"ackId\":1,\"success\":true}", ack);
    }

    @Test
    void messagesAboveTheRateAreSlowedDownAndNoneIsLost() throws Exception {
        int rate = 200;
        int count = 600;
        try (HardenedNode node = HardenedNode.start("LIMITS_MESSAGES_PER_SECOND=" + rate);
                RawWebSocketClient receiver = node.open(HardenedNode.JSON);
                RawWebSocketClient sender = node.open(HardenedNode.JSON)) {
            HardenedNode.Counter limit = node.limit("message_rate");
            join(receiver, "g");
            long begin = System.nanoTime();
            for (int i = 0; i < count; i++) {
                sender.send(RawFrame.text(send("g", i)));
            }
            for (int i = 0; i < count; i++) {
                String text = receiver.readText();
                assertTrue(text.endsWith("\"data\":\"" + i + "\"}"), text);
            }
            double seconds = (System.nanoTime() - begin) / 1e9;
            double expected = (double) (count - rate) / rate; // the first second's worth is free
            assertTrue(seconds > expected * 0.9, "took " + seconds + " s");
            limit.awaitMoved(1);
            receiver.reset();
            sender.reset();
        }
    }

    @Test
    void groupsAboveTheLimitAreRefusedAndTheConnectionGoesOn() throws Exception {
        try (HardenedNode node = HardenedNode.start("LIMITS_GROUPS_PER_CONNECTION=3");
                RawWebSocketClient client = node.open(HardenedNode.JSON)) {
            HardenedNode.Counter limit = node.limit("groups_per_connection");
            for (String group : List.of("a", "b", "c")) {
                client.send(RawFrame.text("{\"type\":\"joinGroup\",\"group\":\"" + group + "\"}"));
            }
            client.send(RawFrame.text("{\"type\":\"joinGroup\",\"group\":\"a\",\"ackId\":4}"));
            assertEquals("{\"type\":\"ack\",\"ackId\":4,\"success\":true}", client.readText());
            client.send(RawFrame.text("{\"type\":\"joinGroup\",\"group\":\"d\",\"ackId\":5}"));
            String ack = client.readText();
            assertTrue(ack.contains("\"ackId\":5,\"success\":false,\"error\":{\"name\":\"BadRequest\""), ack);
            assertTrue(ack.contains("the connection is in 3 groups, which is the limit"), ack);
            client.send(RawFrame.text("{\"type\":\"leaveGroup\",\"group\":\"a\",\"ackId\":6}"));
            client.readText();
            client.send(RawFrame.text("{\"type\":\"joinGroup\",\"group\":\"d\",\"ackId\":7}"));
            assertEquals("{\"type\":\"ack\",\"ackId\":7,\"success\":true}", client.readText());
            limit.awaitMoved(1);
        }
    }

    @Test
    void groupsOfATokenAboveTheLimitAreRefused() throws Exception {
        try (HardenedNode node = HardenedNode.start("LIMITS_GROUPS_PER_CONNECTION=3")) {
            HardenedNode.Counter limit = node.limit("groups_per_connection");
            String token = Jwt.of(Jwt.client(HardenedNode.HUB).put("webpubsub.group", List.of("a", "b", "c", "d")));
            String answer =
                    node.exchange(RawWebSocketClient.upgradeRequest("/client/hubs/attacked?access_token=" + token));
            assertTrue(answer.startsWith("HTTP/1.1 400 "), answer);
            assertTrue(answer.endsWith("the token names 4 groups, and 3 are allowed\n"), answer);
            limit.awaitMoved(1);
        }
    }

    @Test
    void namesAboveTheirLengthAreRefused() throws Exception {
        try (HardenedNode node = HardenedNode.start("LIMITS_HUB_NAME_LENGTH=12", "LIMITS_USER_ID_LENGTH=8")) {
            HardenedNode.Counter limit = node.limit("names");
            String hub = node.exchange(RawWebSocketClient.upgradeRequest("/client/hubs/thirteenchars"));
            assertTrue(hub.contains("\r\n\r\nhub: has 13 characters; 1 to 12 are allowed"), hub);
            String token = Jwt.of(Jwt.client(HardenedNode.HUB).put("sub", "ninechars"));
            String user =
                    node.exchange(RawWebSocketClient.upgradeRequest("/client/hubs/attacked?access_token=" + token));
            assertTrue(user.contains(": userId: has 9 characters; 1 to 8 are allowed"), user);
            limit.awaitMoved(2);
        }
    }

    @Test
    void aSilentSocketIsPingedAndThenClosed() throws Exception {
        try (HardenedNode node = HardenedNode.start("KEEP_ALIVE_PING_SECONDS=1", "KEEP_ALIVE_SILENT_SECONDS=2");
                RawWebSocketClient silent = node.open(HardenedNode.JSON)) {
            HardenedNode.Counter closed = node.closes("silent", HardenedNode.JSON);
            HardenedNode.Counter limit = node.limit("silence");
            assertEquals(RawFrame.PING, silent.readFrame().opcode());
            RawFrame frame = silent.readFrame();
            while (frame.opcode() == RawFrame.PING) {
                frame = silent.readFrame();
            }
            assertEquals(
                    "{\"type\":\"system\",\"event\":\"disconnected\",\"message\":\"no answer to pings\"}",
                    frame.payloadText());
            assertEquals(1001, silent.readClose().closeCode());
            closed.awaitMoved(1);
            limit.awaitMoved(1);
        }
    }

    @Test
    void aReaderWhoIsTooSlowIsClosedAndTheOthersGetEverything() throws Exception {
        try (HardenedNode node = HardenedNode.start(
                        "LIMITS_MESSAGE_BYTES=2048",
                        "LIMITS_FRAME_BYTES=2048",
                        "LIMITS_REST_BODY_BYTES=2048",
                        "LIMITS_MESSAGES_PER_SECOND=0",
                        "LIMITS_OUTBOUND_BYTES_PER_CONNECTION=65536");
                RawWebSocketClient slow = slowReader(node, HardenedNode.JSON);
                RawWebSocketClient slowReliable = slowReader(node, HardenedNode.RELIABLE);
                RawWebSocketClient receiver = node.open(HardenedNode.JSON);
                RawWebSocketClient sender = node.open(HardenedNode.JSON)) {
            HardenedNode.Counter limit = node.limit("outbound_bytes");
            HardenedNode.Counter closed = node.closes("slow_consumer", HardenedNode.JSON);
            HardenedNode.Counter dropped = node.counter("fanfare_drops_total{reason=\"slow_consumer\"}");
            HardenedNode.Counter detached =
                    node.counter("fanfare_detached_total{reason=\"slow_consumer_recoverable\"}");
            join(receiver, "g");
            int count = 0;
            // The kernel buffers a few megabytes before the node notices.
            while (closed.moved() < 1 || detached.moved() < 1) {
                assertTrue(count < 30_000, "never closed");
                for (int i = 0; i < 50; i++) {
                    count = sendAndReceive(sender, receiver, count, 20);
                }
            }
            limit.awaitMoved(2);
            dropped.awaitMoved(1);
            sendAndReceive(sender, receiver, count, 20);
            slow.reset();
            slowReliable.reset();
        }
    }

    private static RawWebSocketClient slowReader(HardenedNode node, String subprotocol) throws IOException {
        RawWebSocketClient slow = RawWebSocketClient.connect(node.port(), null, 4096);
        slow.send(RawWebSocketClient.upgradeRequest(
                HardenedNode.target(HardenedNode.HUB), "Sec-WebSocket-Protocol: " + subprotocol));
        slow.readHead();
        slow.readText();
        join(slow, "g");
        return slow;
    }

    private static int sendAndReceive(RawWebSocketClient sender, RawWebSocketClient receiver, int from, int count)
            throws IOException {
        for (int i = from; i < from + count; i++) {
            sender.send(RawFrame.text(sendMuch("g", i)));
        }
        for (int i = from; i < from + count; i++) {
            String text = receiver.readText();
            assertTrue(text.endsWith("x" + i + "\"}"), text);
        }
        return from + count;
    }

    @Test
    void whoNeverAcknowledgesIsClosedAndCannotComeBack() throws Exception {
        try (HardenedNode node = HardenedNode.start(
                        "LIMITS_MESSAGE_BYTES=2048",
                        "LIMITS_FRAME_BYTES=2048",
                        "LIMITS_REST_BODY_BYTES=2048",
                        "LIMITS_UNACKNOWLEDGED_BYTES_PER_SESSION=32768");
                RawWebSocketClient mute = node.open(HardenedNode.RELIABLE);
                RawWebSocketClient sender = node.open(HardenedNode.JSON)) {
            HardenedNode.Counter limit = node.limit("unacknowledged");
            HardenedNode.Counter closed = node.closes("unacknowledged_overflow", HardenedNode.RELIABLE);
            join(mute, "g");
            sender.send(RawFrame.text(sendMuch("g", 0)));
            RawFrame frame = mute.readFrame();
            int received = 0;
            while (frame.payloadText().contains("\"sequenceId\"")) {
                received++;
                sender.send(RawFrame.text(sendMuch("g", received)));
                frame = mute.readFrame();
            }
            assertTrue(received > 20 && received < 40, "received " + received);
            assertTrue(frame.payloadText().contains("\"disconnected\""), frame.payloadText());
            assertEquals(1008, mute.readClose().closeCode());
            limit.awaitMoved(1);
            closed.awaitMoved(1);
            assertEquals(0, node.metric("fanfare_sessions_detached"));
        }
    }

    @Test
    void messagesWithoutABodyWaitForAcknowledgementInLimitedNumber() throws Exception {
        try (HardenedNode node = HardenedNode.start("LIMITS_UNACKNOWLEDGED_MESSAGES_PER_SESSION=10");
                RawWebSocketClient mute = node.open(HardenedNode.RELIABLE);
                RawWebSocketClient sender = node.open(HardenedNode.JSON)) {
            join(mute, "g");
            for (int i = 0; i < 10; i++) {
                sender.send(RawFrame.text(send("g", i)));
                String text = mute.readText();
                assertTrue(text.contains("\"data\":\"" + i + "\""), text);
            }
            sender.send(RawFrame.text(send("g", 10)));
            assertTrue(mute.readText().contains("\"disconnected\""));
            assertEquals(1008, mute.readClose().closeCode());
        }
    }

    /** Publishers of all kinds, much faster than thousands of deliveries for each message. */
    @Test
    void publishersWaitWhileTooMuchIsInFlightAndNothingIsLost() throws Exception {
        int members = 40;
        int count = 300;
        try (HardenedNode node = HardenedNode.start(
                "LIMITS_MESSAGE_BYTES=2048",
                "LIMITS_FRAME_BYTES=2048",
                "LIMITS_REST_BODY_BYTES=2048",
                "LIMITS_MESSAGES_PER_SECOND=0",
                "LIMITS_IN_FLIGHT_BYTES=8192")) {
            HardenedNode.Counter limit = node.limit("in_flight_bytes");
            List<RawWebSocketClient> receivers = new ArrayList<>();
            for (int i = 0; i < members; i++) {
                RawWebSocketClient receiver = node.open(HardenedNode.JSON);
                join(receiver, "g");
                receivers.add(receiver);
            }
            List<Thread> readers = new ArrayList<>();
            List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
            for (RawWebSocketClient receiver : receivers) {
                Thread reader = new Thread(() -> {
                    try {
                        for (int i = 0; i < count; i++) {
                            String text = receiver.readText();
                            assertTrue(text.endsWith("x" + i + "\"}"), text);
                        }
                    } catch (IOException | AssertionError e) {
                        failures.add(e);
                    }
                });
                reader.start();
                readers.add(reader);
            }
            double most = 0;
            try (RawWebSocketClient sender = node.open(HardenedNode.JSON)) {
                for (int i = 0; i < count; i++) {
                    sender.send(RawFrame.text(sendMuch("g", i)));
                    if (i % 100 == 0) {
                        most = Math.max(most, node.metric("fanfare_in_flight_bytes"));
                    }
                }
                for (Thread reader : readers) {
                    reader.join(60_000);
                }
                assertEquals(List.of(), failures);
                limit.awaitMoved(1);
                assertTrue(most < 3 * 8192, "in flight " + most);
                sender.send(RawFrame.text("{\"type\":\"ping\"}"));
                assertEquals("{\"type\":\"pong\"}", sender.readText());
            }
            for (RawWebSocketClient receiver : receivers) {
                receiver.reset();
            }
            // The bystander keeps publishing, so it is rarely 0.
            await().until(() -> node.metric("fanfare_in_flight_bytes") < 1024);
        }
    }
}
