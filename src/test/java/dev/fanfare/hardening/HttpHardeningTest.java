package dev.fanfare.hardening;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.fanfare.testkit.RawWebSocketClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** Hostile HTTP: pipelined, incomplete or ambiguous requests, and ever more connections. */
@Tag("attack")
class HttpHardeningTest {

    private static final int HTTP_CONNECTIONS = 20;
    private static final String GET = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
    private static final String CLIENT = RawWebSocketClient.upgradeRequest(HardenedNode.target(HardenedNode.HUB));
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final Set<String> EXPECTED =
            Set.of("a client was refused", "connection ended abnormally", "changed over REST");

    private static HardenedNode node;

    private final ListAppender<ILoggingEvent> logged = new ListAppender<>();

    @BeforeAll
    static void start() throws Exception {
        node = HardenedNode.start("LIMITS_HTTP_CONNECTIONS=" + HTTP_CONNECTIONS);
    }

    @BeforeEach
    void listenToTheLog() {
        logged.start();
        root().addAppender(logged);
    }

    @AfterEach
    void nothingElseIsLoggedAndNobodyElseIsConcerned() {
        root().detachAppender(logged);
        node.bystander().assertUndisturbed();
        assertEquals(
                List.of(),
                logged.list.stream()
                        .filter(event -> event.getLevel().isGreaterOrEqual(Level.INFO))
                        .filter(event -> !EXPECTED.contains(event.getMessage()))
                        .map(ILoggingEvent::getFormattedMessage)
                        .toList());
    }

    private static Logger root() {
        return (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    }

    @AfterAll
    static void stop() throws Exception {
        node.close();
    }

    @Test
    void pipelinedRequestsAreAllAnswered() throws Exception {
        int requests = 500;
        try (RawWebSocketClient client = RawWebSocketClient.connect(node.port(), null)) {
            client.send(GET.replace("GET /", "HEAD /api/health").repeat(requests));
            for (int i = 0; i < requests; i++) {
                String answer = HardenedNode.answer(client);
                assertTrue(answer.matches("(?s)HTTP/1\\.1 200 .*"), answer);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/ 404", "/nowhere 404", "/api/nowhere 401", "/api/hubs/attacked/groups/g/connections 401"})
    void pipelinedRequestsOfStrangersAreRefusedAFewTimes(String expected) throws Exception {
        String[] parts = expected.split(" ");
        for (int requests : new int[] {3, 5000}) {
            try (RawWebSocketClient client = RawWebSocketClient.connect(node.port(), null)) {
                client.send(GET.replace("GET /", "GET " + parts[0]).repeat(requests));
                for (int i = 0; i < 3; i++) {
                    String answer = HardenedNode.answer(client);
                    assertTrue(answer.startsWith("HTTP/1.1 " + parts[1] + " "), answer);
                    assertEquals(i == 2, closes(answer), answer);
                }
                assertEquals(RawWebSocketClient.End.EOF, client.readEnd());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/api/hubs/attacked/:send|Transfer-Encoding: chunked|401",
                "/api/hubs/attacked/:send|Content-Length: 1000000|401",
                "/api/nowhere|Transfer-Encoding: chunked|401",
                "/nowhere|Content-Length: 1000000|404",
                "/client/hubs/attacked|Transfer-Encoding: chunked|405"
            })
    void aRefusedBodyIsNotReadAndItsAnswerIsTheLast(String expected) throws Exception {
        String[] parts = expected.split("\\|");
        try (RawWebSocketClient client = RawWebSocketClient.connect(node.port(), null)) {
            client.send("POST " + parts[0] + " HTTP/1.1\r\nHost: localhost\r\n" + parts[1] + "\r\n\r\n");
            client.send("1\r\nx\r\n".repeat(100_000) + "0\r\n\r\n" + GET);
            String answer = HardenedNode.answer(client);
            assertTrue(answer.startsWith("HTTP/1.1 " + parts[2] + " ") && closes(answer), answer);
            assertEquals(RawWebSocketClient.End.EOF, client.readEnd());
        }
    }

    @Test
    void theConnectionOfARefusedTokenIsKept() throws Exception {
        String refused = post("/api/hubs/attacked/:send", "X: y", 0).replaceFirst("Bearer \\S+", "Bearer x");
        String small = refused.replace("Content-Length: 0", "Content-Length: 5") + "small";
        String good = post("/api/hubs/attacked/:send", "X: y", 1) + "x";
        try (RawWebSocketClient client = RawWebSocketClient.connect(node.port(), null)) {
            for (int i = 0; i < 3; i++) {
                for (String request : List.of(refused, small)) {
                    client.send(request);
                    String answer = HardenedNode.answer(client);
                    assertTrue(answer.startsWith("HTTP/1.1 401 ") && !closes(answer), answer);
                }
                client.send(good);
                assertTrue(HardenedNode.answer(client).startsWith("HTTP/1.1 202 ")); // and resets the count of the two
            }
        }
    }

    private static boolean closes(String answer) {
        return answer.toLowerCase(Locale.ROOT).contains("\r\nconnection: close\r\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "permessage-deflate; client_max_window_bits=abc",
                "permessage-deflate; client_max_window_bits=15.0",
                "permessage-deflate; client_max_window_bits=99999999999",
                "permessage-deflate; client_max_window_bits=\"abc\"",
                "permessage-deflate; server_max_window_bits=abc",
                "x-unknown, permessage-deflate; client_max_window_bits=abc",
                "deflate-frame; x=abc",
                "x-webkit-deflate-frame"
            })
    void anOfferOfCompressionWithAWrongParameterIsDeclined(String offer) throws Exception {
        String answer =
                node.exchange(CLIENT.replace("\r\n\r\n", "\r\nSec-WebSocket-Extensions: " + offer + "\r\n\r\n"));

        assertTrue(answer.startsWith("HTTP/1.1 101 "), answer);
        assertFalse(answer.toLowerCase(Locale.ROOT).contains("extensions"), answer);
        node.awaitCalm();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET / HTTP/1.1~Host: a~Host: b~~",
                "GET / HTTP/1.1~Host: a~host: a~~",
                "GET / HTTP/1.1~~",
                "GET / HTTP/1.1~Host: a b~~",
                "GET / HTTP/1.1~Host: a/b~~",
                "GET / HTTP/1.0~Host: a~Host: b~~",
                "GET / HTTP/1.1~Host: a~X: 1~ 2~~",
                "GET / HTTP/1.1~Host: a~X: 1~\t2~~",
                "GET / HTTP/1.1~ X: 1~Host: a~~",
                "GET / HTTP/1.1~Host: a~X: 1~ ~~",
                "GET / HTTP/1.1~Host: a~: 1~~",
                "GET / HTTP/1.0~Host: a~Transfer-Encoding: chunked~~0~~",
                "GET / HTTP/1.1~Host: a~Transfer-Encoding: gzip~~",
                "GET / HTTP/1.1~Host: a~Transfer-Encoding: gzip, chunked~~0~~",
                "GET / HTTP/1.1~Host: a~Transfer-Encoding: chunked~Content-Length: 1~~0~~"
            })
    void anAmbiguousRequestIsRefusedOnEveryListener(String request) throws Exception {
        for (int port : new int[] {node.port(), node.managementPort()}) {
            for (String path : List.of("/", "/api/health", "/client/hubs/x")) {
                String bytes = request.replace("~", "\r\n").replace("GET /", "GET " + path);
                try (RawWebSocketClient client = RawWebSocketClient.connect(port, null)) {
                    // Also byte by byte: the result must not depend on how the request arrives.
                    for (byte octet : bytes.getBytes(StandardCharsets.US_ASCII)) {
                        client.send(new byte[] {octet});
                    }
                    client.send(GET);
                    String answer = HardenedNode.answer(client);
                    assertTrue(answer.startsWith("HTTP/1.1 400 ") || answer.startsWith("HTTP/1.0 400 "), answer);
                    client.readEnd();
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"Host: a~X: folded~Y:  1~~", "Host: a:80~X:~~", "Host: [::1]:80~X: \t1 \t~~"})
    void whatIsAllowedIsNotRefused(String headers) throws Exception {
        String request = "GET /livez HTTP/1.1~" + headers;

        assertTrue(HardenedNode.exchange(node.managementPort(), request.replace("~", "\r\n"))
                .startsWith("HTTP/1.1 200 "));
        assertTrue(node.exchange(request.replace("~", "\r\n")).startsWith("HTTP/1.1 404 "));
    }

    @Test
    void aBodyThatWasAskedForIsAskedForOnce() throws Exception {
        try (RawWebSocketClient client = RawWebSocketClient.connect(node.port(), null)) {
            client.send(post("/api/hubs/attacked/:send", "Expect: 100-continue", 1));
            assertEquals("HTTP/1.1 100 Continue\r\n\r\n", client.readHead().replaceAll("\r\ncontent-length: 0", ""));
            client.send("x");
            assertTrue(client.readHead().startsWith("HTTP/1.1 202 "));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "POST /api/hubs/attacked/:send|Authorization: Bearer x|401",
                "POST /nowhere|X: y|404",
                "POST /api/nowhere|X: y|404",
                "POST /api/hubs/attacked/:send|Content-Encoding: gzip|415",
                "POST /api/hubs/attacked/:send?nothing=1|X: y|400",
                "POST /api/hubs/attacked/:send?filter=%ff|X: y|400",
                "GET /api/hubs/attacked/connections|X: y|200"
            })
    void nobodyIsAskedForABodyThatIsRefused(String expected) throws Exception {
        String[] parts = expected.split("\\|");
        String path = parts[0].substring(parts[0].indexOf(' ') + 1);
        String request =
                post(path, "Expect: 100-continue\r\n" + parts[1], 1).replaceFirst("^POST", parts[0].split(" ")[0]);
        if (parts[1].startsWith("Authorization")) {
            request = request.replaceFirst("Authorization: Bearer ey\\S+\r\n", "");
        }

        String answer = node.exchange(request);

        assertTrue(answer.startsWith("HTTP/1.1 " + parts[2] + " "), answer);
    }

    @ParameterizedTest
    @ValueSource(strings = {"A: 1~ 2~", "A: 1~\t2~", " A: 1~", "A: 1~ ~"})
    void foldedTrailersAreRefusedAsFoldedHeadersAre(String trailers) throws Exception {
        String request = post("/api/hubs/attacked/:send", "X: y", 0)
                .replaceFirst("Content-Length: 0", "Transfer-Encoding: chunked");
        String body = "1~x~0~" + trailers + "~";

        for (boolean inPieces : new boolean[] {false, true}) {
            try (RawWebSocketClient client = RawWebSocketClient.connect(node.port(), null)) {
                String bytes = request + body.replace("~", "\r\n");
                client.send(inPieces ? request : bytes);
                for (int i = request.length(); inPieces && i < bytes.length(); i++) {
                    client.send(bytes.substring(i, i + 1));
                }
                String answer = HardenedNode.answer(client);
                assertTrue(answer.startsWith("HTTP/1.1 400 "), answer);
                client.readEnd();
            }
        }
        String allowed = node.exchange(request + "1\r\nx\r\n0\r\nA: 1\r\nB:\t2\r\n\r\n");
        assertTrue(allowed.startsWith("HTTP/1.1 202 "), allowed);
    }

    @Test
    void aResetAmongPipelinedRequestsIsNoFault() throws Exception {
        String call = post("/api/hubs/attacked/:send", "Authorization: Bearer a.b.c", 0);
        for (int i = 0; i < 100; i++) {
            RawWebSocketClient client = RawWebSocketClient.connect(node.port(), null);
            client.send(call.repeat(1 + i % 5) + "GET / HTTP/1.1\r\n");
            client.reset();
        }
        await().atMost(PATIENCE).until(() -> node.metric("fanfare_http_connections") == 0);
        List<ILoggingEvent> warnings = logged.list.stream()
                .filter(line -> line.getLevel().isGreaterOrEqual(Level.WARN))
                .toList();
        assertEquals(List.of(), warnings);
    }

    @Test
    void pipelinedRequestsAreAnsweredInTheirOrder() throws Exception {
        try (RawWebSocketClient client = RawWebSocketClient.connect(node.port(), null)) {
            String send = post("/api/hubs/attacked/:send", "X: y", 1) + "x";
            client.send((send + "GET /first HTTP/1.1\r\nHost: a\r\n\r\n" + send).repeat(50));
            for (int i = 0; i < 50; i++) {
                assertTrue(HardenedNode.answer(client).startsWith("HTTP/1.1 202 "));
                assertTrue(HardenedNode.answer(client).startsWith("HTTP/1.1 404 "));
                assertTrue(HardenedNode.answer(client).startsWith("HTTP/1.1 202 "));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"gzip", "GZIP", "deflate", "br", "identity, gzip", "nothing"})
    void aBodyThatIsEncodedIsNotDeliveredAsItIs(String encoding) throws Exception {
        String answer = node.exchange(post("/api/hubs/attacked/:send", "Content-Encoding: " + encoding, 1) + "x");

        assertTrue(answer.startsWith("HTTP/1.1 415 "), answer);
        assertTrue(answer.contains("Content-Encoding"), answer);
        for (String none : List.of("identity", "")) {
            assertTrue(node.exchange(post("/api/hubs/attacked/:send", "Content-Encoding: " + none, 1) + "x")
                    .startsWith("HTTP/1.1 202 "));
        }
    }

    @Test
    void namesOfTheGreatestLengthHaveRoom() throws Exception {
        String name = URLEncoder.encode("\u6f22".repeat(1024), StandardCharsets.UTF_8);

        String added = node.exchange(post("/api/hubs/attacked/users/" + name + "/groups/" + name, "X: y", 0)
                .replaceFirst("^POST", "PUT"));
        assertTrue(added.startsWith("HTTP/1.1 200 "), added);
        String sent = node.exchange(post("/api/hubs/attacked/users/" + name + "/:send", "X: y", 1) + "x");
        assertTrue(sent.startsWith("HTTP/1.1 202 "), sent);
    }

    @Test
    void whatIsTooLongIsToldAsTheDescriptionHasIt() throws Exception {
        HardenedNode.Counter limit = node.limit("request_headers");
        String query = "?filter=" + "x".repeat(100_000);

        String line = node.exchange(post("/api/hubs/attacked/:send" + query, "X: y", 0));
        String headers = node.exchange(post("/api/hubs/attacked/:send", "X: " + "y".repeat(100_000), 0));

        assertDescribed(line, 414, "Error.UriTooLong");
        assertDescribed(headers, 431, "Error.RequestHeadersTooLarge");
        limit.awaitMoved(2);
    }

    private static void assertDescribed(String answer, int status, String code) {
        assertTrue(answer.startsWith("HTTP/1.1 " + status + " ") || answer.startsWith("HTTP/1.0 " + status), answer);
        for (String part : List.of(
                "api-supported-versions: ", "x-ms-error-code: " + code, "application/json", "{\"code\":\"" + code)) {
            assertTrue(answer.contains(part), answer);
        }
    }

    @Test
    void whoDoesNotReadAnswersIsReadNoMore() throws Exception {
        long most = 12 * 1024 * 1024; // more than fits into the buffers of the kernel
        ByteBuffer requests = ByteBuffer.wrap(
                GET.replace("GET /", "GET /api/openapi.yaml").repeat(1000).getBytes(StandardCharsets.US_ASCII));
        try (SocketChannel channel = SocketChannel.open()) {
            channel.setOption(StandardSocketOptions.SO_RCVBUF, 4096);
            channel.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), node.port()));
            channel.configureBlocking(false);
            long[] sent = {0};
            long[] before = {-1};
            await().pollInterval(Duration.ofMillis(500)).atMost(PATIENCE).until(() -> {
                sent[0] += sendWhatIsTaken(channel, requests, most - sent[0]);
                boolean still = sent[0] == before[0];
                before[0] = sent[0];
                return still || sent[0] >= most;
            });
            assertTrue(sent[0] < most, "sent=" + sent[0]);
            channel.setOption(StandardSocketOptions.SO_LINGER, 0);
        }
    }

    private static long sendWhatIsTaken(SocketChannel channel, ByteBuffer requests, long most) throws IOException {
        long sent = 0;
        int written = channel.write(requests);
        while (written > 0 && sent < most) {
            sent += written;
            if (!requests.hasRemaining()) {
                requests.rewind();
            }
            written = channel.write(requests);
        }
        return sent;
    }

    @Test
    void aboveTheLimitTheIdlestConnectionOfHttpGivesWay() throws Exception {
        HardenedNode.Counter limit = node.limit("http_connections");
        List<RawWebSocketClient> idle = new ArrayList<>();
        for (int i = 0; i < 3 * HTTP_CONNECTIONS; i++) {
            RawWebSocketClient client = RawWebSocketClient.connect(node.port(), null);
            client.send(GET);
            assertTrue(HardenedNode.answer(client).startsWith("HTTP/1.1 404 "));
            idle.add(client);
            assertTrue(node.metric("fanfare_http_connections") <= HTTP_CONNECTIONS);
        }
        node.open(HardenedNode.JSON).disconnect();
        limit.awaitMoved(2 * HTTP_CONNECTIONS);
        for (RawWebSocketClient client : idle.subList(0, HTTP_CONNECTIONS)) {
            client.readEnd();
        }
        for (RawWebSocketClient client : idle) {
            client.disconnect();
        }
        await().atMost(PATIENCE).until(() -> node.metric("fanfare_http_connections") == 0);
        node.awaitCalm();
    }

    private static String post(String pathAndQuery, String header, int length) throws IOException {
        String path = pathAndQuery.replaceAll("\\?.*", "");
        return "POST " + pathAndQuery + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
                + Jwt.of(Jwt.server(path)) + "\r\nContent-Type: text/plain\r\nContent-Length: " + length + "\r\n"
                + header
                + "\r\n\r\n";
    }
}
