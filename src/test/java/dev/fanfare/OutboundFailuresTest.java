package dev.fanfare;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.testkit.AnyNode;
import dev.fanfare.testkit.FreePorts;
import dev.fanfare.testkit.JsonClient;
import dev.fanfare.testkit.RawFrame;
import dev.fanfare.testkit.RawWebSocketClient;
import dev.fanfare.testkit.RemoteServer;
import dev.fanfare.testkit.RemoteServer.Upgraded;
import dev.fanfare.testkit.TestCertificate;
import dev.fanfare.testkit.TestNode;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Base64;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Remotes that cannot be connected to: each failure is distinguished, and other hubs are not affected. */
@Timeout(120)
final class OutboundFailuresTest {

    private static final String HUB = "/api/hubs/chat";

    private static TestNode node;
    private static JsonClient bystander;
    private RemoteServer remote;

    @BeforeAll
    static void startNode() throws IOException {
        node = TestNode.start(
                "OUTBOUND_ALLOW=127.0.0.0/8:*,localhost:*,nowhere.invalid:*",
                "OUTBOUND_HANDSHAKE_TIMEOUT_SECONDS=5",
                "OUTBOUND_MAX_REDIRECTS=2");
        bystander = node.client("bob").hub("other").mayAll().in("lobby").json();
    }

    @AfterAll
    static void stopNode() throws IOException {
        bystander.close();
        node.close();
    }

    @BeforeEach
    void startRemote() throws IOException {
        remote = RemoteServer.start();
    }

    @AfterEach
    void nobodyElseNoticed() throws IOException {
        remote.close();
        node.call("POST", HUB + "/:closeConnections");
        node.call("POST", "/api/hubs/other/groups/lobby/:send", "text/plain", new byte[] {'h'});
        assertEquals("h", bystander.next().getString("data"));
    }

    // ---- helpers

    private static JsonObject to(String url) {
        // One attempt, then a pause longer than the test.
        JsonObject reconnect =
                new JsonObject().put("initialDelayMillis", 3_600_000).put("maxDelayMillis", 3_600_000);
        return new JsonObject().put("url", url).put("reconnect", reconnect);
    }

    private static String opened(JsonObject connection) {
        byte[] body = connection.encode().getBytes(StandardCharsets.UTF_8);
        AnyNode.Reply reply = node.call("POST", HUB + "/:openConnection", "application/json", body);
        assertEquals(201, reply.status(), reply.body());
        return new JsonObject(reply.body()).getString("connectionId");
    }

    private static JsonObject shown(String id) {
        return new JsonObject(node.call("GET", HUB + "/connections/" + id).body());
    }

    /** Asserts that the attempt has failed with this error and the connection waits. */
    private static String error(String id) {
        await().until(() -> "waiting".equals(shown(id).getString("state")));
        JsonObject shown = shown(id);
        assertEquals(1, shown.getInteger("attempts"));
        assertEquals("outbound", shown.getString("type"));
        return shown.getString("lastError");
    }

    private static void assertError(String expected, String id) {
        String error = error(id);
        assertTrue(error.startsWith(expected), error);
    }

    private static double attempts(String outcome) {
        return node.metric("fanfare_outbound_attempts_total{outcome=\"" + outcome + "\"}");
    }

    private void answer(String text) throws IOException {
        RawWebSocketClient connection = remote.accept();
        String request = connection.readHead();
        connection.send(text.replace(
                "{accept}", String.valueOf(RemoteServer.header(RemoteServer.answer(request), "Sec-WebSocket-Accept"))));
    }

    // ---- answers

    @ParameterizedTest
    @CsvSource({
        "401, Error.RemoteUnauthorized",
        "407, Error.RemoteUnauthorized",
        "403, Error.RemoteForbidden",
        "404, Error.RemoteNotFound",
        "429, Error.RemoteUnavailable",
        "503, Error.RemoteUnavailable",
        "500, Error.RemoteFailed",
        "200, Error.RemoteRefused",
        "426, Error.RemoteRefused",
        "302, Error.RemoteRefused"
    })
    void eachStatusHasItsError(int status, String error) throws IOException {
        double before = attempts("refused");
        String id = opened(to(remote.url()));
        answer("HTTP/1.1 " + status + " Whatever\r\nContent-Length: 2\r\n\r\nno");
        assertEquals(error + ": the remote answered with status " + status, error(id));
        assertEquals(before + 1, attempts("refused"));
    }

    static Stream<Arguments> invalidAnswers() {
        String start = "HTTP/1.1 101 Switching Protocols\r\n";
        String upgrade = "Upgrade: websocket\r\n";
        String connection = "Connection: Upgrade\r\n";
        String accept = "Sec-WebSocket-Accept: {accept}\r\n";
        return Stream.of(
                Arguments.of(start + upgrade + connection + "\r\n", "Sec-WebSocket-Accept does not belong"),
                Arguments.of(
                        start + upgrade + connection + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n",
                        "Sec-WebSocket-Accept does not belong"),
                Arguments.of(
                        start + upgrade + connection + accept + accept + "\r\n",
                        "Sec-WebSocket-Accept does not belong"),
                Arguments.of(start + connection + accept + "\r\n", "does not upgrade"),
                Arguments.of(start + "Upgrade: h2c\r\n" + connection + accept + "\r\n", "does not upgrade"),
                Arguments.of(start + upgrade + accept + "\r\n", "does not say Connection"),
                Arguments.of(
                        start + upgrade + connection + accept + "Sec-WebSocket-Protocol: other\r\n\r\n",
                        "a subprotocol was chosen"),
                Arguments.of(
                        start + upgrade + connection + accept
                                + "Sec-WebSocket-Protocol: v1\r\nSec-WebSocket-Protocol: v1\r\n\r\n",
                        "a subprotocol was chosen"),
                Arguments.of(
                        start + upgrade + connection + accept + "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n",
                        "an extension was chosen"),
                Arguments.of("SSH-2.0-OpenSSH_9.6\r\n\r\n", "no HTTP"),
                Arguments.of(start + "X: " + "x".repeat(20_000) + "\r\n\r\n", "no HTTP, or too long"));
    }

    @ParameterizedTest
    @MethodSource("invalidAnswers")
    void answersThatAreNoneAreRefused(String text, String why) throws IOException {
        String id = opened(to(remote.url()).put("subprotocols", new JsonArray().add("v1")));
        answer(text);
        String error = error(id);
        assertTrue(error.startsWith("Error.RemoteRefused: the remote's answer is invalid: "), error);
        assertTrue(error.contains(why), error);
    }

    @Test
    void interimAnswersArePassedOver() throws IOException {
        String id = opened(to(remote.url()));
        RawWebSocketClient connection = remote.accept();
        String request = connection.readHead();
        connection.send("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + RemoteServer.answer(request));
        await().until(() -> "open".equals(shown(id).getString("state")));
    }

    @Test
    void framesRightBehindTheAnswerArrive() throws IOException {
        opened(to(remote.url()).put("relay", new JsonObject().put("groups", new JsonArray().add("early"))));
        try (JsonClient member = node.client("alice").mayAll().in("early").json()) {
            RawWebSocketClient connection = remote.accept();
            byte[] head = RemoteServer.answer(connection.readHead()).getBytes(StandardCharsets.US_ASCII);
            byte[] frame = RawFrame.text("early bird").unmasked();
            byte[] both = new byte[head.length + frame.length];
            System.arraycopy(head, 0, both, 0, head.length);
            System.arraycopy(frame, 0, both, head.length, frame.length);
            connection.send(both);
            assertEquals("early bird", member.next().getString("data"));
        }
    }

    @Test
    void aRemoteThatNeverAnswersIsLeft() throws IOException {
        String id = opened(to(remote.url()));
        try (RawWebSocketClient silent = remote.accept()) {
            silent.readHead();
            assertEquals("Error.Connectivity: the remote did not answer in time", error(id));
            silent.readEnd();
        }
    }

    @Test
    void aRemoteThatLeavesInsteadOfAnsweringIsTold() throws IOException {
        String id = opened(to(remote.url()));
        try (RawWebSocketClient leaving = remote.accept()) {
            leaving.readHead();
        }
        assertError("Error.RemotelyClosed: ", id);
    }

    @Test
    void aPortThatNobodyListensToIsUnreachable() throws IOException {
        int port = FreePorts.take(1).get(0);
        String error = error(opened(to("ws://127.0.0.1:" + port)));
        assertTrue(error.startsWith("Error.Connectivity: ") && error.endsWith("Connection refused"), error);
    }

    @Test
    void aNameWithoutAnAddressIsUnresolved() {
        assertEquals(
                "Error.Connectivity: the name nowhere.invalid cannot be resolved",
                error(opened(to("ws://nowhere.invalid/"))));
    }

    @Test
    void whyASocketWasLostIsTold() throws IOException {
        String id = opened(to(remote.url()));
        try (Upgraded socket = remote.upgrade()) {
            await().until(() -> "open".equals(shown(id).getString("state")));
            assertEquals(0, shown(id).getInteger("attempts"));
            assertNull(shown(id).getString("lastError"));
            socket.send(RawFrame.close(4321, "a reason of theirs"));
            await().until(() -> "waiting".equals(shown(id).getString("state")));
        }
        assertEquals(
                "Error.RemotelyClosed: the remote closed with 4321", shown(id).getString("lastError"));
    }

    @Test
    void aViolationOfTheProtocolIsTold() throws IOException {
        String id = opened(to(remote.url()));
        try (Upgraded socket = remote.upgrade()) {
            socket.socket().send(RawFrame.text("masked").masked());
            assertEquals(1002, socket.readClose());
            await().until(() -> "waiting".equals(shown(id).getString("state")));
        }
        assertEquals(
                "Error.Closed: invalid WebSocket frame: Frames of a server are not masked",
                shown(id).getString("lastError"));
    }

    // ---- redirects

    @Test
    void redirectsAreFollowed() throws IOException {
        try (RemoteServer target = RemoteServer.start()) {
            String id = opened(to(remote.url() + "/a"));
            answer("HTTP/1.1 307 Temporary Redirect\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n");
            RawWebSocketClient second = remote.accept();
            assertTrue(second.readHead().startsWith("GET /b HTTP/1.1\r\n"));
            second.send("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:" + target.port() + "/c\r\n\r\n");
            try (Upgraded socket = target.upgrade()) {
                assertTrue(socket.request().startsWith("GET /c HTTP/1.1\r\n"), socket.request());
                await().until(() -> "open".equals(shown(id).getString("state")));
            }
        }
    }

    @Test
    void credentialsStayWithTheOriginTheyAreFor() throws IOException {
        try (RemoteServer target = RemoteServer.start()) {
            opened(to(remote.url())
                    .put("headers", new JsonObject().put("X-Api-Key", "secret"))
                    .put("auth", new JsonObject().put("bearer", "secret")));
            RawWebSocketClient first = remote.accept();
            String request = first.readHead();
            assertEquals("Bearer secret", RemoteServer.header(request, "Authorization"));
            first.send("HTTP/1.1 302 Found\r\nLocation: ws://127.0.0.1:" + target.port() + "/\r\n\r\n");
            try (Upgraded socket = target.upgrade()) {
                assertFalse(socket.request().contains("secret"), socket.request());
            }
        }
    }

    @Test
    void tooManyRedirectsAreNotFollowed() throws IOException {
        String id = opened(to(remote.url()));
        for (int i = 0; i < 3; i++) {
            answer("HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n");
        }
        assertEquals("Error.RemoteRefused: the remote redirects more than 2 times", error(id));
    }

    @Test
    void redirectsToPlacesThatAreNotListedAreNotFollowed() throws IOException {
        String id = opened(to(remote.url()));
        answer("HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/latest/meta-data\r\n\r\n");
        assertEquals("Error.TargetNotAllowed: 169.254.169.254:80 is not listed by outbound.allow", error(id));
    }

    @Test
    void redirectsToWhatIsNoWebSocketAreNotFollowed() throws IOException {
        String id = opened(to(remote.url()));
        answer("HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\n\r\n");
        assertError("Error.RemoteRefused: the remote redirects to a URL that is not a WebSocket's", id);
    }

    // ---- allowed destinations

    @Test
    void aNameOfAPrivateAddressIsRefusedUnlessTheAddressIsListed() throws IOException {
        try (TestNode careful = TestNode.start("OUTBOUND_ALLOW=localhost:*")) {
            byte[] body = to("ws://localhost:" + remote.port())
                    .put("connectionId", "x")
                    .encode()
                    .getBytes(StandardCharsets.UTF_8);
            assertEquals(
                    201,
                    careful.call("POST", HUB + "/:openConnection", "application/json", body)
                            .status());
            await().until(() ->
                    careful.call("GET", HUB + "/connections/x").body().contains("Error.TargetNotAllowed"));
            assertEquals(1, careful.metric("fanfare_outbound_attempts_total{outcome=\"not_allowed\"}"));
        }
        String id = opened(to("ws://localhost:" + remote.port()));
        try (Upgraded socket = remote.upgrade()) {
            assertEquals("localhost:" + remote.port(), socket.header("Host"));
            await().until(() -> "open".equals(shown(id).getString("state")));
        }
    }

    // ---- TLS

    private static String pem(java.nio.file.Path file) throws IOException {
        return Files.readString(file);
    }

    @Test
    void aCertificateThatIsTrustedIsAccepted() throws IOException {
        TestCertificate certificate = TestCertificate.get();
        try (RemoteServer secure = RemoteServer.start(certificate, false)) {
            String id = opened(to(secure.url())
                    .put("tls", new JsonObject().put("trust", pem(certificate.certificateFile()))));
            try (Upgraded socket = secure.upgrade()) {
                await().until(() -> "open".equals(shown(id).getString("state")));
                node.call("POST", HUB + "/connections/" + id + "/:send", "text/plain", new byte[] {'s'});
                assertEquals("s", socket.readText());
            }
        }
    }

    @Test
    void aCertificateThatNobodyVouchesForIsRefused() throws IOException {
        double before = attempts("tls_failed");
        try (RemoteServer secure = RemoteServer.start(TestCertificate.get(), false)) {
            String id = opened(to(secure.url()));
            secure.acceptInVain();
            String error = error(id);
            assertTrue(error.startsWith("Error.Connectivity: TLS: "), error);
            assertTrue(error.contains("certification path"), error);
            assertEquals(before + 1, attempts("tls_failed"));
        }
    }

    @Test
    void aCertificateForAnotherHostIsRefused() throws IOException {
        TestCertificate certificate = TestCertificate.get();
        InetAddress elsewhere = InetAddress.getByAddress(new byte[] {127, 0, 0, 2});
        try (RemoteServer secure = RemoteServer.start(certificate, false, elsewhere)) {
            String id = opened(to(secure.url())
                    .put("tls", new JsonObject().put("trust", pem(certificate.certificateFile()))));
            secure.acceptInVain();
            String error = error(id);
            assertTrue(error.startsWith("Error.Connectivity: TLS: "), error);
            assertTrue(error.contains("127.0.0.2"), error);
        }
    }

    @Test
    void aRemoteThatAsksForACertificateGetsOurs() throws IOException {
        TestCertificate certificate = TestCertificate.get();
        JsonObject tls = new JsonObject()
                .put("trust", pem(certificate.certificateFile()))
                .put("certificate", pem(certificate.certificateFile()))
                .put("key", pem(certificate.keyFile()));
        try (RemoteServer secure = RemoteServer.start(certificate, true)) {
            String id = opened(to(secure.url()).put("tls", tls));
            try (Upgraded socket = secure.upgrade()) {
                assertTrue(socket.request().startsWith("GET / "));
                await().until(() -> "open".equals(shown(id).getString("state")));
            }
        }
    }

    @Test
    void aRemoteThatAsksForACertificateWeDoNotHaveRefusesUs() throws IOException {
        TestCertificate certificate = TestCertificate.get();
        try (RemoteServer secure = RemoteServer.start(certificate, true)) {
            String id = opened(to(secure.url())
                    .put("tls", new JsonObject().put("trust", pem(certificate.certificateFile()))));
            secure.acceptInVain();
            String error = error(id);
            assertTrue(
                    error.startsWith("Error.Connectivity: TLS: ") || error.startsWith("Error.RemotelyClosed: "), error);
        }
    }

    // ---- proxies

    @Test
    void aProxyIsGoneThrough() throws IOException {
        String id = opened(to("ws://127.0.0.1:7/x")
                .put(
                        "proxy",
                        new JsonObject()
                                .put("host", "127.0.0.1")
                                .put("port", remote.port())
                                .put("user", "u")
                                .put("password", "p")));
        RawWebSocketClient proxied = remote.accept();
        String connect = proxied.readHead();
        assertTrue(connect.startsWith("CONNECT 127.0.0.1:7 HTTP/1.1\r\n"), connect);
        String basic = Base64.getEncoder().encodeToString("u:p".getBytes(StandardCharsets.UTF_8));
        assertEquals("Basic " + basic, RemoteServer.header(connect, "Proxy-Authorization"));
        proxied.send("HTTP/1.1 200 Connection established\r\n\r\n");
        String request = proxied.readHead();
        assertTrue(request.startsWith("GET /x HTTP/1.1\r\n"), request);
        assertNull(RemoteServer.header(request, "Proxy-Authorization"));
        proxied.send(RemoteServer.answer(request));
        await().until(() -> "open".equals(shown(id).getString("state")));
    }

    @Test
    void aProxyThatRefusesIsTold() throws IOException {
        double before = attempts("proxy_failed");
        String id = opened(to("ws://127.0.0.1:7/x")
                .put("proxy", new JsonObject().put("host", "127.0.0.1").put("port", remote.port())));
        RawWebSocketClient proxied = remote.accept();
        proxied.readHead();
        proxied.send("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n");
        assertError("Error.Connectivity: proxy: ", id);
        assertEquals(before + 1, attempts("proxy_failed"));
    }
}
