package dev.fanfare.ops;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** One connection is served and one more may linger. */
class ConnectionCapTest {

    private static final Buffer MORE_THAN_THE_KERNEL_BUFFERS = Buffer.buffer(new byte[64 * 1024 * 1024]);

    private static final String EMPTY_ANSWER = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";

    private final Vertx vertx = Vertx.vertx();
    private final AtomicInteger largeAnswers = new AtomicInteger();
    private HttpServer server = vertx.createHttpServer(new HttpServerOptions().setHttp2ClearTextEnabled(false));

    @BeforeEach
    void listen() throws Exception {
        server = server.connectionHandler(new ConnectionCap(1, 1)::admit)
                .requestHandler(this::answer)
                .listen(0, "127.0.0.1")
                .await(60, TimeUnit.SECONDS);
    }

    @AfterEach
    void stop() throws Exception {
        vertx.close().await(60, TimeUnit.SECONDS);
    }

    private void answer(HttpServerRequest request) {
        if (request.path().equals("/large")) {
            request.response().end(MORE_THAN_THE_KERNEL_BUFFERS);
            largeAnswers.incrementAndGet();
        } else {
            request.response().end();
        }
    }

    private Socket connect() throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.actualPort());
        socket.setSoTimeout(60_000);
        return socket;
    }

    private static void ask(Socket socket, String path) throws IOException {
        String request = "GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n";
        socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
    }

    private static boolean isServed(Socket socket) {
        try {
            ask(socket, "/");
            byte[] answer = socket.getInputStream().readNBytes(EMPTY_ANSWER.length());
            return EMPTY_ANSWER.equals(new String(answer, StandardCharsets.US_ASCII));
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void theNewestIsServedAndTheOldestClosed() throws Exception {
        try (Socket first = connect()) {
            assertTrue(isServed(first));
            try (Socket second = connect()) {
                assertTrue(isServed(second));
                first.getInputStream().readAllBytes();
            }
        }
    }

    @Test
    void newcomersAreTurnedAwayWhileTheClosedLinger() throws Exception {
        try (Socket unread = connect()) {
            ask(unread, "/large");
            await().until(() -> largeAnswers.get() == 1);
            try (Socket second = connect()) {
                assertTrue(isServed(second));
                try (Socket third = connect()) {
                    assertEquals(-1, third.getInputStream().read());
                }
                assertTrue(isServed(second), "it was not turned away for the third");
            }
        }
        await().until(() -> {
            try (Socket later = connect()) {
                return isServed(later);
            }
        });
    }
}
