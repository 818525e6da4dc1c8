package dev.fanfare;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fanfare.testkit.AnyNode;
import dev.fanfare.testkit.JsonClient;
import dev.fanfare.testkit.RawFrame;
import dev.fanfare.testkit.RawWebSocketClient;
import dev.fanfare.testkit.TestNode;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Connections closed by servers, as clients see it. */
class ClosingTest {

    private static final String HUB = "/api/hubs/chat";

    private TestNode node;

    @BeforeEach
    void start() {
        node = TestNode.start();
    }

    @AfterEach
    void stop() {
        node.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {1000, 1001, 1002, 1003, 1007, 1009, 1011, 1012, 1013, 1014, 3000, 4999})
    void aClientIsToldTheCodeAndTheReasonAndItsSessionIsOver(int code) throws IOException {
        try (JsonClient client = node.client("alice").reliable()) {
            String uri = HUB + "/connections/" + client.connectionId() + "?code=" + code + "&reason=enough";
            assertEquals(204, node.call("DELETE", uri).status());
            assertEquals(code + " enough", client.awaitClose());
            assertEquals(
                    "enough",
                    client.await(frame -> "disconnected".equals(frame.getString("event")))
                            .getString("message"));
            try (JsonClient late = node.client("alice").recover(client.connectionId(), client.reconnectionToken())) {
                assertEquals("1008", late.awaitClose().substring(0, 4));
            }
        }
    }

    @Test
    void aSessionWithoutASocketIsOverAsWell() throws IOException {
        try (JsonClient client = node.client("alice").reliable()) {
            client.socket().disconnect();
            String uri = HUB + "/connections/" + client.connectionId();
            assertEquals(204, node.call("DELETE", uri + "?code=1001").status());
            assertEquals(404, node.call("HEAD", uri).status());
            try (JsonClient late = node.client("alice").recover(client.connectionId(), client.reconnectionToken())) {
                assertEquals("1008", late.awaitClose().substring(0, 4));
            }
        }
    }

    @Test
    void aRawClientGetsTheCodeAlone() throws IOException {
        try (RawWebSocketClient client = node.client("alice").raw()) {
            assertEquals(
                    204,
                    node.call("POST", HUB + "/users/alice/:closeConnections?code=4321")
                            .status());
            RawFrame frame = client.readFrame();
            assertEquals(RawFrame.CLOSE, frame.opcode());
            assertEquals(4321, (frame.payload()[0] & 0xFF) << 8 | (frame.payload()[1] & 0xFF));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/groups/g", "/users/alice"})
    void closingManyKeepsToItsFilter(String whom) throws IOException {
        try (JsonClient json = node.client("alice").in("g").json();
                JsonClient reliable = node.client("alice").in("g").reliable()) {
            String filter = "protocol%20eq%20%27json.webpubsub.azure.v1%27";
            assertEquals(
                    204,
                    node.call("POST", HUB + whom + "/:closeConnections?code=1001&reason=bye&filter=" + filter)
                            .status());
            assertEquals("1001 bye", json.awaitClose());
            reliable.assertNothingCame();
        }
    }

    @Test
    void aCodeThatMustNotBeSentClosesNobody() throws IOException {
        try (JsonClient client = node.client("alice").json()) {
            AnyNode.Reply reply = node.call("POST", HUB + "/:closeConnections?code=1006");
            assertEquals(400, reply.status());
            assertEquals("code", new JsonObject(reply.body()).getString("target"));
            client.assertNothingCame();
        }
    }
}
