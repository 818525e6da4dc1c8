package dev.fanfare.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import dev.fanfare.core.protocol.Encoded;
import dev.fanfare.testkit.RawWebSocketClient;
import dev.fanfare.testkit.TestCertificate;
import io.netty.channel.Channel;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.impl.HttpServerConnection;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** A real Vert.x server whose requests all become sockets. */
final class SocketServer implements AutoCloseable {

    /** What carries the connections. */
    enum Transport {
        TCP,
        NATIVE_TCP,
        TLS
    }

    static final SocketOptions OPTIONS = new SocketOptions(262_144, 131_072, 64, 65_536, 16_384, 5_000, false);
    static final BiConsumer<Recorder, String> ECHO = (recorder, message) -> recorder.socket.send(text(message));
    static final BiConsumer<Recorder, String> NOTHING = (recorder, message) -> {};

    final AtomicInteger faults = new AtomicInteger();
    final BlockingQueue<Channel> channels = new LinkedBlockingQueue<>();

    private final Vertx vertx;
    private final BlockingQueue<Recorder> recorders = new LinkedBlockingQueue<>();
    private final Queue<Recorder> all = new ConcurrentLinkedQueue<>();
    private final Faults faultLog = new Faults(faults::incrementAndGet);
    private final SocketOptions options;
    private final BiConsumer<Recorder, String> onMessage;
    private final HttpServer server;
    private final @Nullable SSLContext clientTls;

    SocketServer(Transport transport, SocketOptions options, BiConsumer<Recorder, String> onMessage) throws Exception {
        this(transport, options, onMessage, http -> {}, (request, accept) -> accept.run());
    }

    /**
     * Starts a server.
     *
     * @param when calls its second argument to accept, on the event loop, now or later
     */
    SocketServer(
            Transport transport,
            SocketOptions options,
            BiConsumer<Recorder, String> onMessage,
            Consumer<HttpServerOptions> http,
            BiConsumer<HttpServerRequest, Runnable> when)
            throws Exception {
        this.vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(transport == Transport.NATIVE_TCP));
        this.options = options;
        this.onMessage = onMessage;
        HttpServerOptions httpOptions =
                new HttpServerOptions().setPort(0).setHost("localhost").setHttp2ClearTextEnabled(false);
        boolean tls = transport == Transport.TLS;
        clientTls = tls ? TestCertificate.get().clientContext() : null;
        if (tls) {
            httpOptions.setSsl(true).setKeyCertOptions(TestCertificate.get().serverOptions());
        }
        http.accept(httpOptions);
        server = vertx.createHttpServer(httpOptions)
                .requestHandler(request -> upgrade(request, when))
                .listen()
                .await(10, TimeUnit.SECONDS);
    }

    static Encoded text(String text) {
        return new Encoded(true, text.getBytes(StandardCharsets.UTF_8));
    }

    /** Connects and upgrades. */
    RawWebSocketClient open(String... headers) throws IOException {
        return RawWebSocketClient.open(server.actualPort(), clientTls, "/", headers);
    }

    /** Connects only. */
    RawWebSocketClient connect() throws IOException {
        return connect(0);
    }

    /** Connects only, with a receive buffer of so many bytes. */
    RawWebSocketClient connect(int receiveBuffer) throws IOException {
        return RawWebSocketClient.connect(server.actualPort(), clientTls, receiveBuffer);
    }

    /** The listener of the next socket, waiting for it. */
    Recorder accepted() throws InterruptedException {
        Recorder recorder = recorders.poll(10, TimeUnit.SECONDS);
        assertNotNull(recorder, "nothing accepted");
        return recorder;
    }

    private void upgrade(HttpServerRequest request, BiConsumer<HttpServerRequest, Runnable> when) {
        Context context = vertx.getOrCreateContext();
        channels.add(((HttpServerConnection) request.connection())
                .channelHandlerContext()
                .channel());
        if (UpgradeRequest.of(request) instanceof UpgradeRequest.Valid valid) {
            Upgrade upgrade = Upgrade.hold(request, valid);
            when.accept(
                    request,
                    () -> upgrade.accept(null, options, faultLog, socket -> {
                        if (request.path().equals("/faulty")) {
                            throw new IllegalStateException("thrown on purpose");
                        }
                        Recorder recorder = new Recorder(socket, context, onMessage);
                        recorders.add(recorder);
                        all.add(recorder);
                        return recorder;
                    }));
        } else {
            request.response().setStatusCode(400).end();
        }
    }

    /** Stops, and fails if a listener was called after the end of its socket. */
    @Override
    public void close() {
        vertx.close()
                .toCompletionStage()
                .toCompletableFuture()
                .orTimeout(10, TimeUnit.SECONDS)
                .join();
        assertEquals(0, all.stream().mapToInt(Recorder::lateCalls).sum(), "a listener was called after the end");
    }
}
