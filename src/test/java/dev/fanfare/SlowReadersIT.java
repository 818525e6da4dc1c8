package dev.fanfare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.testkit.JsonClient;
import dev.fanfare.testkit.TestNode;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A client that does not read costs bounded memory, and does not affect others. */
@Tag("attack")
class SlowReadersIT {

    /** More than the kernel buffers for a socket, and less than the limit of a session. */
    private static final int MESSAGES = 200;

    /** How many messages clients that read may be behind. */
    private static final int WINDOW = 8;

    private static final String BODY = "x".repeat(64 * 1024);

    private TestNode node;

    @BeforeEach
    void start() {
        node = TestNode.start("LIMITS_OUTBOUND_BYTES_PER_CONNECTION=1048576");
    }

    @AfterEach
    void stop() {
        node.close();
    }

    @Test
    void aSlowPlainClientIsClosedWhileOthersReceiveEverything() throws Exception {
        try (JsonClient slow = node.client("slow").in("g").slow().json()) {
            publishWhileOthersRead();
            Awaitility.await().until(() -> node.metric(closes("slow_consumer", "json.webpubsub.azure.v1")) == 1);
            assertEquals(1, node.metric("fanfare_limits_reached_total{limit=\"outbound_bytes\"}"));
            assertTrue(node.metric("fanfare_drops_total{reason=\"slow_consumer\"}") > 0);
            Awaitility.await().until(() -> node.metric("fanfare_outbound_queued_bytes") == 0);
            slow.socket().drain();
        }
        Awaitility.await().until(() -> node.metric("fanfare_in_flight_bytes") == 0);
    }

    @Test
    void aSlowReliableClientIsSentAwayAndComesBackForTheRest() throws Exception {
        JsonClient slow = node.client("slow").in("g").slow().reliable();
        publishWhileOthersRead();
        Awaitility.await()
                .until(() -> node.metric("fanfare_detached_total{reason=\"slow_consumer_recoverable\"}") == 1);
        try {
            String close = slow.awaitClose();
            assertTrue(close.startsWith("1013 "), close);
        } catch (IOException cut) {
            // Reading took longer than the node waits for an answer to its close frame.
        }
        slow = slow.recover(node);
        for (int i = 1; i <= MESSAGES; i++) {
            JsonObject message = slow.message();
            assertEquals(i, message.getInteger("sequenceId"));
            assertEquals(BODY.length(), message.getString("data").length());
        }
        slow.acknowledge(MESSAGES);
        slow.assertNothingCame();
        slow.leave();
        assertEquals(0, node.metric("fanfare_drops_total{reason=\"session_ended\"}"));
    }

    private void publishWhileOthersRead() throws Exception {
        Semaphore room = new Semaphore(3 * WINDOW);
        List<CompletableFuture<Void>> readers = new ArrayList<>();
        List<JsonClient> others = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            JsonClient other = node.client("o" + i).in("g").json();
            others.add(other);
            readers.add(CompletableFuture.runAsync(() -> readAll(other, room)));
        }
        try (JsonClient publisher = node.client("p").may("sendToGroup").json()) {
            for (int i = 0; i < MESSAGES; i++) {
                assertTrue(room.tryAcquire(3, 60, TimeUnit.SECONDS), "nobody reads");
                publisher.publish("g", BODY);
            }
            for (CompletableFuture<Void> reader : readers) {
                reader.get(60, TimeUnit.SECONDS);
            }
        } finally {
            for (JsonClient other : others) {
                other.close();
            }
        }
    }

    private static void readAll(JsonClient client, Semaphore room) {
        try {
            for (int i = 0; i < MESSAGES; i++) {
                client.message();
                room.release();
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static String closes(String reason, String subprotocol) {
        return "fanfare_closes_total{reason=\"" + reason + "\",subprotocol=\"" + subprotocol + "\"}";
    }
}
