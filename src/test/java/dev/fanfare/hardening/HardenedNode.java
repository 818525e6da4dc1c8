package dev.fanfare.hardening;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.Node;
import dev.fanfare.config.ConfigLoader;
import dev.fanfare.testkit.RawWebSocketClient;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A node with small limits, a bystander that must not be disturbed, and metrics. Closing it fails if the bystander was
 * disturbed or the node caught a bug.
 */
final class HardenedNode implements AutoCloseable {

    static final String KEY = "hardening-key-0123456789-abcdefghij-secret";
    static final String HUB = "attacked";
    static final String JSON = "json.webpubsub.azure.v1";
    static final String RELIABLE = "json.reliable.webpubsub.azure.v1";

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration POLL = Duration.ofMillis(20);
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private final Node node;
    private final Bystander bystander;

    private HardenedNode(Node node, Bystander bystander) {
        this.node = node;
        this.bystander = bystander;
    }

    /** Starts a node with settings such as {@code LIMITS_CONNECTIONS=4}, and its bystander. */
    static HardenedNode start(String... settings) throws Exception {
        Node node = Node.start(ConfigLoader.load(null, environment(settings))).await(60, TimeUnit.SECONDS);
        return new HardenedNode(node, Bystander.start(node.port()));
    }

    /** The environment of a node that uses free ports of the loopback interface. */
    static Map<String, String> environment(String... settings) {
        Map<String, String> environment = new HashMap<>(Map.of(
                "FANFARE_SERVER_HOST", "127.0.0.1",
                "FANFARE_SERVER_PORT", "0",
                "FANFARE_SERVER_EVENT_LOOPS", "2",
                "FANFARE_MANAGEMENT_PORT", "0",
                "FANFARE_AUTH_ACCESS_KEYS", KEY,
                "FANFARE_AUTH_FAILED_TOKENS_PER_SECOND", "0", // all strangers of these tests have one address
                "FANFARE_SHUTDOWN_TIMEOUT_SECONDS", "5"));
        for (String setting : settings) {
            String[] parts = setting.split("=", 2);
            environment.put("FANFARE_" + parts[0], parts[1]);
        }
        return environment;
    }

    int port() {
        return node.port();
    }

    int tlsPort() {
        return node.tlsPort();
    }

    int managementPort() {
        return node.managementPort();
    }

    Bystander bystander() {
        return bystander;
    }

    /** The path and query of a client with a good token. */
    static String target(String hub) {
        return "/client/hubs/" + hub + "?access_token=" + Jwt.of(Jwt.client(hub));
    }

    /** A raw connection without a subprotocol, upgraded. */
    RawWebSocketClient raw() throws IOException {
        return RawWebSocketClient.open(port(), null, target(HUB));
    }

    /** A connection of a subprotocol, whose first frame has been read. */
    RawWebSocketClient open(String subprotocol) throws IOException {
        RawWebSocketClient client =
                RawWebSocketClient.open(port(), null, target(HUB), "Sec-WebSocket-Protocol: " + subprotocol);
        String connected = client.readText();
        assertTrue(connected.startsWith("{\"type\":\"system\",\"event\":\"connected\""), connected);
        return client;
    }

    /** Sends bytes on a new connection and reads the answer, head and body. */
    String exchange(String request) throws IOException {
        return exchange(port(), request);
    }

    static String exchange(int port, String request) throws IOException {
        try (RawWebSocketClient client = RawWebSocketClient.connect(port, null)) {
            client.send(request.getBytes(StandardCharsets.ISO_8859_1));
            return answer(client);
        }
    }

    /** Reads an HTTP answer, head and body. */
    static String answer(RawWebSocketClient client) throws IOException {
        String head = client.readHead();
        return head + client.readBody(contentLength(head));
    }

    private static int contentLength(String head) {
        return head.lines()
                .filter(line -> line.regionMatches(true, 0, "content-length:", 0, 15))
                .mapToInt(line -> Integer.parseInt(line.substring(15).trim()))
                .findFirst()
                .orElse(0);
    }

    /** The output of a Prometheus scrape. */
    String metrics() {
        return get("/metrics").body();
    }

    HttpResponse<String> get(String path) {
        URI uri = URI.create("http://127.0.0.1:" + managementPort() + path);
        try {
            return HTTP.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new AssertionError(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /** The value of a series, such as {@code fanfare_closes_total{reason="silent",subprotocol="raw"}}. */
    double metric(String series) {
        return metrics()
                .lines()
                .filter(line -> line.startsWith(series + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(series.length() + 1)))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no series " + series));
    }

    /** Records the current value of a counter. */
    Counter counter(String series) {
        return new Counter(series, metric(series));
    }

    Counter handshakes(String outcome) {
        return counter("fanfare_handshakes_total{outcome=\"" + outcome + "\"}");
    }

    Counter limit(String limit) {
        return counter("fanfare_limits_reached_total{limit=\"" + limit + "\"}");
    }

    Counter closes(String reason, String subprotocol) {
        return counter("fanfare_closes_total{reason=\"" + reason + "\",subprotocol=\"" + subprotocol + "\"}");
    }

    Counter tokensRefused(String reason) {
        return counter("fanfare_tokens_refused_total{reason=\"" + reason + "\"}");
    }

    /** A counter and its recorded value. */
    final class Counter {
        private final String series;
        private final double before;

        private Counter(String series, double before) {
            this.series = series;
            this.before = before;
        }

        double moved() {
            return metric(series) - before;
        }

        /** Waits until it has increased by at least this number. */
        void awaitMoved(int times) {
            await(series).pollInterval(POLL).atMost(PATIENCE).until(() -> moved() >= times);
        }
    }

    /** Waits until only the bystander is connected. */
    void awaitCalm() {
        await("only the bystander is left")
                .pollInterval(POLL)
                .atMost(PATIENCE)
                .until(() -> connections() == Bystander.CONNECTIONS);
    }

    /** Connections of all subprotocols. */
    double connections() {
        return metrics()
                .lines()
                .filter(line -> line.startsWith("fanfare_connections{"))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
                .sum();
    }

    @Override
    public void close() throws IOException {
        try {
            bystander.assertUndisturbed();
            assertEquals(0, metric("fanfare_bugs_total"), "the node caught faults of its own");
        } finally {
            bystander.close();
            node.stop()
                    .toCompletionStage()
                    .toCompletableFuture()
                    .orTimeout(60, TimeUnit.SECONDS)
                    .join();
        }
    }
}
