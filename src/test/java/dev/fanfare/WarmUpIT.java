package dev.fanfare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import dev.fanfare.testkit.TestCertificate;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Processes that warm up before they are ready, and that nothing of it remains. */
final class WarmUpIT {

    private static final String BASE = "server: {host: 127.0.0.1, port: 0}\nmanagement: {port: 0}\n";
    private static final List<String> FAST_START = List.of("-Xmx256m", "-XX:TieredStopAtLevel=1");
    private static final Pattern WARMED_UP = Pattern.compile("warmed up connections=\"(\\d+)\" millis=\"(\\d+)\"");
    private static final Pattern MANAGEMENT = Pattern.compile("managementPort=\"(\\d+)\"");
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    @TempDir
    Path directory;

    @Test
    void leavesNothingBehind() throws Exception {
        AtomicInteger events = new AtomicInteger();
        HttpServer handler = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        handler.createContext("/", exchange -> {
            events.incrementAndGet();
            exchange.getResponseHeaders().add("WebHook-Allowed-Origin", "*");
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
        });
        handler.start();
        String config = BASE + "start: {warmUpSeconds: 60, warmUpConnections: 64}\nlogging: {level: debug}\n"
                + "hubs: {'*': {eventHandlers: [{urlTemplate: 'http://127.0.0.1:"
                + handler.getAddress().getPort()
                + "/', userEventPattern: '*', systemEvents: [connect, connected, disconnected]}]}}\n";
        try (JavaProcess node = start(config)) {
            awaitReady(node);

            assertEquals("64", warmedUp(node).group(1));
            assertFalse(node.err().contains("warm_up"), node::errUnchecked);
            assertEquals(List.of(), nonZero(get(node, "/metrics").body()));
            assertEquals(0, events.get());
        } finally {
            handler.stop(0);
        }
    }

    /** The series that count clients and what they send, where they are not zero. */
    private static List<String> nonZero(String metrics) {
        List<String> series = metrics.lines()
                .filter(line -> line.matches(
                        "fanfare_(handshakes|connections|connections_opened|connections_closed|messages|deliveries|"
                                + "received|delivered|tokens_refused|limits_reached|events|detached|sessions|groups|http"
                                + "|bugs).*"))
                .toList();
        assertTrue(series.size() > 50, () -> "only " + series);
        return series.stream().filter(line -> !line.endsWith(" 0.0")).toList();
    }

    @Test
    void getsReadyWhereItsOwnListenersWouldRefuse() throws Exception {
        StringBuilder tls = new StringBuilder();
        TestCertificate.get().brokerSettings().forEach((variable, value) -> {
            if (variable.endsWith("_FILE")) {
                String key = variable.contains("KEY") ? "keyFile" : "certificateFile";
                tls.append(", ").append(key).append(": '").append(value).append('\'');
            }
        });
        String config = "server: {host: '::1', plain: false, tls: {enabled: true, port: 0" + tls + "},"
                + " publicEndpoints: ['https://fanfare.example.com'], allowedOrigins: ['https://app.example.com'],"
                + " trustedProxies: [127.0.0.0/8]}\n"
                + "management: {port: 0}\n"
                + "limits: {connections: 1, httpConnections: 1, messagesPerSecond: 1}\n"
                + "start: {warmUpSeconds: 60, warmUpConnections: 64}\n";
        try (JavaProcess node = start(config)) {
            awaitReady(node);

            assertEquals("64", warmedUp(node).group(1));
        }
    }

    @Test
    void isReadyWhenItsTimeIsOver() throws Exception {
        try (JavaProcess node = start(BASE + "start: {warmUpSeconds: 1, warmUpConnections: 1000000}\n")) {
            awaitReady(node);

            long millis = Long.parseLong(warmedUp(node).group(2));
            assertTrue(millis < 30_000, () -> millis + " ms");
            assertEquals(200, get(node, "/readyz").statusCode());
        }
    }

    @Test
    void isNotReadyUntilThenAndStopsAtOnce() throws Exception {
        try (JavaProcess node = start(BASE + "start: {warmUpSeconds: 60, warmUpConnections: 1000000}\n")) {
            Awaitility.await().atMost(PATIENCE).until(() -> node.err().contains("node started"));
            HttpResponse<String> response = get(node, "/readyz");
            assertEquals(503, response.statusCode());
            assertTrue(response.body().contains("starting"), response::body);

            long begun = System.nanoTime();
            node.terminate();
            assertEquals(0, node.exitCode());
            assertTrue(System.nanoTime() - begun < TimeUnit.SECONDS.toNanos(30));
            assertTrue(node.err().contains("node stopped"), node::errUnchecked);
        }
    }

    private JavaProcess start(String config) throws IOException {
        Path file = Files.writeString(directory.resolve("fanfare.yaml"), config);
        return JavaProcess.start(FAST_START, Main.class, "serve", "--config", file.toString());
    }

    private static void awaitReady(JavaProcess node) throws IOException {
        String line = node.line();
        while (line != null && !line.contains("Prometheus")) {
            line = node.line();
        }
        assertTrue(line != null, node::errUnchecked);
    }

    /** The line may come after the announcement, since another thread writes the log. */
    private static Matcher warmedUp(JavaProcess node) throws IOException {
        Awaitility.await().atMost(PATIENCE).until(() -> node.err().contains("warmed up"));
        Matcher matcher = WARMED_UP.matcher(node.err());
        assertTrue(matcher.find(), node::errUnchecked);
        return matcher;
    }

    private static HttpResponse<String> get(JavaProcess node, String path) throws IOException, InterruptedException {
        Matcher port = MANAGEMENT.matcher(node.err());
        assertTrue(port.find(), node::errUnchecked);
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port.group(1) + path))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
    }
}
