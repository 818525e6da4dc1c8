package dev.fanfare.hardening;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.testkit.RawFrame;
import dev.fanfare.testkit.RawWebSocketClient;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Floods: more connections, groups, messages and bytes than any client needs. */
@Tag("attack")
class FloodIT {

    private static final int SLOTS = 64;

    private static HardenedNode node;

    @BeforeAll
    static void start() throws Exception {
        node = HardenedNode.start(
                "GROUPS_SLOTS=" + SLOTS,
                "GROUPS_LINGER_SECONDS=1",
                "LIMITS_MESSAGES_PER_SECOND=0",
                "SESSIONS_RECOVERY_SECONDS=1");
    }

    @AfterEach
    void nobodyElseIsConcerned() {
        node.awaitCalm();
        node.bystander().assertUndisturbed();
    }

    @AfterAll
    static void stop() throws Exception {
        node.close();
    }

    @Test
    void joinsAndLeavesOfEverNewGroupsLeaveNothingBehind() throws Exception {
        double groups = node.metric("fanfare_groups");
        try (RawWebSocketClient client = node.open(HardenedNode.JSON)) {
            int ackId = 0;
            for (int round = 0; round < 50; round++) {
                ByteArrayOutputStream burst = new ByteArrayOutputStream();
                for (int i = 0; i < 100; i++) {
                    String group = "\"group\":\"g" + round + "-" + i + "\",\"ackId\":";
                    burst.writeBytes(frame("{\"type\":\"joinGroup\"," + group + ackId++ + "}"));
                    burst.writeBytes(frame("{\"type\":\"leaveGroup\"," + group + ackId++ + "}"));
                }
                client.send(burst.toByteArray());
                for (int i = ackId - 200; i < ackId; i++) {
                    assertEquals("{\"type\":\"ack\",\"ackId\":" + i + ",\"success\":true}", client.readText());
                }
                // The addresses of the node itself, the hubs and the users are added to the slots.
                assertTrue(node.metric("fanfare_registered_addresses") < 2 * SLOTS + 10);
            }
            assertEquals(groups, node.metric("fanfare_groups"));
        }
    }

    private static byte[] frame(String text) {
        return RawFrame.text(text).masked();
    }

    @Test
    void whoSendsAndNeverReadsIsReadNoMore() throws Exception {
        ByteArrayOutputStream burst = new ByteArrayOutputStream();
        for (int i = 0; i < 1000; i++) {
            burst.writeBytes(frame("{\"type\":\"leaveGroup\",\"group\":\"g\",\"ackId\":" + (1_000_000 + i) + "}"));
        }
        assertStopsReading(burst.toByteArray());
    }

    @Test
    void whoRaisesEventsAndNeverReadsIsReadNoMore() throws Exception {
        ByteArrayOutputStream burst = new ByteArrayOutputStream();
        for (int i = 0; i < 1000; i++) {
            burst.writeBytes(
                    frame("{\"type\":\"event\",\"event\":\"e\",\"data\":1,\"ackId\":" + (1_000_000 + i) + "}"));
        }
        assertStopsReading(burst.toByteArray());
    }

    /** The sender blocks, since the node reads no more than fits into the buffers of the kernel. */
    private static void assertStopsReading(byte[] burst) throws Exception {
        HardenedNode.Counter received = node.counter("fanfare_received_bytes_total");
        double direct = node.metric("fanfare_direct_memory_bytes");
        try (RawWebSocketClient client = RawWebSocketClient.connect(node.port(), null, 4096)) {
            client.send(RawWebSocketClient.upgradeRequest(
                    HardenedNode.target(HardenedNode.HUB), "Sec-WebSocket-Protocol: " + HardenedNode.JSON));
            Thread sender = new Thread(() -> sendUntilReset(client, burst));
            sender.start();
            double[] before = {-1};
            await("nothing more is read")
                    .pollInterval(Duration.ofMillis(500))
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> {
                        double now = received.moved();
                        // The bystander's few bytes count as well.
                        boolean still = now - before[0] < 64 * 1024;
                        before[0] = now;
                        return still;
                    });
            node.bystander().assertUndisturbed();
            double grown = node.metric("fanfare_direct_memory_bytes") - direct;
            assertTrue(grown < 32 * 1024 * 1024, "direct memory grown by " + grown);
            client.reset();
            sender.join();
        }
    }

    @Test
    void manyWhoRaiseEventsDoNotDelayOthers() throws Exception {
        ByteArrayOutputStream burst = new ByteArrayOutputStream();
        for (int i = 0; i < 1000; i++) {
            burst.writeBytes(frame("{\"type\":\"event\",\"event\":\"e\",\"data\":1}"));
        }
        List<RawWebSocketClient> clients = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            clients.add(node.open(HardenedNode.JSON));
        }
        List<Thread> senders = clients.stream()
                .map(client -> new Thread(() -> sendUntilReset(client, burst.toByteArray())))
                .toList();
        senders.forEach(Thread::start);
        long begin = System.nanoTime();
        node.bystander().assertUndisturbed();
        double seconds = (System.nanoTime() - begin) / 1e9;
        for (RawWebSocketClient client : clients) {
            client.reset();
        }
        for (Thread sender : senders) {
            sender.join();
        }
        assertTrue(seconds < 30, "the bystander waited " + seconds + " s");
    }

    private static void sendUntilReset(RawWebSocketClient client, byte[] burst) {
        try {
            while (true) {
                client.send(burst);
            }
        } catch (IOException reset) {
            // What the test expects in the end.
        }
    }

    @Test
    void aStormOfTwoThousandHandshakesPasses() throws Exception {
        HardenedNode.Counter accepted = node.handshakes("accepted");
        List<Thread> threads = new ArrayList<>();
        List<RawWebSocketClient> clients = Collections.synchronizedList(new ArrayList<>());
        List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
        for (int t = 0; t < 8; t++) {
            Thread thread = new Thread(() -> {
                try {
                    for (int i = 0; i < 250; i++) {
                        clients.add(node.open(i % 2 == 0 ? HardenedNode.JSON : HardenedNode.RELIABLE));
                    }
                } catch (IOException | AssertionError e) {
                    failures.add(e);
                }
            });
            thread.start();
            threads.add(thread);
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertEquals(List.of(), failures);
        accepted.awaitMoved(2000);
        assertEquals(2000 + Bystander.CONNECTIONS, node.connections());
        for (RawWebSocketClient client : clients) {
            client.reset();
        }
    }

    @Test
    void recoveriesWithMadeUpIdsAreRefusedAndCostNothing() throws Exception {
        HardenedNode.Counter refused = node.handshakes("recovery_refused");
        long seed = System.nanoTime();
        Random random = new Random(seed);
        String real;
        try (RawWebSocketClient client = RawWebSocketClient.open(
                node.port(),
                null,
                HardenedNode.target(HardenedNode.HUB),
                "Sec-WebSocket-Protocol: " + HardenedNode.RELIABLE)) {
            real = client.readText().replaceFirst(".*\"connectionId\":\"([^\"]+)\".*", "$1");
            client.reset();
        }
        int attempts = 500;
        for (int i = 0; i < attempts; i++) {
            String id = switch (i % 5) {
                case 0 -> "";
                case 1 -> "x".repeat(5000);
                case 2 -> "%00%f0%9f%92%a9";
                case 3 -> real;
                default -> Long.toHexString(random.nextLong());
            };
            String token = i % 2 == 0 ? "&awps_reconnection_token=" + Long.toHexString(random.nextLong()) : "";
            try (RawWebSocketClient client = RawWebSocketClient.open(
                    node.port(),
                    null,
                    "/client/hubs/attacked?awps_connection_id=" + id + token,
                    "Sec-WebSocket-Protocol: " + HardenedNode.RELIABLE)) {
                assertEquals(1008, client.readClose().closeCode(), "seed=" + seed);
            }
        }
        refused.awaitMoved(attempts);
    }
}
