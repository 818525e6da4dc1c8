package dev.fanfare.testkit;

import dev.fanfare.Node;
import dev.fanfare.auth.TokenMinter;
import dev.fanfare.config.Config;
import dev.fanfare.config.ConfigException;
import dev.fanfare.config.ConfigLoader;
import dev.fanfare.operations.FanfareClient;
import io.vertx.core.Future;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** A node in this process, with three event loops and free ports, and what a test wants of it from outside. */
public final class TestNode implements AutoCloseable {

    public static final String ACCESS_KEY = "an-access-key-that-is-long-enough-for-HS256";

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Patience.LIMIT)
            .build();
    private final TokenMinter minter = new TokenMinter(ACCESS_KEY, InstantSource.system());
    private final Node node;
    private @Nullable Future<Void> stopped;

    private TestNode(Node node) {
        this.node = node;
    }

    /**
     * Starts a node.
     *
     * @param settings environment variables without {@code FANFARE_}, such as {@code LIMITS_CONNECTIONS=2}
     */
    public static TestNode start(String... settings) {
        return start(null, settings);
    }

    /**
     * Starts a node.
     *
     * @param certificate of its TLS listener, null for none
     * @param settings environment variables without {@code FANFARE_}, such as {@code LIMITS_CONNECTIONS=2}
     */
    public static TestNode start(@Nullable TestCertificate certificate, String... settings) {
        Map<String, String> environment = new HashMap<>(Map.of(
                "FANFARE_SHUTDOWN_TIMEOUT_SECONDS", "1",
                "FANFARE_SERVER_HOST", "127.0.0.1",
                "FANFARE_SERVER_PORT", "0",
                "FANFARE_SERVER_EVENT_LOOPS", "3",
                "FANFARE_MANAGEMENT_PORT", "0",
                "FANFARE_AUTH_ACCESS_KEYS", ACCESS_KEY));
        if (certificate != null) {
            environment.putAll(certificate.brokerSettings());
            environment.put("FANFARE_SERVER_TLS_PORT", "0");
        }
        for (String setting : settings) {
            int equals = setting.indexOf('=');
            environment.put("FANFARE_" + setting.substring(0, equals), setting.substring(equals + 1));
        }
        try {
            Config config = ConfigLoader.load(null, environment);
            return new TestNode(await(Node.start(config)));
        } catch (ConfigException e) {
            throw new IllegalArgumentException(e);
        }
    }

    public int port() {
        return node.port();
    }

    /** The port with TLS, 0 if there is none. */
    public int tlsPort() {
        return node.tlsPort();
    }

    /** A client token for a hub, good for an hour. */
    public String token(String hub, @Nullable String user, List<String> roles, List<String> groups) {
        return minter.clientToken("http://localhost:" + port(), hub, user, roles, groups, Duration.ofHours(1));
    }

    /** A client of the hub {@code chat} that is not connected yet. */
    public TestClient client(@Nullable String user) {
        return new TestClient(this, user);
    }

    /** A client for operations over the event bus of the node. */
    public FanfareClient operations() {
        return node.client();
    }

    /** What a call of the REST API was answered with. */
    public record Reply(int status, String body) {}

    /** Calls the REST API without a body. */
    public Reply call(String method, String path) {
        return call(method, path, null, new byte[0]);
    }

    /**
     * Calls the REST API.
     *
     * @param path and query, percent-encoded
     * @param contentType null for none
     */
    public Reply call(String method, String path, @Nullable String contentType, byte[] body) {
        String url = "http://127.0.0.1:" + port() + path;
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url))
                .timeout(Patience.LIMIT)
                .header("Authorization", "Bearer " + minter.apiToken(url, Duration.ofMinutes(5)))
                .method(method, HttpRequest.BodyPublishers.ofByteArray(body));
        if (contentType != null) {
            request.header("Content-Type", contentType);
        }
        return exchange(request.build());
    }

    /** Asks the management port. */
    public Reply manage(String path) {
        return exchange(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + node.managementPort() + path))
                .timeout(Patience.LIMIT)
                .build());
    }

    /** The value of a series as Prometheus would name it. */
    public double metric(String series) {
        Double value = metrics().get(series);
        if (value == null) {
            throw new AssertionError("no series " + series);
        }
        return value;
    }

    /** All series and their values. */
    public Map<String, Double> metrics() {
        Map<String, Double> values = new HashMap<>();
        manage("/metrics")
                .body()
                .lines()
                .filter(line -> !line.startsWith("#"))
                .forEach(line -> values.put(
                        line.substring(0, line.lastIndexOf(' ')),
                        Double.valueOf(line.substring(line.lastIndexOf(' ') + 1))));
        return values;
    }

    /** Begins to stop, as SIGTERM does. */
    public synchronized Future<Void> stop() {
        Future<Void> stopping = stopped;
        if (stopping == null) {
            stopping = node.stop();
            stopped = stopping;
        }
        return stopping;
    }

    @Override
    public void close() {
        await(stop());
    }

    private Reply exchange(HttpRequest request) {
        try {
            HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
            return new Reply(response.statusCode(), response.body());
        } catch (IOException e) {
            throw new AssertionError(request.method() + " " + request.uri().getPath() + ": " + e, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static <T> T await(Future<T> future) {
        try {
            return future.await(60, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new AssertionError("not in time", e);
        }
    }
}
