package dev.fanfare.server;

import dev.fanfare.config.Config;
import dev.fanfare.ops.Metrics;
import dev.fanfare.shard.Admission;
import dev.fanfare.shard.InboundMemory;
import dev.fanfare.shard.Shard;
import dev.fanfare.shard.ShardEnvironment;
import dev.fanfare.socket.MalformedRequest;
import dev.fanfare.socket.RequestHeads;
import dev.fanfare.socket.TlsOptions;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.ServerSSLOptions;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import javax.net.ssl.SSLException;

/**
 * Listens for clients and application servers, one instance and one shard per event loop. Upgrades clients; requests to
 * {@code /api}, and for the pages of the examples, go to the handler passed in. Request heads take at most 1/32 of the
 * heap over all event loops.
 */
public final class ServerVerticle extends VerticleBase {

    /** Negative ports make all instances share one free port. */
    private static final int ANY_PLAIN_PORT = -1;

    /** The most bytes that a character of a name takes in a request line: three bytes of UTF-8, percent-encoded. */
    private static final int LINE_BYTES_PER_CHARACTER = 9;

    /** The same in a token, which contains the request line in base64. */
    private static final int TOKEN_BYTES_PER_CHARACTER = 12;

    /** Incomplete request heads may take this fraction of the heap (1/32). */
    private static final int HEADS_PART_OF_HEAP = 32;

    private static final int ANY_TLS_PORT = -2;
    private static final String TLS_PORT = "server.tls.port, with TLS";
    private static final long SWEEP_MILLIS = 1000;

    private final ShardEnvironment shardEnvironment;
    private final BiFunction<Vertx, InboundMemory, Handler<HttpServerRequest>> api;
    private final ListenerContext listener;
    private final Consumer<Context> onLoop;
    private final List<HttpServer> servers = new ArrayList<>();
    private Shard shard;
    private ClientHandshake clientHandshake;
    private Handler<HttpServerRequest> apiHandler;
    private HttpDeadlines httpDeadlines;
    private RequestHeads heads;
    private final Promise<Void> built = Promise.promise();

    /**
     * @param api creates the handler of REST requests, once per event loop, with the byte count of that loop
     * @param listener shared by all instances
     * @param onLoop receives the context of each event loop that serves
     */
    @SuppressWarnings("NullAway.Init") // the other fields are set in start(), on their event loop
    public ServerVerticle(
            ShardEnvironment shardEnvironment,
            BiFunction<Vertx, InboundMemory, Handler<HttpServerRequest>> api,
            ListenerContext listener,
            Consumer<Context> onLoop) {
        this.shardEnvironment = shardEnvironment;
        this.api = api;
        this.listener = listener;
        this.onLoop = onLoop;
    }

    /**
     * What the instances of a node share.
     *
     * @param ports receives the bound ports
     * @param certificates of the listener with TLS
     * @param httpAdmission limits the HTTP connections
     */
    public record ListenerContext(ListeningPorts ports, CertificateWatch certificates, Admission httpAdmission) {}

    @Override
    public Future<?> start() {
        Config config = shardEnvironment.config();
        onLoop.accept(context);
        shard = new Shard(context, shardEnvironment);
        apiHandler = api.apply(vertx, shard.inboundMemory());
        httpDeadlines = new HttpDeadlines(
                TimeUnit.SECONDS.toMillis(config.server().handshakeTimeoutSeconds()),
                TimeUnit.SECONDS.toMillis(config.server().httpIdleTimeoutSeconds()),
                listener.httpAdmission(),
                new HttpDeadlines.DeadlineListener() {
                    @Override
                    public void late(HttpConnection connection) {
                        RefusalLog.late(connection);
                        shardEnvironment.metrics().handshake(Metrics.Handshake.TIMED_OUT);
                        shardEnvironment.metrics().limitReached(Metrics.Limit.HANDSHAKE_TIME);
                    }

                    @Override
                    public void full() {
                        shardEnvironment.metrics().limitReached(Metrics.Limit.HTTP_CONNECTIONS);
                    }
                });
        heads = new RequestHeads(
                lineBytes(config.limits()),
                headerBytes(config.limits()),
                Runtime.getRuntime().maxMemory() / HEADS_PART_OF_HEAP / shardEnvironment.shards(),
                () -> shardEnvironment.metrics().limitReached(Metrics.Limit.REQUEST_HEADERS));
        clientHandshake =
                new ClientHandshake(shard, shardEnvironment, config.limits().names(), httpDeadlines::upgraded);
        vertx.setPeriodic(
                SWEEP_MILLIS,
                timer -> httpDeadlines.sweep(shardEnvironment.monotonic().millis()));
        built.complete();
        return shard.start().compose(v -> listen(config.server()));
    }

    /** The shard of this event loop; available once started. */
    public Shard shard() {
        return shard;
    }

    /**
     * Takes other settings, for what happens on its event loop from then on. Any thread, also before it has started;
     * completes when it has taken them.
     */
    public Future<Void> configure(ShardEnvironment.ShardSettings settings) {
        Promise<Void> taken = Promise.promise();
        built.future()
                .onComplete(v -> context.runOnContext(turn -> {
                    shard.configure(settings);
                    clientHandshake.configure(settings);
                    taken.complete();
                }));
        return taken.future();
    }

    private Future<?> listen(Config.Server config) {
        List<Future<?>> listening = new ArrayList<>();
        if (config.plain()) {
            int port = config.port() == 0 ? ANY_PLAIN_PORT : config.port();
            listening.add(listen(options(config), port, config.host(), "server.port")
                    .onSuccess(s -> listener.ports().plain(s.actualPort())));
        }
        if (config.tls().enabled()) {
            int port = config.tls().port() == 0 ? ANY_TLS_PORT : config.tls().port();
            listening.add(listener.certificates()
                    .load(vertx)
                    .recover(failure -> cannotListen(config.host(), port, TLS_PORT, failure))
                    .compose(ssl -> listen(tls(options(config), ssl), port, config.host(), TLS_PORT))
                    .onSuccess(s -> {
                        listener.ports().tls(s.actualPort());
                        listener.certificates().watch(vertx, s);
                    }));
        }
        return Future.all(listening);
    }

    private Future<HttpServer> listen(HttpServerOptions options, int port, String host, String key) {
        return server(options).listen(port, host).recover(failure -> cannotListen(host, port, key, failure));
    }

    private static <T> Future<T> cannotListen(String host, int port, String key, Throwable failure) {
        String where = host + ":" + Math.max(0, port) + " (" + key + ")";
        return Future.failedFuture(new IOException("cannot listen on " + where + ": " + failure.getMessage(), failure));
    }

    /** The longest path contains the names of a user and of a group. */
    private static int lineBytes(Config.Limits limits) {
        int names = limits.userIdLength() + limits.groupNameLength();
        return limits.requestHeaderBytes() + names * LINE_BYTES_PER_CHARACTER;
    }

    private static int headerBytes(Config.Limits limits) {
        int names = limits.userIdLength() + limits.groupNameLength();
        return limits.requestHeaderBytes() + names * TOKEN_BYTES_PER_CHARACTER;
    }

    private HttpServerOptions options(Config.Server config) {
        return new HttpServerOptions()
                .setAcceptBacklog(config.acceptBacklog())
                .setIdleTimeout(config.httpIdleTimeoutSeconds())
                .setIdleTimeoutUnit(TimeUnit.SECONDS)
                .setHttp2ClearTextEnabled(false)
                .setCompressionSupported(false)
                .setDecompressionSupported(false)
                // Its extension handlers fail on unknown offers, and on pipelined requests.
                .setPerFrameWebSocketCompressionSupported(false)
                .setPerMessageWebSocketCompressionSupported(false);
    }

    private HttpServerOptions tls(HttpServerOptions options, ServerSSLOptions ssl) {
        ssl.getEnabledCipherSuites().forEach(options::addEnabledCipherSuite);
        ssl.getCrlValues().forEach(options::addCrlValue);
        options.setSsl(true)
                .setSslEngineOptions(
                        new TlsOptions(() -> shardEnvironment.metrics().limitReached(Metrics.Limit.TLS_RECORDS)))
                .setUseAlpn(false)
                .setKeyCertOptions(ssl.getKeyCertOptions())
                .setClientAuth(ssl.getClientAuth())
                .setTrustOptions(ssl.getTrustOptions())
                .setSslHandshakeTimeout(ssl.getSslHandshakeTimeout())
                .setSslHandshakeTimeoutUnit(ssl.getSslHandshakeTimeoutUnit())
                .setEnabledSecureTransportProtocols(ssl.getEnabledSecureTransportProtocols());
        return options;
    }

    private HttpServer server(HttpServerOptions options) {
        HttpServer server = vertx.createHttpServer(options)
                .requestHandler(this::handle)
                .invalidRequestHandler(this::malformed)
                .exceptionHandler(this::failed)
                .connectionHandler(connection -> {
                    heads.read(connection);
                    httpDeadlines.connected(
                            connection, shardEnvironment.monotonic().millis());
                });
        servers.add(server);
        return server;
    }

    private void failed(Throwable cause) {
        if (cause instanceof SSLException) {
            shardEnvironment.metrics().handshake(Metrics.Handshake.TLS_FAILED);
            RefusalLog.refusedByTls(cause);
        }
    }

    /** The path of a request is unknown if its line was too long; it is then handled as a REST request. */
    private void malformed(HttpServerRequest request) {
        MalformedRequest malformed = Objects.requireNonNull(MalformedRequest.of(request));
        clientHandshake.malformed(request, malformed);
        httpDeadlines.requested(request, shardEnvironment.monotonic().millis());
        request.response()
                .putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE)
                .endHandler(answered -> request.connection().close());
        if (isForClients(request)) {
            ClientHandshake.answer(request, malformed);
        } else {
            apiHandler.handle(request);
        }
    }

    private void handle(HttpServerRequest request) {
        HttpServerRequest previous =
                httpDeadlines.requested(request, shardEnvironment.monotonic().millis());
        if (previous != null && isForClients(previous)) {
            request.connection().close(); // it had already been decoded when that one became the last of its connection
            return;
        }
        String path = request.path();
        if (isForClients(request)) {
            clientHandshake.handle(request, previous == null);
        } else if (path != null && isForServers(path)) {
            apiHandler.handle(request);
        } else {
            RequestHeads.countRefusal(request);
            request.response()
                    .setStatusCode(404)
                    .putHeader("Content-Type", "text/plain; charset=utf-8")
                    .end("Clients connect to /client/hubs/{hub}; servers call /api, described at /api/openapi.yaml.\n");
        }
    }

    private boolean isForServers(String path) {
        boolean example = shardEnvironment.config().examples().enabled() && path.startsWith("/examples/");
        return example || path.equals("/api") || path.startsWith("/api/");
    }

    private static boolean isForClients(HttpServerRequest request) {
        return request.path() != null && ClientUrl.isClientPath(request.path());
    }

    /**
     * Stops accepting, closes all connections over {@code spreadMillis}, and completes when the last socket has ended
     * or the timeout has passed; see {@link Shard#stop}.
     */
    public Future<Void> drain(long spreadMillis, long timeoutMillis, boolean handOver) {
        Promise<Void> drained = Promise.promise();
        context.runOnContext(v -> {
            // Unbinds at once, then waits for the channels while the shard closes them.
            List<Future<Void>> shutdowns = servers.stream()
                    .map(server -> server.shutdown(timeoutMillis, TimeUnit.MILLISECONDS))
                    .toList();
            // Sessions without a socket end there, too; their events must be raised before shutdown continues.
            Future<Void> stopped = shard.stop(spreadMillis, timeoutMillis, handOver)
                    .timeout(Math.max(1, timeoutMillis), TimeUnit.MILLISECONDS);
            Future.join(shutdowns)
                    .eventually(() -> stopped.otherwiseEmpty())
                    .<Void>mapEmpty()
                    .onComplete(drained);
        });
        return drained.future();
    }
}
