package dev.fanfare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.fanfare.auth.TokenMinter;
import dev.fanfare.config.Config;
import dev.fanfare.config.ConfigLoader;
import dev.fanfare.logging.SamplingAppender;
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
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

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
    void aRefusedConnectionIsLoggedAlthoughItsThreadsAreQuiet() throws Exception {
        Config otherKey = ConfigLoader.load(
                null,
                Map.of(
                        "FANFARE_SERVER_HOST", InetAddress.getLoopbackAddress().getHostAddress(),
                        "FANFARE_SERVER_PORT", "0",
                        "FANFARE_SERVER_EVENT_LOOPS", "1",
                        "FANFARE_AUTH_ACCESS_KEYS", "another-key-of-more-than-32-bytes-in-length"));
        Logger logger = (Logger) LoggerFactory.getLogger(WarmUp.class);
        ListAppender<ILoggingEvent> written = new ListAppender<>();
        written.start();
        SamplingAppender sampling = new SamplingAppender();
        sampling.setContext(logger.getLoggerContext());
        sampling.setMaxFlushTime((int) PATIENCE.toMillis());
        sampling.addAppender(written);
        sampling.start();
        logger.addAppender(sampling);
        Vertx vertx = Vertx.vertx();
        try {
            new WarmUp(vertx, new Config.Start(60, 100), 1, config -> Node.startSpare(otherKey))
                    .run()
                    .await(30, TimeUnit.SECONDS);
        } finally {
            logger.detachAppender(sampling);
            sampling.stop(); // writes what waits
            vertx.close().await(30, TimeUnit.SECONDS);
        }
        String lines = written.list.toString();
        assertTrue(lines.contains("the warm-up ended early"), lines);
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
