package dev.fanfare;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fanfare.testkit.JsonClient;
import dev.fanfare.testkit.RawFrame;
import dev.fanfare.testkit.RawWebSocketClient;
import dev.fanfare.testkit.TestNode;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Clients without a subprotocol. */
class RawClientsTest {

    private TestNode node;

    @BeforeEach
    void start() {
        node = TestNode.start();
    }

    @AfterEach
    void stop() {
        node.close();
    }

    @Test
    void aPublishersFramesGoToItsGroupAsTheyAre() throws IOException {
        try (JsonClient json = node.client("m").in("g").json();
                RawWebSocketClient raw = node.client(null).in("g").raw();
                RawWebSocketClient publisher =
                        node.client("p").may("sendToGroup").publisher("g", false)) {
            publisher.send(RawFrame.text("é {"));
            publisher.send(RawFrame.of(RawFrame.BINARY, new byte[] {0, -1}));
            publisher.send(RawFrame.text(""));

            assertEquals(
                    "{\"type\":\"message\",\"from\":\"group\",\"group\":\"g\",\"fromUserId\":\"p\",\"dataType\":\"text\",\"data\":\"é {\"}",
                    json.readText());
            assertEquals(
                    "{\"type\":\"message\",\"from\":\"group\",\"group\":\"g\",\"fromUserId\":\"p\",\"dataType\":\"binary\",\"data\":\"AP8=\"}",
                    json.readText());
            assertEquals("é {", raw.readText());
            RawFrame binary = raw.readFrame();
            assertEquals(RawFrame.BINARY, binary.opcode());
            assertArrayEquals(new byte[] {0, -1}, binary.payload());
            assertEquals("", raw.readText());
        }
    }

    @Test
    void theGroupOfAPublisherIsReadToItsEndWhateverStandsBefore() throws IOException {
        String others = "&x=1".repeat(1100);
        try (JsonClient member = node.client("m").in("a;b").json();
                RawWebSocketClient socket = RawWebSocketClient.connect(node.port(), null)) {
            String target = node.client("p").may("sendToGroup").target();
            socket.send(RawWebSocketClient.upgradeRequest(target + others + "&webpubsub_mode=sendToGroup&group=a;b"));
            assertEquals("HTTP/1.1 101", socket.readHead().substring(0, 12));
            socket.send(RawFrame.text("to a;b"));
            assertEquals("to a;b", member.text());
        }
    }

    @Test
    void aPublisherHearsItselfUnlessItSaysNoEcho() throws IOException {
        try (RawWebSocketClient echo =
                        node.client("same").may("sendToGroup").in("g").publisher("g", false);
                RawWebSocketClient silent =
                        node.client("same").may("sendToGroup").in("g").publisher("g", true)) {
            silent.send(RawFrame.text("not to me"));
            assertEquals("not to me", echo.readText());
            echo.send(RawFrame.text("to all"));
            assertEquals("to all", echo.readText());
            assertEquals("to all", silent.readText());
        }
    }

    @Test
    void allTypesOfDataArriveUnwrapped() throws IOException {
        try (RawWebSocketClient raw = node.client(null).in("g").raw();
                JsonClient publisher = node.client("p").may("sendToGroup").json()) {
            publisher.send("{'type':'sendToGroup','group':'g','dataType':'text','data':'a\\u00e9'}");
            publisher.send("{'type':'sendToGroup','group':'g','dataType':'json','data': {'x' : [1.50, null]} }");
            publisher.send("{'type':'sendToGroup','group':'g','data':'quoted'}");
            publisher.send("{'type':'sendToGroup','group':'g','dataType':'binary','data':'AQID'}");
            publisher.send("{'type':'sendToGroup','group':'g','dataType':'protobuf','data':'CgF4'}");
            assertEquals("aé", raw.readText());
            assertEquals("{\"x\" : [1.50, null]}", raw.readText());
            assertEquals("\"quoted\"", raw.readText());
            RawFrame binary = raw.readFrame();
            assertEquals(RawFrame.BINARY, binary.opcode());
            assertArrayEquals(new byte[] {1, 2, 3}, binary.payload());
            RawFrame protobuf = raw.readFrame();
            assertEquals(RawFrame.BINARY, protobuf.opcode());
            assertArrayEquals(new byte[] {10, 1, 'x'}, protobuf.payload());
        }
    }

    @Test
    void anEventThatNobodyHandlesClosesTheConnection() throws IOException {
        try (RawWebSocketClient raw = node.client("a").raw()) {
            raw.send(RawFrame.text("hello"));
            assertEquals(1011, raw.readClose().closeCode());
        }
        assertEquals(1, node.metric("fanfare_closes_total{reason=\"event_failed\",subprotocol=\"raw\"}"));
    }

    @Test
    void aPublisherThatLosesItsPermissionIsClosed() throws IOException {
        try (JsonClient member = node.client("m").in("g").json();
                RawWebSocketClient publisher =
                        node.client("p").may("sendToGroup").in("p").publisher("g", false)) {
            publisher.send(RawFrame.text("before"));
            assertEquals("before", member.text());
            String id = new JsonObject(node.call("GET", "/api/hubs/chat/groups/p/connections")
                            .body())
                    .getJsonArray("value")
                    .getJsonObject(0)
                    .getString("connectionId");
            assertEquals(
                    204,
                    node.call("DELETE", "/api/hubs/chat/permissions/sendToGroup/connections/" + id + "?targetName=g")
                            .status());
            publisher.send(RawFrame.text("after"));
            assertEquals(1008, publisher.readClose().closeCode());
        }
    }
}
