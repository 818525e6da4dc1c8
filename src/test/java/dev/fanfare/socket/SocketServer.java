package dev.fanfare.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.fanfare.core.protocol.Encoded;
import dev.fanfare.testkit.RawWebSocketClient;
import dev.fanfare.testkit.RemoteServer;
import dev.fanfare.testkit.TestCertificate;
import io.netty.channel.Channel;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.impl.HttpServerConnection;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.internal.net.NetSocketInternal;
import io.vertx.core.net.ClientSSLOptions;
import io.vertx.core.net.ConnectOptions;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetSocket;
import io.vertx.core.net.PemTrustOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
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
        TLS,
        /** We are the client, and the test is the server. */
        DIALLED,
        DIALLED_TLS;

        boolean dialled() {
            return this == DIALLED || this == DIALLED_TLS;
        }
    }

    static final SocketOptions OPTIONS = SocketOptions.server(new SocketOptions.MessageLimits(262_144, 131_072, 64));
    static final BiConsumer<Recorder, String> ECHO = (recorder, message) -> recorder.socket.send(text(message));
    static final BiConsumer<Recorder, String> NOTHING = (recorder, message) -> {};

    final AtomicInteger faults = new AtomicInteger();
    final BlockingQueue<Channel> channels = new LinkedBlockingQueue<>();

    private final Vertx vertx;
    private final BlockingQueue<Recorder> recorders = new LinkedBlockingQueue<>();
    private final Queue<Recorder> all = new ConcurrentLinkedQueue<>();
    private final FaultReporter faultLog = new FaultReporter(fault -> faults.incrementAndGet());
    private final SocketOptions options;
    private final BiConsumer<Recorder, String> onMessage;
    private final HttpServer server;
    private final @Nullable SSLContext clientTls;
    private final @Nullable RemoteServer remote;

    /** Kept, since Vert.x closes clients that are not referenced. */
    private final NetClient netClient;

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
        this.netClient = vertx.createNetClient();
        this.options = options;
        this.onMessage = onMessage;
        HttpServerOptions httpOptions =
                new HttpServerOptions().setPort(0).setHost("localhost").setHttp2ClearTextEnabled(false);
        boolean tls = transport == Transport.TLS;
        remote = !transport.dialled()
                ? null
                : transport == Transport.DIALLED
                        ? RemoteServer.start()
                        : RemoteServer.start(TestCertificate.get(), false);
        clientTls = tls ? TestCertificate.get().clientContext() : null;
        if (tls) {
            httpOptions.setSsl(true).setKeyCertOptions(TestCertificate.get().serverOptions());
        }
        http.accept(httpOptions);
        server = vertx.createHttpServer(httpOptions)
                .requestHandler(request -> upgrade(request, when))
                .listen()
                .await(60, TimeUnit.SECONDS);
    }

    static Encoded text(String text) {
        return new Encoded(true, text.getBytes(StandardCharsets.UTF_8));
    }

    /** Connects and upgrades. */
    RawWebSocketClient open(String... headers) throws IOException {
        return remote == null ? RawWebSocketClient.open(server.actualPort(), clientTls, "/", headers) : dialled(remote);
    }

    /** Connects and upgrades, with a receive buffer of this many bytes. */
    RawWebSocketClient openSlowly(int receiveBuffer) throws IOException {
        if (remote != null) {
            return dialled(remote.receiving(receiveBuffer));
        }
        RawWebSocketClient client = connect(receiveBuffer);
        client.send(RawWebSocketClient.upgradeRequest("/"));
        client.readHead();
        return client;
    }

    /** We connect to the test. */
    private RawWebSocketClient dialled(RemoteServer to) throws IOException {
        Context context = ((VertxInternal) vertx).createEventLoopContext();
        context.runOnContext(now -> netClient.connect(target(to)).onSuccess(connection -> dial(connection, context)));
        return to.upgrade().socket();
    }

    private static ConnectOptions target(RemoteServer to) {
        boolean tls = to.url().startsWith("wss");
        return new ConnectOptions()
                .setHost("127.0.0.1")
                .setPort(to.port())
                .setSsl(tls)
                .setSslOptions(new ClientSSLOptions()
                        .setHostnameVerificationAlgorithm("HTTPS")
                        .setTrustOptions(new PemTrustOptions()
                                .addCertPath(
                                        TestCertificate.get().certificateFile().toString())));
    }

    private void dial(NetSocket connection, Context context) {
        AtomicReference<Dial> dial = new AtomicReference<>();
        channels.add(((NetSocketInternal) connection).channelHandlerContext().channel());
        DialRequest request = new DialRequest("localhost", "/", List.of(), List.of());
        dial.set(Dial.start(
                connection,
                request,
                answer -> Objects.requireNonNull(dial.get())
                        .open(
                                SocketOptions.client(options.limits()).closingWithin(options.closeTimeoutMillis()),
                                faultLog,
                                socket -> recorder(socket, context))));
    }

    private Recorder recorder(Socket socket, Context context) {
        Recorder recorder = new Recorder(socket, context, onMessage);
        recorders.add(recorder);
        all.add(recorder);
        return recorder;
    }

    /** Connects only. */
    RawWebSocketClient connect() throws IOException {
        return connect(0);
    }

    /** Connects only, with a receive buffer of this many bytes. */
    RawWebSocketClient connect(int receiveBuffer) throws IOException {
        assumeTrue(remote == null, "we are not the server");
        return RawWebSocketClient.connect(server.actualPort(), clientTls, receiveBuffer);
    }

    /** The listener of the next socket, waiting for it. */
    Recorder accepted() throws InterruptedException {
        Recorder recorder = recorders.poll(60, TimeUnit.SECONDS);
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
                        return recorder(socket, context);
                    }));
        } else {
            request.response().setStatusCode(400).end();
        }
    }

    /** Stops, and fails if a listener was called after the end of its socket. */
    @Override
    public void close() {
        if (remote != null) {
            remote.close();
        }
        vertx.close()
                .toCompletionStage()
                .toCompletableFuture()
                .orTimeout(60, TimeUnit.SECONDS)
                .join();
        assertEquals(0, all.stream().mapToInt(Recorder::lateCalls).sum(), "a listener was called after the end");
    }
}
