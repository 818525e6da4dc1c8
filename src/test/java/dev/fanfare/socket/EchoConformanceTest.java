package dev.fanfare.socket;

import dev.fanfare.core.protocol.Encoded;
import dev.fanfare.testkit.ConformanceCase;
import dev.fanfare.testkit.RawWebSocketClient;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;

/**
 * RFC 6455 against a socket that echoes at once. {@code dev.fanfare.ConformanceTest} runs the same against the whole
 * broker; this one also shows the order of an echo and a close frame after it, and isolates failures to this package.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class EchoConformanceTest {

    private static final SocketOptions OPTIONS = SocketOptions.server(new SocketOptions.MessageLimits(
                    ConformanceCase.LIMIT, ConformanceCase.LIMIT, ConformanceCase.FRAGMENTS))
            .buffering(new SocketOptions.WaterMarks(1_048_576, 65_536));

    private final Vertx vertx = Vertx.vertx();
    private int port;

    /** Echoes byte for byte. */
    private record Echo(Socket socket) implements Socket.Listener {
        @Override
        public void message(boolean text, byte[] payload) {
            socket.send(new Encoded(text, payload));
        }

        @Override
        public void writable() {}

        @Override
        public void ending(SocketEnd socketEnd) {}

        @Override
        public void closed(SocketEnd socketEnd) {}
    }

    @BeforeAll
    void listen() throws Exception {
        HttpServer server = vertx.createHttpServer(
                        new HttpServerOptions().setPort(0).setHttp2ClearTextEnabled(false))
                .requestHandler(EchoConformanceTest::upgrade)
                .listen()
                .await(60, TimeUnit.SECONDS);
        port = server.actualPort();
    }

    @AfterAll
    void close() throws Exception {
        vertx.close().await(60, TimeUnit.SECONDS);
    }

    private static void upgrade(HttpServerRequest request) {
        UpgradeRequest.Valid valid = (UpgradeRequest.Valid) UpgradeRequest.of(request);
        Upgrade.hold(request, valid).accept(null, OPTIONS, new FaultReporter(fault -> {}), Echo::new);
    }

    @TestFactory
    Stream<DynamicTest> everyCaseOfTheProtocol() throws IOException {
        return ConformanceCase.all().stream()
                .filter(one -> !one.number().startsWith("9."))
                .map(one -> DynamicTest.dynamicTest(one.toString(), () -> run(one)));
    }

    private void run(ConformanceCase one) throws IOException {
        try (RawWebSocketClient client = RawWebSocketClient.open(port, null, "/")) {
            one.run(client, null);
        }
    }
}
