package dev.fanfare.hardening;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.testkit.RawFrame;
import dev.fanfare.testkit.RawWebSocketClient;
import dev.fanfare.testkit.RemoteServer;
import dev.fanfare.testkit.TestHandler;
import dev.fanfare.testkit.TestMailServer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Secrets stay out of the logs, even at the most verbose level. */
@Tag("attack")
class SecretsIT {

    private static final Pattern RECONNECTION_TOKEN = Pattern.compile("\"reconnectionToken\":\"([^\"]+)\"");
    private static final Pattern CONNECTION_ID = Pattern.compile("\"connectionId\":\"([^\"]+)\"");
    private static final String PATH = "/client/hubs/attacked";

    private final List<String> secrets = new ArrayList<>(List.of(HardenedNode.KEY));
    private final StringBuilder answers = new StringBuilder();

    @Test
    void noSecretIsInLogsMetricsOrAnswers() throws Exception {
        String password = "mail-" + hidden("password");
        try (TestHandler handler = TestHandler.start();
                TestHandler hook = TestHandler.start();
                TestMailServer mail = TestMailServer.start(dialogue -> repeatPassword(dialogue, password));
                NodeProcess node = NodeProcess.serving(
                        "LOGGING_LEVEL=trace",
                        "ALERTS_MAIL_HOST=localhost",
                        "ALERTS_MAIL_PORT=" + mail.port(),
                        "ALERTS_MAIL_SECURITY=none",
                        "ALERTS_MAIL_USER=fanfare",
                        "ALERTS_MAIL_PASSWORD=" + password,
                        "ALERTS_MAIL_FROM=fanfare@example.com",
                        "ALERTS_MAIL_TO=ops@example.com",
                        "ALERTS_WEBHOOKS=[{url: 'http://127.0.0.1:" + hook.port() + "/" + hidden("path")
                                + "', authorization: Bearer " + hidden("authorization") + "}]",
                        handled(handler))) {
            secrets.add(Jwt.base64("\0fanfare\0" + password));
            sendTokensOfAllKindsInAllWays(node.port());
            raiseEvents(node.port(), handler);
            answers.append(hook.next("null").text());
            assertTrue(answers.toString().contains("handler-unavailable"), answers.toString());
            mail.awaitEnd();
            callTheApi(node.port());
            recover(node.port());
            answers.append(HardenedNode.exchange(node.managementPort(), "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n"));
            node.terminate();
            assertEquals(0, node.exitCode());

            String logs = node.err();
            assertTrue(logs.contains("TRACE") || logs.contains("DEBUG"), "the logs are not talkative");
            assertTrue(logs.contains("connection ended abnormally"), logs);
            assertTrue(logs.contains("an alert could not be sent"), logs);
            for (String secret : secrets) {
                assertAbsent(secret, logs, "the logs");
                assertAbsent(secret, answers.toString(), "the answers");
            }
        }
    }

    /** A mail server that refuses a login with all that it knows. */
    private static void repeatPassword(TestMailServer.Dialogue dialogue, String password) throws IOException {
        dialogue.say("220 hello");
        dialogue.answer("250 AUTH PLAIN");
        dialogue.say("535 no: " + dialogue.read() + " is " + password);
        dialogue.readToEnd();
    }

    @Test
    void noSecretOfAnOutboundConnectionIsInLogsMetricsOrAnswers() throws Exception {
        String key = "outbound-signing-key-of-32-bytes-4711";
        try (RemoteServer remote = RemoteServer.start();
                NodeProcess node = NodeProcess.serving(
                        "LOGGING_LEVEL=trace",
                        "OUTBOUND_ALLOW=127.0.0.1:*",
                        "OUTBOUND_KEYS=[{id: k, secret: " + key + "}]")) {
            secrets.add(key);
            String open = "{'url':'" + remote.url() + "/','headers':{'X-Key':'" + hidden("header") + "'},"
                    + "'query':{'q':'" + hidden("query") + "'},'onOpen':[{'text':'" + hidden("opening") + "'}],";
            String basic = "'auth':{'basic':{'user':'u','password':'" + hidden("password") + "'}}";
            secrets.add(Jwt.base64("u:" + hidden("password")));
            open(node.port(), open + basic + "}");
            try (RemoteServer.Upgraded socket = remote.upgrade()) {
                assertEquals(hidden("opening"), socket.readText());
                assertTrue(socket.request().contains(hidden("header")), socket.request());
                assertTrue(socket.request().contains(hidden("query")), socket.request());
                socket.socket().send(RawFrame.text("masked").masked());
                socket.readClose();
            }
            String wrong = "'proxy':{'password':'" + hidden("proxy") + "'},'tls':{'key':'" + hidden("key") + "'}}";
            open(node.port(), open + wrong);
            open(node.port(), open + "'reconnect':{'enabled':false},'auth':{'jwt':{'key':'k'}}}");
            secret(awaitToken(remote));
            await().until(() -> {
                call(node.port(), "GET", "/api/hubs/attacked/connections", "");
                return answers.toString().contains("Error.Closed: invalid WebSocket frame");
            });
            answers.append(HardenedNode.exchange(node.managementPort(), "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n"));
            node.terminate();

            assertTrue(answers.toString().contains("proxy.user"), answers.toString());
            for (String secret : secrets) {
                assertAbsent(secret, node.err(), "the logs");
                assertAbsent(secret, answers.toString(), "the answers");
            }
        }
    }

    private String hidden(String what) {
        String secret = what + "-value-that-is-secret";
        secrets.add(secret);
        return secret;
    }

    /** The next token that the remote server receives; other connections may reconnect meanwhile. */
    private static String awaitToken(RemoteServer remote) throws IOException {
        String authorization = "";
        while (!authorization.startsWith("Bearer ")) {
            try (RemoteServer.Upgraded socket = remote.upgrade()) {
                authorization = String.valueOf(socket.header("Authorization"));
            }
        }
        return authorization.substring("Bearer ".length());
    }

    private void open(int port, String body) throws IOException {
        call(port, "POST", "/api/hubs/attacked/:openConnection", body.replace('\'', '"'));
    }

    private void call(int port, String method, String path, String body) throws IOException {
        answers.append(HardenedNode.exchange(
                port,
                method + " " + path + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: application/json\r\n"
                        + "Authorization: Bearer " + secret(Jwt.of(Jwt.server(path))) + "\r\nContent-Length: "
                        + body.length() + "\r\n\r\n" + body));
    }

    /** A handler of another hub, with a secret in each place that may have one. */
    private String handled(TestHandler handler) {
        secrets.add("in-the-query-of-the-url");
        secrets.add("of-the-authorization-header");
        return "HUBS={handled: {eventHandlers: [{urlTemplate: 'http://127.0.0.1:" + handler.port()
                + "/?code=in-the-query-of-the-url', userEventPattern: '*', circuitFailures: 1, retries: 1,"
                + " authorization: Bearer of-the-authorization-header}]}}";
    }

    private void raiseEvents(int port, TestHandler handler) throws IOException {
        handler.on("message", (told, response) -> response.setStatusCode(503).end("an-answer-of-the-handler"));
        secrets.add("an-answer-of-the-handler");
        try (RawWebSocketClient client = RawWebSocketClient.connect(port, null)) {
            client.send(RawWebSocketClient.upgradeRequest(
                    "/client/hubs/handled?access_token=" + secret(Jwt.of(Jwt.client("handled")))));
            answers.append(client.readHead());
            client.send(RawFrame.text("hello"));
            RawFrame close = client.readClose();
            assertEquals(1011, close.closeCode());
            answers.append(close.payloadText());
        }
        TestHandler.Told told = handler.next("message");
        assertEquals("Bearer of-the-authorization-header", told.header("authorization"));
        secrets.add(String.valueOf(told.header("ce-signature")));
    }

    private static void assertAbsent(String secret, String text, String where) {
        for (String part : secret.split("\\.")) {
            int at = part.length() < 12 ? -1 : text.indexOf(part.substring(0, Math.min(part.length(), 40)));
            String around = at < 0 ? "" : text.substring(Math.max(0, at - 200), Math.min(text.length(), at + 60));
            assertFalse(at >= 0, () -> where + " have a secret: " + around);
        }
    }

    private String secret(String token) {
        // The header is the same for all tokens and not secret.
        secrets.add(token.substring(token.indexOf('.') + 1));
        return token;
    }

    private void sendTokensOfAllKindsInAllWays(int port) throws IOException {
        List<String> tokens = List.of(
                Jwt.of(Jwt.client("attacked").put("webpubsub.group", " ")),
                Jwt.of(Jwt.client("other")),
                Jwt.of(Jwt.client("attacked").put("exp", 1)),
                Jwt.of(Jwt.client("attacked")).replaceAll("\\.[^.]*$", "." + "A".repeat(43)),
                Jwt.signed("HS256", "some-other-key-0123456789-abcdefghij", Jwt.client("attacked")));
        for (String token : tokens) {
            secret(token);
            answers.append(
                    HardenedNode.exchange(port, RawWebSocketClient.upgradeRequest(PATH + "?access_token=" + token)));
            answers.append(HardenedNode.exchange(
                    port, RawWebSocketClient.upgradeRequest(PATH + "?access_token=" + token + "%zz")));
            answers.append(HardenedNode.exchange(
                    port, RawWebSocketClient.upgradeRequest(PATH, "Authorization: Bearer " + token)));
            answers.append(HardenedNode.exchange(
                    port, RawWebSocketClient.upgradeRequest(PATH, "Sec-WebSocket-Protocol: access_token." + token)));
            answers.append(HardenedNode.exchange(
                    port, "GET " + PATH + "?access_token=" + token + " HTTP/1.1\r\nHost: a\r\nbroken\r\n\r\n"));
            answers.append(HardenedNode.exchange(
                    port,
                    "GET " + PATH + "?access_token=" + token + "x".repeat(20_000) + " HTTP/1.1\r\nHost: a\r\n\r\n"));
        }
        String good = secret(Jwt.of(Jwt.client("attacked")));
        answers.append(HardenedNode.exchange(
                port,
                RawWebSocketClient.upgradeRequest(
                        PATH, "Sec-WebSocket-Protocol: " + HardenedNode.JSON + ", access_token." + good)));
        try (RawWebSocketClient client = RawWebSocketClient.open(
                port, null, PATH + "?access_token=" + good, "Sec-WebSocket-Protocol: " + HardenedNode.JSON)) {
            client.readText();
            for (String token : tokens) {
                client.send(RawFrame.text("{\"type\":\"refreshToken\",\"token\":\"" + token + "\",\"ackId\":1}"));
            }
            client.send(RawFrame.text("{\"type\":\"" + good + "\"}"));
            RawFrame frame = client.readFrame();
            while (frame.opcode() != RawFrame.CLOSE) {
                answers.append(frame.payloadText());
                frame = client.readFrame();
            }
            answers.append(frame.payloadText());
        }
    }

    private void callTheApi(int port) throws IOException {
        String path = "/api/hubs/attacked/:send";
        for (String token : List.of(
                Jwt.of(Jwt.server(path)),
                Jwt.of(Jwt.server("/other")),
                Jwt.signed("HS256", "k".repeat(40), Jwt.server(path)))) {
            secret(token);
            answers.append(HardenedNode.exchange(
                    port,
                    "POST " + path + " HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 1\r\n"
                            + "Authorization: Bearer " + token + "\r\n\r\n{"));
            answers.append(HardenedNode.exchange(
                    port,
                    "POST " + path + "?access_token=" + token + " HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"));
        }
    }

    private void recover(int port) throws IOException {
        String target = HardenedNode.target("attacked");
        secret(target.substring(target.indexOf('=') + 1));
        String protocol = "Sec-WebSocket-Protocol: " + HardenedNode.RELIABLE;
        String id;
        String token;
        try (RawWebSocketClient client = RawWebSocketClient.open(port, null, target, protocol)) {
            String connected = client.readText();
            id = group(CONNECTION_ID, connected);
            token = group(RECONNECTION_TOKEN, connected);
            secrets.add(token);
            client.reset();
        }
        for (String tried : List.of(token.substring(1), token)) {
            try (RawWebSocketClient client = RawWebSocketClient.open(
                    port, null, PATH + "?awps_connection_id=" + id + "&awps_reconnection_token=" + tried, protocol)) {
                RawFrame first = client.readFrame();
                assertEquals(tried.equals(token) ? RawFrame.TEXT : RawFrame.CLOSE, first.opcode());
                if (first.opcode() == RawFrame.TEXT) {
                    secrets.add(group(RECONNECTION_TOKEN, first.payloadText()));
                }
                client.reset();
            }
        }
    }

    private static String group(Pattern pattern, String text) {
        Matcher matcher = pattern.matcher(text);
        assertTrue(matcher.find(), text);
        return matcher.group(1);
    }
}
