package dev.fanfare;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.core.CloseReason;
import dev.fanfare.testkit.JsonClient;
import dev.fanfare.testkit.TestCluster;
import dev.fanfare.testkit.TestNode;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Reliable clients that reconnect at another node. */
class ResumingIT {

    private static final String CONNECTION = "/api/hubs/chat/connections/";

    private TestCluster cluster;

    @BeforeEach
    void start() {
        cluster = TestCluster.start(3);
    }

    @AfterEach
    void stop() {
        cluster.close();
    }

    @Test
    void aSessionMovesWithItsGroupsItsMessagesAndItsPermissions() throws Exception {
        TestNode first = cluster.node(0);
        TestNode second = cluster.node(1);
        try (JsonClient alice = first.client("alice").mayAll().reliable();
                JsonClient bob = cluster.node(2).client("bob").mayAll().json()) {
            alice.join("g");
            assertEquals(
                    204,
                    first.call(
                                    "DELETE",
                                    "/api/hubs/chat/permissions/sendToGroup/connections/" + alice.connectionId()
                                            + "?targetName=forbidden")
                            .status());
            bob.publish("g", "1");
            assertEquals("1", alice.text());
            alice.socket().reset();
            bob.publish("g", "2");

            try (JsonClient back = alice.recover(second)) {
                assertEquals(alice.connectionId(), back.connectionId());
                assertEquals(List.of("1", "2"), texts(back, 2));
                bob.publish("g", "3");
                assertEquals(List.of("3"), texts(back, 1));
                JsonObject refused = back.ask("{'type':'sendToGroup','group':'forbidden','data':1,'ackId':77}");
                assertEquals("Forbidden", refused.getJsonObject("error").getString("name"));
                back.assertNothingCame();
            }
        }
    }

    @Test
    void aSessionThatMovedIsReachedByItsIdFromEveryNodeAndEndsForAll() throws Exception {
        try (JsonClient alice = cluster.node(0).client("alice").mayAll().reliable()) {
            alice.socket().reset();
            try (JsonClient back = alice.recover(cluster.node(1))) {
                for (TestNode node : cluster.nodes()) {
                    assertEquals(
                            200,
                            node.call("HEAD", CONNECTION + alice.connectionId()).status());
                    send(node, alice.connectionId(), "to you");
                    assertEquals("to you", back.text());
                }
                back.socket().reset();
                try (JsonClient again = back.recover(cluster.node(2))) {
                    assertEquals(List.of("to you", "to you", "to you"), texts(again, 3));
                    for (TestNode node : cluster.nodes()) {
                        send(node, alice.connectionId(), "still you");
                        assertEquals("still you", again.await(this::isMessage).getString("data"));
                    }
                    assertEquals(1, cluster.node(2).metric("fanfare_session_moves_total{direction=\"in\"}"));
                    assertEquals(
                            204,
                            cluster.node(1)
                                    .call("DELETE", CONNECTION + alice.connectionId())
                                    .status());
                    again.awaitClose();
                }
            }
            for (TestNode node : cluster.nodes()) {
                assertEquals(
                        404,
                        node.call("HEAD", CONNECTION + alice.connectionId()).status());
                await().until(() ->
                        node.metric("fanfare_connections{subprotocol=\"json.reliable.webpubsub.azure.v1\"}") == 0);
            }
        }
    }

    @Test
    void aClientWhoseNodeIsGoneIsToldAtOnce() throws Exception {
        try (JsonClient alice = cluster.node(0).client("alice").mayAll().reliable()) {
            String id = alice.connectionId();
            String token = alice.reconnectionToken();
            cluster.node(0).close();
            assertEquals(
                    JsonClient.closing(CloseReason.RECOVERY_REFUSED),
                    cluster.node(1).client("alice").recover(id, token).awaitClose());
        }
    }

    @Test
    void sessionsGoOnWhenTheirNodesStopOneAfterTheOther() throws Exception {
        try (JsonClient alice = cluster.node(0).client("alice").mayAll().in("g").reliable();
                JsonClient bob = cluster.node(2).client("bob").mayAll().json()) {
            CompletableFuture<Void> stopping =
                    CompletableFuture.runAsync(() -> cluster.node(0).close());
            assertTrue(alice.awaitClose().startsWith("1001"), "the node says that it goes");
            bob.publish("g", "1");
            try (JsonClient back = alice.recover(cluster.node(1))) {
                assertEquals(List.of("1"), texts(back, 1));
                stopping.get(60, TimeUnit.SECONDS);
                send(cluster.node(2), alice.connectionId(), "2");
                assertEquals(List.of("2"), texts(back, 1));
                stopping = CompletableFuture.runAsync(() -> cluster.node(1).close());
                assertTrue(back.awaitClose().startsWith("1001"));
                bob.publish("g", "3");
                back.acknowledge(0);
                try (JsonClient again = back.recover(cluster.node(2))) {
                    assertEquals(List.of("1", "2", "3"), texts(again, 3));
                    stopping.get(60, TimeUnit.SECONDS);
                    send(cluster.node(2), alice.connectionId(), "4");
                    assertEquals(List.of("4"), texts(again, 1));
                }
            }
        }
    }

    /** Publishers on every node, and a client that keeps reconnecting elsewhere. */
    @Test
    void nothingIsLostOrDoubledOrOutOfOrderHoweverOftenASessionMoves() throws Exception {
        AtomicBoolean go = new AtomicBoolean(true);
        List<AtomicInteger> published = List.of(new AtomicInteger(), new AtomicInteger(), new AtomicInteger());
        List<CompletableFuture<Void>> publishing = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            int number = i;
            publishing.add(CompletableFuture.runAsync(() -> publish(number, go, published.get(number))));
        }
        int[] seen = new int[3];
        JsonClient client = cluster.node(0).client("alice").mayAll().in("g").reliable();
        try {
            for (int move = 0; move < 40; move++) {
                account(client, seen, 30);
                client.socket().reset();
                client = client.recover(cluster.node(ThreadLocalRandom.current().nextInt(3)));
            }
            go.set(false);
            underway.release(3);
            for (CompletableFuture<Void> done : publishing) {
                done.get(60, TimeUnit.SECONDS);
            }
            while (seen[0] < published.get(0).get()
                    || seen[1] < published.get(1).get()
                    || seen[2] < published.get(2).get()) {
                account(client, seen, 1);
            }
            client.assertNothingCame();
        } finally {
            go.set(false);
            client.close();
        }
    }

    private long sequence;

    /** Fewer than the limit of unacknowledged messages. */
    private final Semaphore underway = new Semaphore(300);

    /** Reads messages, in order for each publisher; repetitions must be part of a replay. */
    private void account(JsonClient client, int[] seen, int count) throws IOException {
        for (int left = count; left > 0; ) {
            JsonObject message = client.await(this::isMessage);
            if (message.getLong("sequenceId") <= sequence) {
                continue;
            }
            assertEquals(sequence + 1, message.getLong("sequenceId"));
            sequence = message.getLong("sequenceId");
            String[] parts = message.getString("data").split(":");
            int publisher = Integer.parseInt(parts[0]);
            int number = Integer.parseInt(parts[1]);
            if (seen[publisher] > 0) {
                assertEquals(seen[publisher] + 1, number, "publisher " + publisher);
            }
            seen[publisher] = number;
            underway.release();
            left--;
            if (sequence % 10 == 0) {
                client.acknowledge(sequence);
            }
        }
    }

    private void publish(int number, AtomicBoolean go, AtomicInteger published) {
        try (JsonClient publisher = cluster.node(number).client("p").mayAll().json()) {
            while (go.get()) {
                underway.acquire();
                publisher.publish("g", number + ":" + published.incrementAndGet());
            }
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private boolean isMessage(JsonObject frame) {
        return "message".equals(frame.getString("type"));
    }

    private List<String> texts(JsonClient client, int count) throws IOException {
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            texts.add(client.await(this::isMessage).getString("data"));
        }
        return texts;
    }

    private static void send(TestNode node, String connectionId, String text) {
        int status = node.call(
                        "POST",
                        CONNECTION + connectionId + "/:send",
                        "text/plain",
                        text.getBytes(StandardCharsets.UTF_8))
                .status();
        assertEquals(202, status);
    }
}
