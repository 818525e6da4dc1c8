package dev.fanfare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.core.CloseReason;
import dev.fanfare.testkit.JsonClient;
import dev.fanfare.testkit.RawFrame;
import dev.fanfare.testkit.TestClient;
import dev.fanfare.testkit.TestIssuer;
import dev.fanfare.testkit.TestNode;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** Connections end when the client is silent, and when its token has expired. */
class LivenessIT {

    @Test
    void whoAnswersPingsStaysAndWhoDoesNotIsClosed() throws Exception {
        try (TestNode node = TestNode.start("KEEP_ALIVE_PING_SECONDS=1", "KEEP_ALIVE_SILENT_SECONDS=3");
                JsonClient answering = node.client("a").in("g").json();
                JsonClient silent = node.client("s").json();
                JsonClient reliable = node.client("r").reliable()) {
            CompletableFuture<String> heard = CompletableFuture.supplyAsync(() -> {
                try {
                    return answering.text();
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            assertEquals(RawFrame.PING, silent.socket().readFrame().opcode());
            RawFrame frame = silent.socket().readFrame();
            while (frame.opcode() == RawFrame.PING) {
                frame = silent.socket().readFrame();
            }
            assertTrue(frame.payloadText().contains("\"disconnected\""), frame::payloadText);
            assertEquals(1001, silent.socket().readClose().closeCode());
            Awaitility.await().until(() -> node.metric("fanfare_limits_reached_total{limit=\"silence\"}") == 2);
            assertEquals(1, node.metric("fanfare_detached_total{reason=\"silent\"}"));
            try (JsonClient back = reliable.recover(node)) {
                back.assertNothingCame();
            }
            node.call("POST", "/api/hubs/chat/groups/g/:send", "text/plain", new byte[] {'x'});
            assertEquals("x", heard.get(60, TimeUnit.SECONDS));
        }
    }

    @Test
    void anOldConnectionIsClosedAndAReliableOneResumesItsSession() throws Exception {
        try (TestNode node = TestNode.start("SERVER_MAX_CONNECTION_AGE_SECONDS=1");
                JsonClient plain = node.client("p").json();
                JsonClient reliable = node.client("r").in("g").reliable()) {
            assertEquals(JsonClient.closing(CloseReason.MAX_AGE), plain.awaitClose());
            assertEquals(JsonClient.closing(CloseReason.MAX_AGE), reliable.awaitClose());
            node.call("POST", "/api/hubs/chat/groups/g/:send", "text/plain", new byte[] {'x'});
            try (JsonClient back = reliable.recover(node)) {
                assertEquals(reliable.connectionId(), back.connectionId());
                assertEquals("x", back.text());
                assertEquals(JsonClient.closing(CloseReason.MAX_AGE), back.awaitClose());
            }
            String closes = "fanfare_closes_total{reason=\"max_age\",subprotocol=\"json.webpubsub.azure.v1\"}";
            assertEquals(1, node.metric(closes));
            assertEquals(2, node.metric("fanfare_detached_total{reason=\"max_age\"}"));
        }
    }

    @Test
    void aConnectionEndsWithItsTokenUnlessANewOneOfTheSameUserComes() throws Exception {
        TestIssuer issuer = new TestIssuer();
        JsonObject settings = new JsonObject()
                .put("closeOnExpiry", true)
                .put("expiryGraceSeconds", 1)
                .put(
                        "keys",
                        new JsonArray()
                                .add(new JsonObject().put("jwk", issuer.jwk().encode())));
        try (TestNode node = TestNode.start(issuer.setting(settings), "AUTH_CLOCK_TOLERANCE_SECONDS=60")) {
            String brief = issuer.token("alice", Duration.ofSeconds(6), "webpubsub.sendToGroup.a");
            TestClient alice = node.client(null).with(brief);
            try (JsonClient forgetful = alice.json();
                    JsonClient reliable = alice.reliable();
                    JsonClient careful = alice.json()) {
                long start = System.nanoTime();
                assertFalse(refresh(careful, issuer.token("mallory", Duration.ofHours(1))));
                assertFalse(refresh(careful, "garbage"));
                assertFalse(refresh(careful, issuer.token("alice", Duration.ofSeconds(-5))), "its end is past");
                assertFalse(careful.ask("{'type':'sendToGroup','group':'b','data':1}")
                        .getBoolean("success"));
                assertTrue(refresh(careful, issuer.token("alice", Duration.ofHours(1), "webpubsub.sendToGroup.b")));
                careful.done("{'type':'sendToGroup','group':'b','data':1}");
                assertFalse(careful.ask("{'type':'sendToGroup','group':'a','data':1}")
                        .getBoolean("success"));

                assertEquals(JsonClient.closing(CloseReason.TOKEN_EXPIRED), forgetful.awaitClose());
                assertTrue(System.nanoTime() - start > TimeUnit.SECONDS.toNanos(2), "too early");
                assertEquals(JsonClient.closing(CloseReason.TOKEN_EXPIRED), reliable.awaitClose());
                careful.assertNothingCame();
                assertEquals(
                        JsonClient.closing(CloseReason.RECOVERY_REFUSED),
                        node.client(null)
                                .recover(reliable.connectionId(), reliable.reconnectionToken())
                                .awaitClose());
            }
        }
    }

    private static boolean refresh(JsonClient client, String token) throws IOException {
        return client.ask(new JsonObject()
                        .put("type", "refreshToken")
                        .put("token", token)
                        .encode())
                .getBoolean("success");
    }
}
