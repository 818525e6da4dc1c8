package dev.fanfare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.auth.TokenMinter;
import dev.fanfare.config.Config;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** What a warm-up never does: fail a start, delay it beyond its bound, or serve strangers. */
final class WarmUpTest {

    private static final Duration PATIENCE = Duration.ofSeconds(90);

    @Test
    void aFailureOnlyEndsIt() throws Exception {
        Vertx vertx = Vertx.vertx();
        try {
            Future<Void> over = new WarmUp(
                            vertx, new Config.Start(60, 100), 1, config -> Future.failedFuture("no such address"))
                    .run();

            over.await(30, TimeUnit.SECONDS);
        } finally {
            vertx.close().await(30, TimeUnit.SECONDS);
        }
    }

    @Test
    void aNodeThatNeverStartsIsNotAwaited() throws Exception {
        Vertx vertx = Vertx.vertx();
        try {
            Promise<Node> never = Promise.promise();
            Future<Void> over = new WarmUp(vertx, new Config.Start(1, 100), 1, config -> never.future()).run();

            over.await(30, TimeUnit.SECONDS);
        } finally {
            vertx.close().await(30, TimeUnit.SECONDS);
        }
    }

    @Test
    void noStrangerMayUseItsListener() throws Exception {
        Vertx vertx = Vertx.vertx();
        AtomicReference<Node> spare = new AtomicReference<>();
        AtomicReference<String> key = new AtomicReference<>("");
        WarmUp warmUp = new WarmUp(vertx, new Config.Start(60, 1_000_000), 1, config -> {
            key.set(config.auth().accessKeys().get(0));
            assertEquals(
                    InetAddress.getLoopbackAddress().getHostAddress(),
                    config.server().host());
            return Node.startSpare(config).onSuccess(spare::set);
        });
        try {
            Future<Void> over = warmUp.run();
            Awaitility.await().atMost(PATIENCE).until(() -> spare.get() != null);
            int port = Objects.requireNonNull(spare.get()).port();

            assertTrue(statusLine(port, Objects.requireNonNull(key.get())).contains(" 101 "));
            assertTrue(statusLine(port, "another-key-of-more-than-32-bytes-in-length")
                    .contains(" 401 "));

            warmUp.stop();
            over.await(30, TimeUnit.SECONDS);
            Awaitility.await()
                    .atMost(PATIENCE)
                    .untilAsserted(() -> assertThrows(
                            ConnectException.class, () -> connect(port).close()));
        } finally {
            warmUp.stop();
            vertx.close().await(30, TimeUnit.SECONDS);
        }
    }

    private static String statusLine(int port, String key) throws IOException {
        String token = new TokenMinter(key, InstantSource.system())
                .clientToken("http://localhost", "any", "stranger", List.of(), List.of(), Duration.ofHours(1));
        try (Socket socket = connect(port)) {
            socket.getOutputStream()
                    .write(("GET /client/hubs/any?access_token=" + token + " HTTP/1.1\r\nHost: localhost\r\n"
                                    + "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                                    + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readNBytes(16), StandardCharsets.US_ASCII);
        }
    }

    private static Socket connect(int port) throws IOException {
        return new Socket(InetAddress.getLoopbackAddress(), port);
    }
}
