package dev.fanfare;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fanfare.testkit.JsonClient;
import dev.fanfare.testkit.RawWebSocketClient;
import dev.fanfare.testkit.TestClient;
import dev.fanfare.testkit.TestIssuer;
import dev.fanfare.testkit.TestNode;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** Messages published while a client becomes a member. */
class ArrivingTest {

    @Test
    void theFirstFrameSaysConnectedHoweverMuchIsPublishedMeanwhile() throws Exception {
        try (TestNode node = TestNode.start()) {
            AtomicBoolean go = new AtomicBoolean(true);
            CompletableFuture<Void> publishing = CompletableFuture.runAsync(() -> {
                try (JsonClient publisher = node.client("p").may("sendToGroup").json()) {
                    while (go.get()) {
                        publisher.publish("g", "noise");
                    }
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            for (int i = 0; i < 60; i++) {
                // The user's slot is new each time, so that a subscription has to be awaited.
                TestClient client = node.client("u" + i).in("g");
                (i % 2 == 0 ? client.json() : client.reliable()).close();
            }
            go.set(false);
            publishing.get(60, TimeUnit.SECONDS);
        }
    }

    @Test
    void whoIsConnectedGetsWhatIsPublishedFromThenOn() throws Exception {
        try (TestNode node = TestNode.start();
                JsonClient publisher = node.client("p").may("sendToGroup").json()) {
            for (int i = 0; i < 60; i++) {
                String group = "g" + i;
                try (RawWebSocketClient member = node.client("u" + i).in(group).raw()) {
                    publisher.publish(group, "hello");
                    assertEquals("hello", member.readText());
                }
            }
        }
    }

    @Test
    void whoGivesUpWhileTheTokenIsCheckedTakesNoPlace() throws Exception {
        TestIssuer issuer = new TestIssuer();
        try (SlowKeys keys = new SlowKeys(issuer);
                TestNode node = TestNode.start(
                        issuer.setting(new JsonObject().put("jwksUrl", keys.url())), "LIMITS_CONNECTIONS=1")) {
            keys.holdBack();
            for (int i = 0; i < 6; i++) {
                String target = node.client(null)
                        .with(issuer.token("alice" + i, Duration.ofMinutes(1)))
                        .target();
                try (RawWebSocketClient client = RawWebSocketClient.connect(node.port(), null)) {
                    client.send(RawWebSocketClient.upgradeRequest(target));
                    Awaitility.await().until(keys::asked);
                }
            }
            keys.answer();

            String token = issuer.token("bob", Duration.ofMinutes(1));
            try (JsonClient bob = node.client(null).with(token).json()) {
                bob.assertNothingCame();
                assertEquals(1, node.metric("fanfare_handshakes_total{outcome=\"accepted\"}"));
            }
            assertEquals(0, node.metric("fanfare_bugs_total"));
        }
    }

    /** Serves the key of an issuer: at first none, later when the test says so. */
    private static final class SlowKeys implements AutoCloseable {

        private final Vertx vertx = Vertx.vertx();
        private final HttpServer server;
        private final Promise<JsonArray> held = Promise.promise();
        private final JsonArray keys;
        private volatile boolean holding;
        private volatile boolean asked;

        SlowKeys(TestIssuer issuer) throws TimeoutException {
            keys = new JsonArray().add(issuer.jwk());
            server = vertx.createHttpServer()
                    .requestHandler(request -> {
                        asked = holding;
                        Future<JsonArray> answer = holding ? held.future() : Future.succeededFuture(new JsonArray());
                        answer.onSuccess(all -> request.response()
                                .end(new JsonObject().put("keys", all).encode()));
                    })
                    .listen(0, "127.0.0.1")
                    .await(60, TimeUnit.SECONDS);
        }

        String url() {
            return "http://127.0.0.1:" + server.actualPort() + "/";
        }

        void holdBack() {
            holding = true;
        }

        boolean asked() {
            return asked;
        }

        void answer() {
            held.complete(keys);
        }

        @Override
        public void close() throws TimeoutException {
            vertx.close().await(60, TimeUnit.SECONDS);
        }
    }
}
