package dev.fanfare.ops;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.config.Config;
import dev.fanfare.core.protocol.Subprotocol;
import dev.fanfare.ops.Health.Hindrance;
import dev.fanfare.ops.Metrics.Gauge;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ManagementVerticleTest {

    private static final String TEXT = "text/plain; version=0.0.4; charset=utf-8";
    private static final String OPEN_METRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8";

    private final Vertx vertx = Vertx.vertx();
    private final HttpClient client = HttpClient.newHttpClient();
    private final PrometheusMetrics metrics = new PrometheusMetrics("1.2.3", Set.of("expired"), Set.of("sendToGroup"));
    private final Health health = new Health(Duration.ofMillis(500));
    private final ManagementVerticle verticle =
            new ManagementVerticle(new Config.Management("127.0.0.1", 0), metrics, health);

    @BeforeEach
    void start() throws Exception {
        vertx.deployVerticle(verticle).await(60, TimeUnit.SECONDS);
    }

    @AfterEach
    void stop() throws Exception {
        vertx.close().await(60, TimeUnit.SECONDS);
        metrics.close();
    }

    private HttpResponse<String> send(String method, String path, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri(path))
                .timeout(Duration.ofSeconds(60))
                .method(method, HttpRequest.BodyPublishers.noBody());
        if (headers.length > 0) {
            request.headers(headers);
        }
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private HttpResponse<String> get(String path, String... headers) throws Exception {
        return send("GET", path, headers);
    }

    private URI uri(String path) {
        return URI.create("http://127.0.0.1:" + verticle.actualPort() + path);
    }

    private static String contentType(HttpResponse<?> response) {
        return response.headers().firstValue("Content-Type").orElse("");
    }

    @Test
    void metricsAreScrapedAsPrometheusText() throws Exception {
        metrics.opened(Subprotocol.JSON_RELIABLE);
        HttpResponse<String> response = get("/metrics");
        assertEquals(200, response.statusCode());
        assertEquals(TEXT, contentType(response));
        Scrape scrape = Scrape.parse(response.body());
        assertEquals(1, scrape.value("fanfare_connections{subprotocol=\"json.reliable.webpubsub.azure.v1\"}"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "application/openmetrics-text | openmetrics",
                "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.2,*/*;q=0.1 | openmetrics",
                "application/openmetrics-text;q=0.1, text/plain;q=0.9 | text",
                "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily | text",
                "*/* | text",
                "text/html | text",
                ";;;q=,,/,=;q=x | text",
                "q | text"
            })
    void theFormatIsTheOneAskedFor(String accept, String format) throws Exception {
        HttpResponse<String> response = get("/metrics", "Accept", accept);
        assertEquals(200, response.statusCode());
        assertEquals(format.equals("text") ? TEXT : OPEN_METRICS, contentType(response));
        assertEquals(format.equals("openmetrics"), response.body().endsWith("# EOF\n"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/metrics", "/livez"})
    void headAnswersWithoutBody(String path) throws Exception {
        HttpResponse<String> response = send("HEAD", path);
        assertEquals(200, response.statusCode());
        assertEquals("", response.body());
        assertEquals(contentType(get(path)), contentType(response));
    }

    @Test
    void readinessNamesWhatHindersIt() throws Exception {
        HttpResponse<String> starting = get("/readyz");
        assertEquals(503, starting.statusCode());
        assertEquals("application/json", contentType(starting));
        assertEquals("{\"ok\":false,\"failing\":[\"starting\"]}", starting.body());

        health.clear(Hindrance.STARTING);
        HttpResponse<String> ready = get("/readyz");
        assertEquals(200, ready.statusCode());
        assertEquals("{\"ok\":true,\"failing\":[]}", ready.body());

        health.raise(Hindrance.STOPPING);
        assertEquals("{\"ok\":false,\"failing\":[\"stopping\"]}", get("/readyz").body());
        assertEquals(200, get("/livez").statusCode());
    }

    @Test
    void aNodeIsNotLiveOnceSomethingHasEnded() throws Exception {
        AtomicBoolean ended = new AtomicBoolean();
        health.watchEnd("grid", ended::get);
        assertEquals(200, get("/livez").statusCode());
        ended.set(true);
        assertEquals(503, get("/livez").statusCode());
        assertEquals("{\"ok\":false,\"failing\":[\"grid\"]}", get("/livez").body());
    }

    @Test
    void livenessTurnsWhileAnEventLoopIsBlockedAndBack() throws Exception {
        Vertx others = Vertx.vertx();
        Context loop = others.getOrCreateContext();
        EventLoopProbe probe = EventLoopProbe.on(loop, "shard-7");
        health.watch(probe);
        metrics.gauge(Gauge.EVENT_LOOP_LAG_SECONDS, probe::lagSeconds);
        await().until(() -> get("/livez").statusCode() == 200);

        CountDownLatch release = new CountDownLatch(1);
        loop.runOnContext(ignored -> awaitUninterruptibly(release));
        try {
            await().until(() -> get("/livez").statusCode() == 503);
            assertEquals(
                    "{\"ok\":false,\"failing\":[\"shard-7\"]}", get("/livez").body());
            assertTrue(Scrape.of(metrics).value("fanfare_event_loop_lag_seconds") >= 0.4);
        } finally {
            release.countDown();
        }
        await().until(() -> get("/livez").statusCode() == 200);
        assertTrue(probe.lagSeconds() >= 0.4, "the lag is shown for a while");

        probe.close();
        others.close().await(60, TimeUnit.SECONDS);
        assertEquals(0, Scrape.of(metrics).value("fanfare_event_loop_lag_seconds"));
        assertEquals(200, get("/livez").statusCode());
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        try {
            assertTrue(latch.await(60, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void theIndexNamesThePaths() throws Exception {
        HttpResponse<String> response = get("/");
        assertEquals("text/plain; charset=utf-8", contentType(response));
        for (String path : List.of("/metrics", "/livez", "/readyz")) {
            assertTrue(response.body().contains(path), path);
            assertNotEquals(404, get(path).statusCode());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /nothing, 404, Not Found",
        "GET, /metrics/more, 404, Not Found",
        "GET, /%2e%2e/etc/passwd, 404, Not Found",
        "POST, /metrics, 405, Method Not Allowed",
        "DELETE, /livez, 405, Method Not Allowed",
        "OPTIONS, /, 405, Method Not Allowed"
    })
    void otherRequestsAreRefusedInPlainText(String method, String path, int status, String text) throws Exception {
        HttpResponse<String> response = send(method, path);
        assertEquals(status, response.statusCode());
        assertEquals("text/plain; charset=utf-8", contentType(response));
        assertEquals(text + "\n", response.body());
        assertEquals(
                status == 405 ? "GET, HEAD" : "",
                response.headers().firstValue("Allow").orElse(""));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "no HTTP at all | HTTP/1.[01] 400 .*",
                "GET /%zz HTTP/1.1~Host: a | HTTP/1.1 400 .*",
                "OPTIONS * HTTP/1.1~Host: a | HTTP/1.1 40[045] .*",
                "GET nothing HTTP/1.1~Host: a | HTTP/1.1 40[04] .*",
                "GET /livez HTTP/1.1~Host: a~Content-Length: x | HTTP/1.1 400 .*",
                "GET /livez HTTP/1.1~Host: a~Connection: Upgrade~Upgrade: websocket | HTTP/1.1 [24].*",
                "PRI * HTTP/2.0~~SM | HTTP/.* 400 .*"
            })
    void garbageIsRefusedAndHarmsNobody(String request, String statusLine) throws Exception {
        try (Socket socket = connect()) {
            write(socket, request.replace("~", "\r\n") + "\r\n\r\n");
            String answer = firstLine(socket);
            assertTrue(answer.matches(statusLine), answer);
        }
        assertEquals(200, get("/livez").statusCode());
    }

    @Test
    void oversizedRequestLinesAndHeadersAreRefused() throws Exception {
        assertEquals(414, get("/" + "a".repeat(2000)).statusCode());
        assertEquals(431, get("/livez", "X-Long", "a".repeat(10_000)).statusCode());
        assertEquals(200, get("/livez").statusCode());
    }

    @Test
    void silentConnectionsCannotKeepOthersOut() throws Exception {
        List<Socket> silent = new ArrayList<>();
        try {
            for (int i = 0; i < ManagementVerticle.MAX_CONNECTIONS + 10; i++) {
                Socket socket = connect();
                write(socket, "GET /livez HTTP/1.1\r\nX-Never: ends");
                silent.add(socket);
            }
            assertEquals(
                    200,
                    HttpClient.newHttpClient()
                            .send(HttpRequest.newBuilder(uri("/livez")).build(), HttpResponse.BodyHandlers.discarding())
                            .statusCode());
            assertTrue(isClosed(silent.get(0)), "the oldest gave way");
        } finally {
            for (Socket socket : silent) {
                socket.close();
            }
        }
    }

    @Test
    void aPeerThatAsksWithoutReadingWaitsForItselfOnly() throws Exception {
        AtomicLong scrapes = new AtomicLong();
        metrics.gauge(Gauge.GROUPS, scrapes::incrementAndGet);
        int asked = 150;
        try (Socket socket = connect()) {
            write(socket, "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n".repeat(asked - 1));
            write(socket, "GET /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
            AtomicLong seen = new AtomicLong();
            await().during(Duration.ofMillis(500))
                    .until(() -> scrapes.get() > 0 && seen.getAndSet(scrapes.get()) == scrapes.get());
            assertTrue(scrapes.get() < asked, "answers pile up: " + scrapes);
            assertEquals(200, get("/livez").statusCode());
            socket.getInputStream().transferTo(OutputStream.nullOutputStream());
        }
        assertEquals(asked, scrapes.get());
    }

    @Test
    void peersThatNeverReadCannotKeepOthersOut() throws Exception {
        List<Socket> stuck = new ArrayList<>();
        try {
            for (int i = 0; i < ManagementVerticle.MAX_CONNECTIONS + 10; i++) {
                Socket socket = connect();
                write(socket, "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n".repeat(100));
                stuck.add(socket);
            }
            assertEquals(200, get("/livez").statusCode());
        } finally {
            for (Socket socket : stuck) {
                socket.close();
            }
        }
        await().until(() -> get("/livez").statusCode() == 200);
    }

    @Test
    void pipelinedProbesAreAllAnswered() throws Exception {
        try (Socket socket = connect()) {
            write(socket, "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n".repeat(100));
            write(socket, "GET /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
            String answers = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            assertEquals(102, answers.split("HTTP/1.1 200 OK", -1).length);
        }
    }

    @Test
    void aPortInUseFailsTheStart() throws Exception {
        try (ServerSocket taken = new ServerSocket(0)) {
            Config.Management config = new Config.Management("0.0.0.0", taken.getLocalPort());
            ManagementVerticle second = new ManagementVerticle(config, metrics, health);
            assertThrows(IOException.class, () -> vertx.deployVerticle(second).await(60, TimeUnit.SECONDS));
        }
    }

    @Test
    void undeployingFreesThePort() throws Exception {
        vertx.undeploy(verticle.deploymentID()).await(60, TimeUnit.SECONDS);
        // Not that connecting fails: a client that connects to a free port may by chance get it as its local port.
        // Nor that it is free at once: another process may use it for a while.
        await().ignoreExceptionsInstanceOf(BindException.class).until(this::canBeBound);
    }

    private boolean canBeBound() throws IOException {
        try (ServerSocket next = new ServerSocket()) {
            next.setReuseAddress(true);
            next.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), verticle.actualPort()));
            return next.isBound();
        }
    }

    private Socket connect() throws IOException {
        Socket socket = new Socket();
        // So that few answers fit between the two ends.
        socket.setReceiveBufferSize(4096);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), verticle.actualPort()));
        socket.setSoTimeout(60_000);
        return socket;
    }

    private static void write(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
    }

    private static String firstLine(Socket socket) throws IOException {
        StringBuilder line = new StringBuilder();
        InputStream in = socket.getInputStream();
        for (int c = in.read(); c >= 0 && c != '\r'; c = in.read()) {
            line.append((char) c);
        }
        return line.toString();
    }

    private static boolean isClosed(Socket socket) {
        try {
            return socket.getInputStream().read() < 0;
        } catch (SocketTimeoutException e) {
            return false;
        } catch (IOException e) {
            return true;
        }
    }
}
