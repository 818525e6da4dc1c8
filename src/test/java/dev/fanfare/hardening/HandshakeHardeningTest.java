package dev.fanfare.hardening;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.testkit.RawFrame;
import dev.fanfare.testkit.RawWebSocketClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Upgrade requests that are invalid, never complete, or are too many. */
@Tag("attack")
class HandshakeHardeningTest {

    private static final String GOOD = RawWebSocketClient.upgradeRequest(HardenedNode.target(HardenedNode.HUB));

    private static HardenedNode node;

    @BeforeAll
    static void start() throws Exception {
        node = HardenedNode.start(
                "SERVER_HANDSHAKE_TIMEOUT_SECONDS=1", "SERVER_HTTP_IDLE_TIMEOUT_SECONDS=2", "LIMITS_CONNECTIONS=10");
    }

    @AfterEach
    void nobodyElseIsConcerned() {
        node.awaitCalm();
        node.bystander().assertUndisturbed();
    }

    @AfterAll
    static void stop() throws Exception {
        node.close();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "GET         | POST                                          | 405 | A WebSocket is opened with GET",
                "GET         | OPTIONS                                       | 405 | A WebSocket is opened with GET",
                "HTTP/1.1    | HTTP/1.0                                      | 400 | A WebSocket is opened with HTTP/1.1",
                "Host: localhost~ | ''                                       | 400 | One Host header is required",
                "Host: localhost~ | Host: localhost~Host: other~             | 400 | One Host header is required",
                "Upgrade: websocket~ | ''                       | 400 | The Upgrade header must name websocket",
                "Upgrade: websocket~ | Upgrade: h2c~            | 400 | The Upgrade header must name websocket",
                "Connection: Upgrade~ | ''                      | 400 | The Connection header must name Upgrade",
                "Connection: Upgrade~ | Connection: close~      | 400 | The Connection header must name Upgrade",
                "Sec-WebSocket-Version: 13~ | ''                | 400 | One Sec-WebSocket-Version header is required",
                "Sec-WebSocket-Version: 13 | Sec-WebSocket-Version: 8  | 426 | The version must be 13",
                "Sec-WebSocket-Version: 13~ | Sec-WebSocket-Version: 13~Sec-WebSocket-Version: 13~ | 400"
                        + " | One Sec-WebSocket-Version header is required",
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==~ | '' | 400"
                        + " | One Sec-WebSocket-Key header with 16 bytes in base64 is required",
                "dGhlIHNhbXBsZSBub25jZQ== | dGhlIHNhbXBsZQ==    | 400"
                        + " | One Sec-WebSocket-Key header with 16 bytes in base64 is required",
                "Host: localhost~ | Host: localhost~Content-Length: 5~ | 400 | An upgrade request has no body",
                "Host: localhost~ | Host: localhost~Transfer-Encoding: chunked~ | 400 | An upgrade request has no body",
                "Host: localhost~ | Host: localhost~Sec-WebSocket-Protocol: a b~ | 400"
                        + " | Sec-WebSocket-Protocol is a list of distinct tokens",
                "Host: localhost~ | Host: localhost~Sec-WebSocket-Protocol: mqtt~ | 400"
                        + " | none of the offered subprotocols is supported",
                "/client/hubs/attacked | /client/hubs/               | 400 | hub: has 0 characters",
                "/client/hubs/attacked | /client/hubs/9              | 400 | hub: begins with '9'",
                "/client/hubs/attacked | /client/hubs/a%2Fb          | 400 | hub: character 2 is '/'",
                "/client/hubs/attacked | /client/hubs/a%zz           | 400 | the path has a % that two hexadecimal digits",
                "/client/hubs/attacked | /client/nowhere             | 400 | the path must be /client/hubs/{hub}",
                "?access_token=        | ?webpubsub_mode=x&access_token=  | 400 | webpubsub_mode must be",
                "?access_token=        | ?webpubsub_mode=sendToGroup&access_token= | 400 | webpubsub_mode=sendToGroup needs",
                "?access_token=        | ?webpubsub_mode=sendToGroup&group=g&noEcho=1&access_token= | 400 | noEcho must be",
                "?access_token=        | ?x=                         | 401 | a token is required",
                "Host: localhost~ | Host: localhost~Origin: https://evil.example~ | 403 | the origin is not allowed",
                "Host: localhost~ | Host: localhost~Origin: null~   | 403 | the origin is not allowed"
            })
    void aMalformedRequestIsToldWhatIsWrong(String good, String bad, int status, String text) throws IOException {
        HardenedNode.Counter refused = node.handshakes(
                switch (status) {
                    case 401 -> "unauthorized";
                    case 403 -> "forbidden_origin";
                    default -> "bad_request";
                });

        String answer = node.exchange(GOOD.replace(good.replace("~", "\r\n"), bad.replace("~", "\r\n")));

        assertTrue(answer.startsWith("HTTP/1.1 " + status + " ") || answer.startsWith("HTTP/1.0 " + status), answer);
        assertTrue(answer.contains("\r\n\r\n" + text), answer);
        assertSecretFree(answer);
        refused.awaitMoved(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\r\n\r\n\r\nnonsense\r\n\r\n",
                "GET\r\n\r\n",
                "GET /client/hubs/x\r\n\r\n",
                "GET /client/hubs/x HTTP/1.1 extra\r\nHost: a\r\n\r\n",
                "G\u0000T /client/hubs/x HTTP/1.1\r\nHost: a\r\n\r\n",
                "GET /client/hubs/x HTTP/1.1\r\nHost a\r\n\r\n",
                "GET /client/hubs/x HTTP/1.1\r\nHost: a\r\nX\u0000: b\r\n\r\n",
                "GET /client/hubs/x HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
                "GET /client/hubs/x HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
                "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003\r\n\r\n"
            })
    void whatIsNoHttpIsRefusedAndTheConnectionClosed(String request) throws IOException {
        HardenedNode.Counter refused = node.handshakes("bad_request");
        try (RawWebSocketClient client = RawWebSocketClient.connect(node.port(), null)) {
            client.send(request.getBytes(StandardCharsets.ISO_8859_1));
            String answer = HardenedNode.answer(client);
            assertTrue(answer.startsWith("HTTP/1.1 400 ") || answer.startsWith("HTTP/1.0 400 "), answer);
            client.drain();
        }
        refused.awaitMoved(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /client/hubs/x HTTP/9.9\r\nHost: a\r\n\r\n",
                "GET /client/hubs/x HTTP/0.9\r\nHost: a\r\n\r\n",
                "POST /api/hubs/x/:send HTTP/2.0\r\nHost: a\r\nContent-Length: 1\r\n\r\nx",
                "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
            })
    void anotherVersionOfHttpIsRefusedWithTheOnesThatAreKnown(String request) throws IOException {
        String answer = node.exchange(request);

        assertTrue(answer.startsWith("HTTP/1.1 400 "), answer);
        assertTrue(answer.contains("HTTP/1.1 is needed, or HTTP/1.0"), answer);
    }

    @Test
    void aRequestLineOverTheLimitIsRefusedAndCounted() throws IOException {
        HardenedNode.Counter limit = node.limit("request_headers");

        String answer = node.exchange("GET /client/hubs/x?q=" + "x".repeat(60_000) + " HTTP/1.1\r\nHost: a\r\n\r\n");

        assertTrue(answer.startsWith("HTTP/1.1 414 ") || answer.startsWith("HTTP/1.0 414 "), answer);
        limit.awaitMoved(1);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 1000})
    void headersOverTheLimitAreRefusedAndCounted(int headers) throws IOException {
        HardenedNode.Counter limit = node.limit("request_headers");
        String header = "X-Header: " + "x".repeat(60_000 / headers) + "\r\n";

        String answer = node.exchange(GOOD.replace("Host: localhost\r\n", "Host: a\r\n" + header.repeat(headers)));

        assertTrue(answer.startsWith("HTTP/1.1 431 ") || answer.startsWith("HTTP/1.0 431 "), answer);
        limit.awaitMoved(1);
    }

    @Test
    void aBadEscapeInTheQueryDoesNotSendTheTokenBack() throws IOException {
        HardenedNode.Counter refused = node.handshakes("bad_request");
        String token = Jwt.of(Jwt.client(HardenedNode.HUB));

        String answer = node.exchange(GOOD.replaceFirst("access_token=\\S+", "access_token=" + token + "%zz"));

        assertTrue(answer.startsWith("HTTP/1.1 400 "), answer);
        assertFalse(answer.contains(token.substring(0, 20)), answer);
        refused.awaitMoved(1);
    }

    @Test
    void aByteNowAndThenKeepsNoConnectionOpen() throws Exception {
        HardenedNode.Counter late = node.handshakes("timed_out");
        HardenedNode.Counter limit = node.limit("handshake_time");
        List<String> beginnings = new ArrayList<>(List.of("", "GET /client/hubs/"));
        for (String path : List.of("/client/hubs/x", "/nowhere", "/api/nowhere")) {
            beginnings.add("GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\nGET /client/hubs/");
            beginnings.add("POST " + path + " HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n");
        }
        List<Trickle> trickles = new ArrayList<>();
        for (String beginning : beginnings) {
            trickles.add(new Trickle(beginning));
        }

        // Longer than the handshake timeout and the idle timeout together, and their sweeps.
        await().pollInterval(Duration.ofMillis(100))
                .until(() -> trickles.stream().filter(Trickle::goesOn).toList(), List::isEmpty);

        late.awaitMoved(2);
        limit.awaitMoved(2);
    }

    /** A client that sends a byte on demand. */
    private static final class Trickle {
        private final String beginning;
        private final SocketChannel channel;

        Trickle(String beginning) throws IOException {
            this.beginning = beginning;
            channel = SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), node.port()));
            channel.write(ByteBuffer.wrap(beginning.getBytes(StandardCharsets.US_ASCII)));
            channel.configureBlocking(false);
        }

        /** Sends another byte; returns whether the node still reads. */
        boolean goesOn() {
            try {
                channel.write(ByteBuffer.wrap(new byte[] {'x'}));
                return channel.read(ByteBuffer.allocate(4096)) >= 0;
            } catch (IOException ended) {
                return false;
            }
        }

        @Override
        public String toString() {
            return beginning;
        }
    }

    @Test
    void manySilentConnectionsAreCutAndNobodyElseIsConcerned() throws Exception {
        HardenedNode.Counter late = node.handshakes("timed_out");
        List<RawWebSocketClient> silent = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            silent.add(RawWebSocketClient.connect(node.port(), null));
        }
        try (RawWebSocketClient client = node.open(HardenedNode.JSON)) {
            client.send(RawFrame.text("{\"type\":\"ping\"}"));
            assertEquals("{\"type\":\"pong\"}", client.readText());
        }
        for (RawWebSocketClient one : silent) {
            one.drain();
        }
        late.awaitMoved(300);
    }

    @Test
    void aHalfClosedConnectionEnds() throws Exception {
        for (String said : List.of("", "GET /client/hubs/x HT", GOOD)) {
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), node.port())) {
                socket.setSoTimeout(5000);
                socket.getOutputStream().write(said.getBytes(StandardCharsets.US_ASCII));
                socket.shutdownOutput();
                socket.getInputStream().readAllBytes();
            } catch (java.net.SocketException reset) {
                // This ends the connection as well.
            }
        }
    }

    @Test
    void garbageRightBehindTheRequestIsAFrameThatIsRefused() throws Exception {
        HardenedNode.Counter closed = node.closes("protocol_error", "raw");
        try (RawWebSocketClient client = RawWebSocketClient.connect(node.port(), null)) {
            client.send(GOOD + "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            assertTrue(client.readHead().startsWith("HTTP/1.1 101 "));
            assertEquals(1002, client.readClose().closeCode());
            client.drain();
        }
        closed.awaitMoved(1);
    }

    @Test
    void anUpgradeBehindAnotherRequestIsRefused() throws Exception {
        try (RawWebSocketClient client = RawWebSocketClient.connect(node.port(), null)) {
            client.send("GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n" + GOOD);
            assertTrue(HardenedNode.answer(client).startsWith("HTTP/1.1 404 "));
            assertTrue(HardenedNode.answer(client).startsWith("HTTP/1.1 400 "));
            client.drain();
        }
    }

    @Test
    void randomBytesNeverGetFurther() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int i = 0; i < 200; i++) {
            byte[] bytes = new byte[1 + random.nextInt(400)];
            random.nextBytes(bytes);
            try (RawWebSocketClient client = RawWebSocketClient.connect(node.port(), null)) {
                client.send(bytes);
                client.send("\r\n\r\n\r\n\r\n");
                String head = client.readHead();
                assertTrue(head.startsWith("HTTP/1.1 400 ") || head.startsWith("HTTP/1.0 400 "), "seed=" + seed + head);
            } catch (java.net.SocketException reset) {
                // Closed while we were writing.
            }
        }
    }

    @Test
    void aFullNodeSaysSoAndRecovers() throws Exception {
        HardenedNode.Counter full = node.handshakes("node_full");
        HardenedNode.Counter limit = node.limit("connections");
        List<RawWebSocketClient> clients = new ArrayList<>();
        for (int i = Bystander.CONNECTIONS; i < 10; i++) {
            clients.add(node.open(HardenedNode.JSON));
        }
        for (int i = 0; i < 50; i++) {
            String answer = node.exchange(GOOD);
            assertTrue(answer.startsWith("HTTP/1.1 503 "), answer);
            assertTrue(answer.toLowerCase(java.util.Locale.ROOT).contains("retry-after: 5"), answer);
            assertTrue(answer.endsWith("the node has as many connections as it takes\n"), answer);
        }
        full.awaitMoved(50);
        limit.awaitMoved(50);

        for (RawWebSocketClient client : clients) {
            client.reset();
        }
        node.awaitCalm();
        node.open(HardenedNode.JSON).disconnect();
    }

    @Test
    void aBrowserMayConnectFromAnOriginOfTheList() throws Exception {
        try (HardenedNode strict =
                HardenedNode.start("SERVER_ALLOWED_ORIGINS=https://app.example,http://b.example:1")) {
            String from = GOOD.replace("Host: localhost", "Host: localhost\r\nOrigin: ");
            assertTrue(strict.exchange(from.replace("Origin: ", "Origin: https://app.example"))
                    .startsWith("HTTP/1.1 101 "));
            for (String other : List.of(
                    "https://app.example.evil",
                    "http://app.example",
                    "https://app.example:444",
                    "http://b.example",
                    "*")) {
                String answer = strict.exchange(from.replace("Origin: ", "Origin: " + other));
                assertTrue(answer.startsWith("HTTP/1.1 403 "), other + answer);
            }
        }
    }

    @Test
    void aPageOfTheSameSiteMayConnect() throws Exception {
        try (HardenedNode site = HardenedNode.start()) {
            for (String same : List.of(
                    "a.example|http://a.example",
                    "A.Example|http://a.EXAMPLE:80",
                    "a.example:8080|http://a.example:8080",
                    "[::1]:8080|http://[::1]:8080",
                    "a.example|https://a.example", // a proxy may have ended TLS
                    "a.example:443|https://a.example")) {
                assertTrue(originAnswer(site, same).startsWith("HTTP/1.1 101 "), same);
            }
            for (String other : List.of(
                    "a.example|http://a.example:8080",
                    "a.example:8080|http://a.example",
                    "a.example|http://a.example.evil.example",
                    "a.example|http://evil.example",
                    "a.example|http://x@a.example",
                    "a.example|http://a.example/path",
                    "a.example|ftp://a.example",
                    "a.example|a.example",
                    "a.example|null",
                    "a.example|")) {
                assertTrue(originAnswer(site, other).startsWith("HTTP/1.1 403 "), other);
            }
        }
    }

    @Test
    void aPageOfAPublicEndpointMayConnectAndOneOfAnyOtherHostMayNot() throws Exception {
        try (HardenedNode site =
                HardenedNode.start("SERVER_PUBLIC_ENDPOINTS=http://localhost,https://fanfare.example/")) {
            for (String same : List.of(
                    "node-1:8080|https://fanfare.example",
                    "node-1:8080|https://fanfare.example:443",
                    "a.example|http://localhost")) {
                assertTrue(originAnswer(site, same).startsWith("HTTP/1.1 101 "), same);
            }
            for (String other : List.of(
                    "node-1:8080|http://fanfare.example",
                    "rebound.example|http://rebound.example",
                    "rebound.example|https://rebound.example")) {
                assertTrue(originAnswer(site, other).startsWith("HTTP/1.1 403 "), other);
            }
        }
    }

    private static String originAnswer(HardenedNode site, String hostAndOrigin) throws IOException {
        String[] parts = hostAndOrigin.split("\\|", -1);
        String token = Jwt.of(Jwt.client(HardenedNode.HUB));
        return site.exchange(GOOD.replaceFirst("access_token=\\S+", "access_token=" + token)
                .replace("Host: localhost", "Host: " + parts[0] + "\r\nOrigin: " + parts[1]));
    }

    private static void assertSecretFree(String answer) {
        assertFalse(answer.contains("eyJ") || answer.contains(HardenedNode.KEY), answer);
    }
}
