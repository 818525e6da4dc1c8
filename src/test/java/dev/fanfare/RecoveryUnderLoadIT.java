package dev.fanfare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.testkit.AnyNode;
import dev.fanfare.testkit.JsonClient;
import dev.fanfare.testkit.RawFrame;
import dev.fanfare.testkit.RawWebSocketClient;
import dev.fanfare.testkit.TestNode;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Reliable clients lose their sockets repeatedly, in every way, while publishers on all event loops continue. */
class RecoveryUnderLoadIT {

    private static final int RECEIVERS = 4;
    private static final int MESSAGES = 800;
    private static final int MESSAGES_BETWEEN_CUTS = 120;
    private static final String LAST = "last";

    private final long seed = Long.getLong("seed", System.nanoTime());
    private final ExecutorService threads = Executors.newCachedThreadPool();

    @AfterEach
    void endThreads() {
        threads.shutdownNow();
    }

    @Test
    void nothingIsLostNothingComesTwiceAndEverythingInOrder() throws Exception {
        System.out.println("RecoveryUnderLoadIT seed=" + seed);
        try (TestNode node = TestNode.start("LIMITS_UNACKNOWLEDGED_MESSAGES_PER_SESSION=100000")) {
            List<JsonClient> clients = new ArrayList<>();
            for (int i = 0; i < RECEIVERS; i++) {
                clients.add(node.client("r" + i).in("left", "right").reliable());
            }
            List<Callable<Void>> publishers = List.of(
                    () -> publish(node, "json", "left"),
                    () -> publish(node, "too", "right"),
                    () -> publishRaw(node, "left"),
                    () -> publishOverTheApi(node));
            List<Future<Receiver>> receivers = new ArrayList<>();
            for (JsonClient client : clients) {
                Receiver receiver = new Receiver(node, client, seed + receivers.size(), publishers.size());
                receivers.add(threads.submit(receiver::receiveAll));
            }
            List<Future<Void>> publishing =
                    publishers.stream().map(threads::submit).toList();

            int cuts = 0;
            for (Future<Receiver> receiver : receivers) {
                cuts += result(receiver).cuts;
            }
            for (Future<Void> publisher : publishing) {
                result(publisher);
            }
            assertTrue(cuts > RECEIVERS * 10, "cuts: " + cuts);
            assertEquals(0, node.metric("fanfare_bugs_total"));
            assertEquals(
                    RECEIVERS, node.metric("fanfare_connections{subprotocol=\"json.reliable.webpubsub.azure.v1\"}"));
        }
    }

    private <T> T result(Future<T> future) throws Exception {
        try {
            return future.get(120, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new AssertionError("seed=" + seed, e);
        }
    }

    private static Void publish(TestNode node, String name, String group) throws IOException {
        try (JsonClient publisher = node.client(name).may("sendToGroup").json()) {
            for (int i = 1; i <= MESSAGES; i++) {
                publisher.publish(group, name + " " + i);
            }
            publisher.publish(group, name + " " + LAST);
        }
        return null;
    }

    private static Void publishRaw(TestNode node, String group) throws IOException {
        try (RawWebSocketClient publisher =
                node.client("raw").may("sendToGroup").publisher(group, false)) {
            for (int i = 1; i <= MESSAGES; i++) {
                publisher.send(RawFrame.text("raw " + i));
                if (i % 50 == 0) {
                    publisher.send(RawFrame.of(RawFrame.PING, new byte[0]));
                    assertEquals(RawFrame.PONG, publisher.readFrame().opcode());
                }
            }
            publisher.send(RawFrame.text("raw " + LAST));
            publisher.send(RawFrame.close(1000, ""));
            publisher.readClose();
        }
        return null;
    }

    private static Void publishOverTheApi(TestNode node) {
        for (int i = 1; i <= MESSAGES / 10; i++) {
            send(node, i % 2 == 0 ? "groups/left" : "groups/right", "api " + i);
        }
        send(node, "groups/left", "api " + LAST);
        return null;
    }

    private static void send(TestNode node, String target, String text) {
        AnyNode.Reply reply = node.call(
                "POST", "/api/hubs/chat/" + target + "/:send", "text/plain", text.getBytes(StandardCharsets.UTF_8));
        assertEquals(202, reply.status(), reply::body);
    }

    /** A client that is disconnected and recovers. */
    private static final class Receiver {

        private final TestNode node;
        private final Random random;
        private final int publishers;
        private final Map<String, Integer> lastOf = new HashMap<>();
        private final List<JsonClient> halfOpen = new ArrayList<>();
        private final String connectionId;
        private JsonClient client;
        private long lastSequence;
        private int ended;
        private int cuts;

        Receiver(TestNode node, JsonClient client, long seed, int publishers) {
            this.node = node;
            this.client = client;
            this.connectionId = client.connectionId();
            this.random = new Random(seed);
            this.publishers = publishers;
        }

        Receiver receiveAll() throws IOException {
            while (ended < publishers) {
                long cutAfter = lastSequence + random.nextInt(MESSAGES_BETWEEN_CUTS);
                while (lastSequence < cutAfter && ended < publishers) {
                    take(client.message());
                }
                if (random.nextInt(4) > 0) {
                    client.acknowledge(Math.max(0, lastSequence - random.nextInt(10)));
                }
                cut();
                client = client.recover(node);
                assertEquals(connectionId, client.connectionId());
            }
            for (JsonClient old : halfOpen) {
                old.close();
            }
            return this;
        }

        private void take(JsonObject message) {
            long sequence = message.getLong("sequenceId");
            if (sequence <= lastSequence) {
                return; // replayed because it was not acknowledged
            }
            assertEquals(lastSequence + 1, sequence, "a gap: " + message);
            lastSequence = sequence;
            String[] words = message.getString("data").split(" ");
            if (words[1].equals(LAST)) {
                ended++;
            } else {
                int number = Integer.parseInt(words[1]);
                assertEquals(lastOf.getOrDefault(words[0], 0) + 1, number, message::encode);
                lastOf.put(words[0], number);
            }
        }

        private void cut() throws IOException {
            cuts++;
            switch (random.nextInt(5)) {
                case 0 -> client.socket().reset();
                case 1 -> client.socket().disconnect();
                case 2 -> client.socket().send(RawFrame.close(1001, "going away"));
                case 3 -> client.socket().send(RawFrame.of(RawFrame.CLOSE, new byte[0]));
                default -> halfOpen.add(client);
            }
            assertFalse(client.connectionId().isEmpty());
        }
    }
}
