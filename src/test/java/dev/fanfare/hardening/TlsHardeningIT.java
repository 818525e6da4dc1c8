package dev.fanfare.hardening;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.testkit.RawFrame;
import dev.fanfare.testkit.RawWebSocketClient;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The TLS listener beside the plain one, with a realistic certificate chain. */
@Tag("attack")
class TlsHardeningIT {

    private static final int ALERT = 21;
    private static final int PROTOCOL_VERSION = 70;

    @TempDir
    private static Path directory;

    private static TestChain chain;
    private static HardenedNode node;

    @BeforeAll
    static void start() throws Exception {
        chain = TestChain.in(directory);
        node = HardenedNode.start(
                "SERVER_TLS_ENABLED=true",
                "SERVER_TLS_PORT=0",
                "SERVER_TLS_KEY_FILE=" + chain.keyFile(),
                "SERVER_TLS_CERTIFICATE_FILE=" + chain.chainFile(),
                "SERVER_HANDSHAKE_TIMEOUT_SECONDS=1");
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
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void theWholeChainIsShownInBothVersions(String version) throws Exception {
        try (SSLSocket socket = (SSLSocket) chain.clientContext()
                .getSocketFactory()
                .createSocket(InetAddress.getLoopbackAddress(), node.tlsPort())) {
            socket.setEnabledProtocols(new String[] {version});
            socket.startHandshake();
            assertEquals(version, socket.getSession().getProtocol());
            assertEquals(2, socket.getSession().getPeerCertificates().length);
        }
    }

    @Test
    void webSocketsAndRestWorkOnBothListenersTogether() throws Exception {
        String target = HardenedNode.target(HardenedNode.HUB);
        String protocol = "Sec-WebSocket-Protocol: " + HardenedNode.JSON;
        try (RawWebSocketClient plain = RawWebSocketClient.open(node.port(), null, target, protocol);
                RawWebSocketClient tls =
                        RawWebSocketClient.open(node.tlsPort(), chain.clientContext(), target, protocol)) {
            for (RawWebSocketClient client : List.of(plain, tls)) {
                client.readText();
                client.send(RawFrame.text("{\"type\":\"joinGroup\",\"group\":\"g\",\"ackId\":1}"));
                assertEquals("{\"type\":\"ack\",\"ackId\":1,\"success\":true}", client.readText());
            }
            String path = "/api/hubs/attacked/groups/g/:send";
            HttpResponse<String> sent = HttpClient.newBuilder()
                    .sslContext(chain.clientContext())
                    .build()
                    .send(
                            HttpRequest.newBuilder(URI.create("https://localhost:" + node.tlsPort() + path))
                                    .header("Authorization", "Bearer " + Jwt.of(Jwt.server(path)))
                                    .header("Content-Type", "text/plain")
                                    .POST(HttpRequest.BodyPublishers.ofString("x".repeat(200_000)))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString());
            assertEquals(202, sent.statusCode(), sent.body());
            assertTrue(plain.readText().contains("\"dataType\":\"text\""));
            assertTrue(tls.readText().endsWith("xxx\"}"));
            tls.send(RawFrame.close(1000, ""));
            assertEquals(1000, tls.readClose().closeCode());
            assertEquals(RawWebSocketClient.End.EOF, tls.readEnd());
            plain.reset();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void olderVersionsAreRefused(int minor) throws Exception {
        HardenedNode.Counter failed = node.handshakes("tls_failed");
        // A complete ClientHello with a cipher suite for our certificate.
        String hello = "03" + HexFormat.of().toHexDigits((byte) minor) + "00".repeat(32) + "00" + "0002c009" + "0100";
        String handshake = "010000" + HexFormat.of().toHexDigits((byte) (hello.length() / 2)) + hello;
        String size = HexFormat.of().toHexDigits((short) (handshake.length() / 2));
        byte[] answer = exchange(HexFormat.of().parseHex("160301" + size + handshake));
        assertEquals(ALERT, answer[0]);
        assertEquals(PROTOCOL_VERSION, answer[6]);
        failed.awaitMoved(1);
    }

    @Test
    void noCipherWithoutForwardSecrecyAndAuthenticationIsAgreed() throws Exception {
        SSLSocketFactory factory = chain.clientContext().getSocketFactory();
        int agreed = 0;
        for (String suite : factory.getDefaultCipherSuites()) {
            if (!suite.contains("_WITH_") || !suite.contains("_ECDSA_")) {
                continue;
            }
            boolean sound = suite.startsWith("TLS_ECDHE_") && (suite.contains("_GCM_") || suite.contains("_CHACHA20_"));
            try (SSLSocket socket =
                    (SSLSocket) factory.createSocket(InetAddress.getLoopbackAddress(), node.tlsPort())) {
                socket.setEnabledProtocols(new String[] {"TLSv1.2"});
                socket.setEnabledCipherSuites(new String[] {suite});
                if (sound) {
                    socket.startHandshake();
                    agreed++;
                } else {
                    assertThrows(SSLException.class, socket::startHandshake, suite);
                }
            }
        }
        assertTrue(agreed >= 3, "agreed=" + agreed);
    }

    /** In a separate process, started without any option: the JDK reads the property only once. */
    @Test
    void renegotiationIsRefused() throws Exception {
        try (NodeProcess process = NodeProcess.serving(
                "SERVER_PLAIN=false",
                "SERVER_TLS_ENABLED=true",
                "SERVER_TLS_PORT=0",
                "SERVER_TLS_KEY_FILE=" + chain.keyFile(),
                "SERVER_TLS_CERTIFICATE_FILE=" + chain.chainFile())) {
            for (String first : List.of("", RawWebSocketClient.upgradeRequest(HardenedNode.target(HardenedNode.HUB)))) {
                try (SSLSocket socket = (SSLSocket) chain.clientContext()
                        .getSocketFactory()
                        .createSocket(InetAddress.getLoopbackAddress(), process.port())) {
                    socket.setSoTimeout(60_000);
                    socket.setEnabledProtocols(new String[] {"TLSv1.2"});
                    socket.startHandshake();
                    socket.getOutputStream().write(first.getBytes(StandardCharsets.US_ASCII));
                    if (!first.isEmpty()) {
                        assertEquals('H', socket.getInputStream().read());
                    }
                    SSLException refused = assertThrows(SSLException.class, () -> {
                        socket.startHandshake();
                        socket.getInputStream().readAllBytes();
                    });
                    assertTrue(String.valueOf(refused.getMessage()).contains("handshake_failure"), refused::toString);
                }
            }
            assertFalse(process.err().contains("Exception"), process.err());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void connectionsThatKeepAskingForNewKeysAreClosed(boolean upgraded) throws Exception {
        HardenedNode.Counter limit = node.limit("tls_records");
        try (SSLSocket socket = connect("TLSv1.3")) {
            if (upgraded) {
                String request = RawWebSocketClient.upgradeRequest(HardenedNode.target(HardenedNode.HUB));
                socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
                assertEquals('H', socket.getInputStream().read());
            }
            try {
                for (int i = 0; i < 20_000; i++) {
                    socket.startHandshake(); // which sends a KeyUpdate once there are keys
                }
                socket.getInputStream().readAllBytes();
            } catch (SocketTimeoutException open) {
                throw new AssertionError("it was not closed", open);
            } catch (IOException closed) {
                // reset, since not all was read
            }
        }
        limit.awaitMoved(1);
    }

    @Test
    void thousandsOfSmallRecordsWithDataAndAFewNewKeysAreNoHarm() throws Exception {
        HardenedNode.Counter limit = node.limit("tls_records");
        String request = RawWebSocketClient.upgradeRequest(HardenedNode.target(HardenedNode.HUB));
        byte[] ping = RawFrame.of(RawFrame.PING, new byte[0]).masked();
        try (SSLSocket socket = connect("TLSv1.3")) {
            OutputStream out = socket.getOutputStream();
            InputStream in = socket.getInputStream();
            out.write(request.getBytes(StandardCharsets.US_ASCII));
            String head = "";
            while (!head.endsWith("\r\n\r\n")) {
                head += (char) in.read();
            }
            assertTrue(head.startsWith("HTTP/1.1 101 "), head);
            for (int i = 0; i < 20; i++) {
                socket.startHandshake();
                for (int j = 0; j < 200; j++) {
                    out.write(ping);
                }
                byte[] pongs = in.readNBytes(200 * 2);
                assertEquals("8a00".repeat(200), HexFormat.of().formatHex(pongs));
            }
        }
        assertEquals(0, limit.moved());
    }

    private static SSLSocket connect(String version) throws IOException {
        SSLSocket socket = (SSLSocket)
                chain.clientContext().getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), node.tlsPort());
        socket.setSoTimeout(60_000);
        socket.setEnabledProtocols(new String[] {version});
        socket.startHandshake();
        return socket;
    }

    @Test
    void whatIsNoTlsIsCutWithoutHarm() throws Exception {
        HardenedNode.Counter failed = node.handshakes("tls_failed");
        exchange("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        exchange(new byte[1000]);
        exchange(HexFormat.of().parseHex("16030100"));
        failed.awaitMoved(2);
    }

    @Test
    void plainHttpIsNoHarmToThePlainListener() throws Exception {
        String answer = node.exchange("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
        assertTrue(answer.startsWith("HTTP/1.1 404 "), answer);
    }

    @Test
    void handshakesThatStallAreCut() throws Exception {
        HardenedNode.Counter failed = node.handshakes("tls_failed");
        List<RawWebSocketClient> stalled = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            RawWebSocketClient client = RawWebSocketClient.connect(node.tlsPort(), null);
            if (i % 2 == 0) {
                client.send(HexFormat.of().parseHex("160301020001"));
            }
            stalled.add(client);
        }
        long begin = System.nanoTime();
        for (RawWebSocketClient client : stalled) {
            client.drain();
        }
        double seconds = (System.nanoTime() - begin) / 1e9;
        assertTrue(seconds < 5, "took " + seconds + " s");
        failed.awaitMoved(100);
    }

    @Test
    void aRequestThatStallsWithinTlsIsCut() throws Exception {
        HardenedNode.Counter late = node.handshakes("timed_out");
        try (RawWebSocketClient client = RawWebSocketClient.connect(node.tlsPort(), chain.clientContext())) {
            client.send("GET /client/hubs/x");
            client.drain();
        }
        late.awaitMoved(1);
    }

    private static byte[] exchange(byte[] bytes) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), node.tlsPort())) {
            socket.setSoTimeout(60_000);
            socket.getOutputStream().write(bytes);
            return socket.getInputStream().readAllBytes();
        }
    }
}
