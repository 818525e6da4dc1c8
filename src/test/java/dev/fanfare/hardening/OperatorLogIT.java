package dev.fanfare.hardening;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.fanfare.testkit.RawFrame;
import dev.fanfare.testkit.RawWebSocketClient;
import dev.fanfare.testkit.TestHandler;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** The log lines that help operators when clients are refused or fail. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class OperatorLogIT {

    private static final String REFUSED = "a client was refused";

    private TestHandler handler;
    private NodeProcess node;

    @BeforeAll
    void start() throws IOException {
        handler = TestHandler.start();
        node = NodeProcess.serving(
                "LOGGING_LEVEL=debug",
                "LOGGING_FORMAT=json",
                "SERVER_TRUSTED_PROXIES=127.0.0.1",
                "SERVER_HANDSHAKE_TIMEOUT_SECONDS=2",
                "HUBS={handled: {eventHandlers: [{urlTemplate: 'http://127.0.0.1:" + handler.port()
                        + "', userEventPattern: '*', retries: 0}]}}");
    }

    @AfterAll
    void stop() throws IOException {
        node.close();
        handler.close();
    }

    @Test
    void aStartIsOneLineWithVersionPortsAndNode() throws IOException {
        JsonNode line = line("msg", "node started");
        assertEquals(node.port(), line.path("port").asInt());
        assertEquals(node.managementPort(), line.path("managementPort").asInt());
        assertFalse(line.path("version").asText().isEmpty(), line::toString);
        assertFalse(line.path("nodeId").asText().isEmpty(), line::toString);
    }

    @Test
    void aRefusalSaysWhoWhyAndWhichSettingDecides() throws IOException {
        HardenedNode.exchange(
                node.port(),
                RawWebSocketClient.upgradeRequest(
                        "/client/hubs/guarded?access_token=a.b.c", "User-Agent: agent\u009b " + "x".repeat(5000)));
        JsonNode token = line("hub", "guarded");
        assertEquals(REFUSED, token.path("msg").asText());
        assertEquals("unauthorized", token.path("reason").asText());
        assertEquals(401, token.path("status").asInt());
        assertTrue(token.path("setting").isMissingNode(), token::toString);
        assertTrue(token.path("remote").asText().matches("127\\.0\\.0\\.1:\\d+"), token::toString);
        assertEquals(101, token.path("userAgent").asText().length());
        assertTrue(token.path("error").asText().startsWith("the token"), token::toString);

        String target = HardenedNode.target("signed");
        HardenedNode.exchange(
                node.port(),
                RawWebSocketClient.upgradeRequest(target.substring(0, target.lastIndexOf('.') + 1) + "A".repeat(43)));
        assertEquals(
                "auth.accessKeys, auth.scopedKeys, auth.issuers",
                line("hub", "signed").path("setting").asText());

        HardenedNode.exchange(
                node.port(),
                RawWebSocketClient.upgradeRequest("/client/hubs/browsers", "Origin: https://app.example.com"));
        JsonNode origin = line("hub", "browsers");
        assertEquals("forbidden_origin", origin.path("reason").asText());
        assertEquals("https://app.example.com", origin.path("origin").asText());
        assertEquals("server.allowedOrigins", origin.path("setting").asText());
    }

    @Test
    void aClientBehindAProxyIsLoggedWithItsOwnAddress() throws IOException {
        HardenedNode.exchange(
                node.port(), RawWebSocketClient.upgradeRequest("/client/hubs/proxied", "X-Forwarded-For: 2001:db8::1"));

        assertEquals(
                "[2001:db8:0:0:0:0:0:1]:0",
                line("hub", "proxied").path("remote").asText());
    }

    @Test
    void aForgedRecoveryIsLoggedAsARefusedOne() throws IOException {
        HardenedNode.exchange(
                node.port(),
                RawWebSocketClient.upgradeRequest(
                        "/client/hubs/forged?awps_connection_id=x&awps_reconnection_token=y",
                        "Sec-WebSocket-Protocol: " + HardenedNode.RELIABLE));

        JsonNode line = line("hub", "forged");
        assertEquals("recovery refused", line.path("msg").asText());
        assertEquals("recovery_refused", line.path("reason").asText());
        assertEquals(1008, line.path("code").asInt());
        assertTrue(line.path("remote").asText().matches("127\\.0\\.0\\.1:\\d+"), line::toString);
    }

    @Test
    void aRequestThatCannotBeReadAndOneThatDoesNotComeAreLogged() throws IOException {
        try (RawWebSocketClient silent = RawWebSocketClient.connect(node.port(), null)) {
            HardenedNode.exchange(
                    node.port(),
                    RawWebSocketClient.upgradeRequest("/client/hubs/long?access_token=" + "x".repeat(99_999)));
            JsonNode tooLong = line("setting", "limits.requestHeaderBytes");
            assertEquals(REFUSED, tooLong.path("msg").asText());
            assertEquals("bad_request", tooLong.path("reason").asText());
            assertEquals(414, tooLong.path("status").asInt());
            assertFalse(tooLong.toString().contains("xxx"), tooLong::toString);

            silent.readEnd();
            JsonNode late = line("setting", "server.handshakeTimeoutSeconds");
            assertEquals(REFUSED, late.path("msg").asText());
            assertEquals("timed_out", late.path("reason").asText());
            assertTrue(late.path("remote").asText().matches("127\\.0\\.0\\.1:\\d+"), late::toString);
        }
    }

    @Test
    void connectionsAreToldWhenTheyBeginAndEnd() throws IOException {
        RawWebSocketClient.open(node.port(), null, HardenedNode.target("visited"))
                .close();
        await().until(() -> lines("hub", "visited").size() == 2);
        JsonNode accepted = lines("hub", "visited").get(0);
        JsonNode ended = lines("hub", "visited").get(1);
        assertEquals("connection accepted", accepted.path("msg").asText());
        assertEquals("connection ended abnormally", ended.path("msg").asText());
        assertEquals("connection_lost", ended.path("reason").asText());
        for (JsonNode line : List.of(accepted, ended)) {
            assertEquals("DEBUG", line.path("level").asText());
            assertTrue(line.has("userId"), line::toString);
            assertTrue(line.path("remote").asText().matches("127\\.0\\.0\\.1:\\d+"), line::toString);
        }
    }

    @Test
    void theFirstFailureOfAHandlerIsToldAndThatItWorksAgain() throws IOException {
        handler.on(
                "message",
                (told, response) -> response.setStatusCode(told.text().equals("good") ? 204 : 500)
                        .end());
        for (String text : List.of("bad", "bad", "good")) {
            try (RawWebSocketClient client =
                    RawWebSocketClient.open(node.port(), null, HardenedNode.target("handled"))) {
                client.send(RawFrame.text(text));
                if (text.equals("bad")) {
                    assertEquals(1011, client.readClose().closeCode());
                }
                line("msg", text.equals("bad") ? "an event handler failed" : "an event handler works again");
            }
        }
        List<JsonNode> failures = lines("msg", "an event handler failed");
        assertEquals(1, failures.size(), failures::toString);
        JsonNode failure = failures.get(0);
        assertEquals("WARN", failure.path("level").asText());
        assertEquals("handled", failure.path("hub").asText());
        assertEquals("failed", failure.path("reason").asText());
        assertTrue(failure.path("error").asText().contains("status 500"), failure::toString);
        assertEquals(
                "INFO",
                line("msg", "an event handler works again").path("level").asText());
    }

    private JsonNode line(String key, String value) {
        await().atMost(Duration.ofSeconds(60)).until(() -> !lines(key, value).isEmpty());
        try {
            return lines(key, value).get(0);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private List<JsonNode> lines(String key, String value) throws IOException {
        ObjectMapper json = new ObjectMapper();
        List<JsonNode> found = new ArrayList<>();
        String err = node.err();
        // The last line may not be complete yet.
        for (String text : err.substring(0, err.lastIndexOf('\n') + 1).lines().toList()) {
            JsonNode line = json.readTree(text);
            if (line.path(key).asText().equals(value)) {
                found.add(line);
            }
        }
        return found;
    }
}
