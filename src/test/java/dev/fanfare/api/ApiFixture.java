package dev.fanfare.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import com.fasterxml.jackson.databind.JsonNode;
import dev.fanfare.auth.AuthenticationException;
import dev.fanfare.auth.AuthenticationException.Reason;
import dev.fanfare.auth.Authenticator;
import dev.fanfare.auth.ClientSecrets;
import dev.fanfare.auth.Principal;
import dev.fanfare.auth.TokenMinter;
import dev.fanfare.auth.TokenSigner;
import dev.fanfare.broker.Broker;
import dev.fanfare.config.Config;
import dev.fanfare.config.Hubs;
import dev.fanfare.config.LiveConfig;
import dev.fanfare.config.OutboundConnection;
import dev.fanfare.consumer.Consumers;
import dev.fanfare.consumer.Seats;
import dev.fanfare.core.ErrorCode;
import dev.fanfare.core.alert.AlertSink;
import dev.fanfare.limit.Limiter;
import dev.fanfare.ops.Metrics;
import dev.fanfare.revocation.RevocationIndex;
import dev.fanfare.revocation.Revocations;
import dev.fanfare.shard.InboundMemory;
import dev.fanfare.shard.OutboundConnections;
import dev.fanfare.socket.RequestHeads;
import dev.fanfare.store.StoreObserver;
import dev.fanfare.store.local.LocalStore;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.ThreadingModel;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.PoolOptions;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.client.HttpRequest;
import io.vertx.ext.web.client.HttpResponse;
import io.vertx.ext.web.client.WebClient;
import io.vertx.ext.web.client.WebClientOptions;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A server with the API on a free port, a client, and fakes behind it. Every answer is checked against openapi.yaml.
 */
final class ApiFixture implements AutoCloseable {

    static final String TOKEN = "good-token";
    static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");

    private static final OpenApiDocument DOCUMENT = new OpenApiDocument();

    final Vertx vertx = Vertx.vertx();
    final FakeBroker broker = new FakeBroker();

    /** Path and query of every call that had a token, as the authenticator saw them. */
    final List<String> authenticated = new CopyOnWriteArrayList<>();

    /** The parameters of the tokens that were minted. */
    final List<String> minted = new CopyOnWriteArrayList<>();

    /** The outbound connections that were requested. */
    final List<OutboundConnection> opened = new CopyOnWriteArrayList<>();

    /** Hub and id of the connections that were withdrawn. */
    final List<String> withdrawn = new CopyOnWriteArrayList<>();

    /** Calls of metrics: the name of the method and its arguments, without durations. */
    final List<String> counted = new CopyOnWriteArrayList<>();

    /** Exceptions of handlers that were not caught. */
    final List<Throwable> thrown = new CopyOnWriteArrayList<>();

    volatile String token = "minted";

    /** Whether the first caller with the token {@code waiting} is still there. */
    final Promise<BooleanSupplier> waiting = Promise.promise();

    /** Accounts for the bodies. */
    final InboundMemory inboundMemory = new InboundMemory(8 * 1024 * 1024);

    private final HttpServer server;
    private final WebClient client;
    private final WebClient patient;

    private final LocalStore store;
    private final RevocationList revocations;

    /** A list that is not written to. */
    static RevocationList noRevocations() {
        RevocationIndex index = new RevocationIndex();
        LocalStore store = store();
        return new RevocationList(new Revocations(store, index, InstantSource.fixed(NOW)), index, true);
    }

    /** Registrations in a store, without event handlers. */
    static ConsumerAccess consumers(Vertx vertx, LocalStore store, Broker broker) {
        Seats seats = new Seats(store, broker, List::of, false, InstantSource.fixed(NOW), System::nanoTime);
        return new ConsumerAccess(
                new Consumers(seats),
                new ClientSecrets(vertx),
                event -> {
                    throw new IllegalStateException("nobody raises events here");
                },
                () -> new TokenMinter("an-access-key-that-is-long-enough-for-HS256", InstantSource.fixed(NOW)));
    }

    static LocalStore store() {
        return new LocalStore(1024 * 1024, null, System::nanoTime, InstantSource.system(), StoreObserver.NONE);
    }

    ApiFixture() {
        this(UnaryOperator.identity());
    }

    ApiFixture(UnaryOperator<Config> configured) {
        vertx.exceptionHandler(thrown::add);
        RevocationIndex index = new RevocationIndex();
        store = store();
        Revocations list = new Revocations(store, index, InstantSource.fixed(NOW));
        revocations = new RevocationList(list, index, true);
        await(vertx.deployVerticle(store));
        await(vertx.deployVerticle(list, new DeploymentOptions().setThreadingModel(ThreadingModel.WORKER)));
        await(list.synced());
        Config config = configured.apply(Config.DEFAULT);
        InstantSource clock = InstantSource.fixed(NOW);
        int headerBytes = config.limits().requestHeaderBytes();
        RequestHeads heads = new RequestHeads(headerBytes, headerBytes, 64 * 1024 * 1024, () -> {});
        Router router = ApiRoutes.router(
                vertx,
                new ApiContext(
                        () -> config,
                        () -> new Hubs(config),
                        broker,
                        this::mint,
                        new Outbound(),
                        revocations,
                        consumers(vertx, store, broker),
                        metrics(),
                        AlertSink.NONE,
                        clock,
                        () -> Future.succeededFuture(
                                new LiveConfig.ConfigChange(List.of("hubs"), List.of("server.port")))),
                new OneToken(),
                new Limiter(config, new Hubs(config), System::nanoTime),
                inboundMemory);
        server = vertx.createHttpServer(new HttpServerOptions()
                        .setHttp2ClearTextEnabled(false)
                        .setPerFrameWebSocketCompressionSupported(false)
                        .setPerMessageWebSocketCompressionSupported(false))
                .connectionHandler(heads::read)
                .invalidRequestHandler(router)
                .requestHandler(router);
        await(server.listen(0, "127.0.0.1"));
        client = WebClient.create(vertx);
        patient = WebClient.create(vertx, new WebClientOptions(), new PoolOptions().setHttp1MaxSize(1100));
    }

    /** Accepts one token, and one that is valid but not for the API. */
    private final class OneToken implements Authenticator {
        @Override
        public Future<Principal> authenticateClient(
                String token, String hub, InetAddress from, BooleanSupplier wanted) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Future<Principal> authenticateApi(
                String token, String requestUri, InetAddress from, BooleanSupplier wanted) {
            authenticated.add(requestUri);
            if (token.equals(TOKEN)) {
                // deferred, as with expensive algorithms
                return vertx.timer(1, TimeUnit.MILLISECONDS)
                        .map(new Principal(
                                "ops",
                                List.of(),
                                List.of(),
                                Map.of(),
                                "ops-1",
                                0,
                                0,
                                Principal.NEVER,
                                TokenSigner.accessKey(0)));
            }
            if (token.equals("throttled")) {
                return vertx.timer(1, TimeUnit.MILLISECONDS)
                        .compose(later -> Future.failedFuture(
                                new AuthenticationException(Reason.THROTTLED, "too many tokens failed")));
            }
            if (token.equals("waiting")) {
                waiting.tryComplete(wanted);
                return Promise.<Principal>promise().future();
            }
            Reason reason = token.equals("client-token") ? Reason.NOT_PERMITTED : Reason.BAD_SIGNATURE;
            return Future.failedFuture(new AuthenticationException(reason, "the token is refused"));
        }
    }

    private final class Outbound implements OutboundConnections {
        @Override
        public Future<String> open(OutboundConnection connection, String json) {
            if (connection.connectionId().equals("taken")) {
                return Future.failedFuture(
                        new OutboundConnections.Rejection(ErrorCode.NON_UNIQUE_ID, "connectionId: taken is in use"));
            }
            opened.add(connection);
            return Future.succeededFuture(connection.connectionId());
        }

        @Override
        public void withdraw(String hub, String connectionId) {
            withdrawn.add(hub + "/" + connectionId);
        }
    }

    private String mint(
            String endpoint,
            String hub,
            @Nullable String userId,
            List<String> roles,
            List<String> groups,
            Duration lifetime) {
        minted.add(endpoint + " " + hub + " " + userId + " " + roles + " " + groups + " " + lifetime);
        return token;
    }

    /** Records calls instead of counting, whatever methods the interface has. */
    private Metrics metrics() {
        return (Metrics) Proxy.newProxyInstance(
                Metrics.class.getClassLoader(), new Class<?>[] {Metrics.class}, (proxy, method, arguments) -> {
                    List<Object> shown = new ArrayList<>(Arrays.asList(arguments == null ? new Object[0] : arguments));
                    shown.removeIf(Long.class::isInstance);
                    counted.add(method.getName() + shown);
                    return null;
                });
    }

    int port() {
        return server.actualPort();
    }

    String url() {
        return "http://127.0.0.1:" + port();
    }

    HttpRequest<Buffer> request(HttpMethod method, String uri) {
        return client.request(method, port(), "127.0.0.1", uri).putHeader("Authorization", "Bearer " + TOKEN);
    }

    HttpResponse<Buffer> call(HttpMethod method, String uri) {
        return checked(method, uri, await(request(method, uri).send()));
    }

    /** Sends a request without waiting for its answer. */
    Future<HttpResponse<Buffer>> later(HttpMethod method, String uri) {
        return patient.request(method, port(), "127.0.0.1", uri)
                .putHeader("Authorization", "Bearer " + TOKEN)
                .send();
    }

    HttpResponse<Buffer> post(String uri, @Nullable String contentType, Buffer body) {
        return post(uri, contentType, body, Map.of());
    }

    HttpResponse<Buffer> post(String uri, @Nullable String contentType, Buffer body, Map<String, String> moreHeaders) {
        HttpRequest<Buffer> request = request(HttpMethod.POST, uri);
        moreHeaders.forEach(request::putHeader);
        if (contentType != null) {
            request.putHeader("Content-Type", contentType);
        }
        return checked(HttpMethod.POST, uri, await(request.sendBuffer(body)));
    }

    /** The status and, for an error, its code and target. */
    static String outcome(HttpResponse<Buffer> response) {
        String code = response.getHeader("x-ms-error-code");
        String target = response.statusCode() >= 400 && response.bodyAsBuffer() != null
                ? response.bodyAsJsonObject().getString("target")
                : null;
        return response.statusCode() + (code == null ? "" : " " + code) + (target == null ? "" : " " + target);
    }

    /** Checks an answer against the description of the API. */
    static HttpResponse<Buffer> checked(HttpMethod method, String uri, HttpResponse<Buffer> response) {
        assertEquals(
                "2021-10-01, 2022-11-01, 2023-07-01, 2024-01-01, 2024-12-01",
                response.getHeader("api-supported-versions"));
        Route route = Routes.find(method, uri.split("\\?", 2)[0]).route();
        if (!route.operationId().equals(Routes.UNKNOWN)) {
            checkAgainst(route, response);
        }
        if (response.statusCode() >= 400) {
            checkProblem(method, response);
        }
        return response;
    }

    private static void checkAgainst(Route route, HttpResponse<Buffer> response) {
        JsonNode operation = DOCUMENT.operation(route.operationId()).operation();
        JsonNode declared = operation.get("responses").get(String.valueOf(response.statusCode()));
        assertNotNull(declared, route.operationId() + " does not declare " + response.statusCode());
        JsonNode schema = DOCUMENT.resolve(declared).at("/content/application~1json/schema/$ref");
        Buffer body = response.bodyAsBuffer();
        if (schema.isMissingNode()) {
            assertEquals(DOCUMENT.resolve(declared).has("content"), body != null, route.operationId());
        } else if (body != null) {
            assertEquals("application/json; charset=utf-8", response.getHeader("Content-Type"));
            assertEquals("[]", DOCUMENT.errors(schema.asText().replaceFirst(".*/", ""), body.toString()));
        }
        DOCUMENT.resolve(declared)
                .path("headers")
                .fieldNames()
                .forEachRemaining(header -> assertNotNull(response.getHeader(header), header));
    }

    private static void checkProblem(HttpMethod method, HttpResponse<Buffer> response) {
        Buffer body = response.bodyAsBuffer();
        if (method.equals(HttpMethod.HEAD)) {
            assertNull(body);
        } else {
            assertEquals("[]", DOCUMENT.errors("Problem", String.valueOf(body)));
            assertEquals(
                    response.getHeader("x-ms-error-code"),
                    response.bodyAsJsonObject().getString("code"));
        }
        assertEquals(
                response.statusCode() == ErrorCode.UNAUTHORIZED.httpStatus() ? "Bearer" : null,
                response.getHeader("WWW-Authenticate"));
    }

    static <T> T await(Future<T> future) {
        try {
            return future.await(60, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new AssertionError("no answer in 20 seconds", e);
        }
    }

    @Override
    public void close() {
        client.close();
        await(vertx.close());
        assertEquals(List.of(), thrown);
    }
}
