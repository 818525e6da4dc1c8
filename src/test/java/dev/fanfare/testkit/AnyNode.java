package dev.fanfare.testkit;

import dev.fanfare.auth.TokenMinter;
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
import org.jspecify.annotations.Nullable;

/** What tests want of a node from outside, wherever it runs. */
public abstract class AnyNode {

    public static final String ACCESS_KEY = "an-access-key-that-is-long-enough-for-HS256";

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Patience.LIMIT)
            .build();
    private final TokenMinter minter = new TokenMinter(ACCESS_KEY, InstantSource.system());

    /** The address to connect to. */
    public String host() {
        return "127.0.0.1";
    }

    /** The port for clients and servers without TLS. */
    public abstract int port();

    /** The port for operators. */
    public abstract int managementPort();

    /** A client token for a hub, good for an hour. */
    public String token(String hub, @Nullable String user, List<String> roles, List<String> groups) {
        return minter.clientToken("http://localhost:" + port(), hub, user, roles, groups, Duration.ofHours(1));
    }

    /** A token for calls of one URL. */
    public String apiToken(String url) {
        return minter.apiToken(url, Duration.ofMinutes(5));
    }

    /** A client of the hub {@code chat} that is not connected yet. */
    public TestClient client(@Nullable String user) {
        return new TestClient(this, user);
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
        return call(minter, method, path, contentType, body);
    }

    /** The same with the token of another key. */
    public Reply call(TokenMinter minter, String method, String path, @Nullable String contentType, byte[] body) {
        String url = "http://" + host() + ":" + port() + path;
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
        return exchange(HttpRequest.newBuilder(URI.create("http://" + host() + ":" + managementPort() + path))
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
}
