package dev.fanfare;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fanfare.testkit.JsonClient;
import dev.fanfare.testkit.TestCluster;
import dev.fanfare.testkit.TestHandler;
import io.vertx.core.Future;
import io.vertx.core.http.HttpServerResponse;
import java.io.IOException;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Clients that reconnect at another node while their event is in flight. */
class EventsOfMovingClientsIT {

    private static final String EVENT = "{'type':'event','event':'e','data':1,'ackId':7}";
    private static final String ACK = "{\"type\":\"ack\",\"ackId\":7,\"success\":true}";

    private final Queue<HttpServerResponse> held = new ConcurrentLinkedQueue<>();

    @SuppressWarnings("NullAway.Init")
    private TestHandler handler;

    @SuppressWarnings("NullAway.Init")
    private TestCluster cluster;

    @BeforeEach
    void start() {
        handler = TestHandler.start();
        handler.on("e", (told, response) -> held.add(response));
        cluster = TestCluster.start(3, handler.everythingOf("chat"));
    }

    @AfterEach
    void stop() {
        cluster.close();
        handler.close();
    }

    @Test
    void theHandlerIsAskedOnceAndTheClientHearsOfItOnce() throws IOException {
        try (JsonClient first = cluster.node(0).client("alice").mayAll().reliable()) {
            first.send(EVENT);
            await().until(() -> held.size() == 1);
            first.socket().reset();
            try (JsonClient second = first.recover(cluster.node(1))) {
                second.send(EVENT);
                second.socket().reset();
                try (JsonClient third = second.recover(cluster.node(2))) {
                    third.send(EVENT);
                    third.assertNothingCame();
                    answer();
                    assertEquals("the answer", third.text());
                    assertEquals(ACK, third.next().encode());
                    assertEquals(
                            "Duplicate", third.next().getJsonObject("error").getString("name"));
                    handler.next("e");
                    assertEquals(0, handler.waiting("e"));
                    third.done("{'type':'event','event':'f','data':1}");
                    assertEquals("kept", handler.next("f").header("ce-connectionstate"));
                }
            }
        }
    }

    @Test
    void aNodeThatStopsPassesTheAnswersOnThatItWaitsFor() throws IOException {
        try (JsonClient first = cluster.node(0).client("alice").mayAll().reliable()) {
            first.send(EVENT);
            await().until(() -> held.size() == 1);
            Future<Void> stopping = cluster.node(0).stop();
            first.awaitClose();
            try (JsonClient second = first.recover(cluster.node(1))) {
                second.send(EVENT);
                second.assertNothingCame();
                answer();
                assertEquals("the answer", second.text());
                assertEquals(ACK, second.next().encode());
                assertEquals("Duplicate", second.next().getJsonObject("error").getString("name"));
            }
            await().until(stopping::isComplete);
        }
    }

    private void answer() {
        held.remove()
                .putHeader("Content-Type", "text/plain")
                .putHeader("ce-connectionState", "kept")
                .end("the answer");
    }
}
