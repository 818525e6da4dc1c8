package dev.fanfare;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.testkit.JsonClient;
import dev.fanfare.testkit.RawFrame;
import dev.fanfare.testkit.RawWebSocketClient;
import dev.fanfare.testkit.TestClient;
import dev.fanfare.testkit.TestNode;
import io.vertx.core.Vertx;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.zip.Deflater;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Clients that compress, next to others that do not, on a hub that allows it. */
@Timeout(120)
class CompressingTest {

    private static final String OFFER = "Sec-WebSocket-Extensions: permessage-deflate";
    private static final String LONG = "the same again, ".repeat(300);

    private final Vertx vertx = Vertx.vertx();
    private final WebSocketClient clients = vertx.createWebSocketClient(new WebSocketClientOptions()
            .setTryUsePerMessageCompression(true)
            .setCompressionAllowClientNoContext(true)
            .setMaxConnections(100)
            .setMaxFrameSize(1 << 20)
            .setMaxMessageSize(1 << 20));
    private TestNode node;

    @BeforeEach
    void start() {
        node = TestNode.start("HUBS={\"chat\": {\"compression\": {\"enabled\": true, \"thresholdBytes\": 500}}}");
    }

    @AfterEach
    void stop() throws Exception {
        node.close();
        vertx.close().await(60, TimeUnit.SECONDS);
    }

    /** A third-party client with its own inflater. */
    private final class Other {
        final BlockingQueue<String> frames = new LinkedBlockingQueue<>();
        final WebSocket socket;

        Other(String user, String subprotocol, String group) throws Exception {
            this(node.client(user).in(group).mayAll().target(), subprotocol);
        }

        Other(String target, String subprotocol) throws Exception {
            WebSocketConnectOptions options = new WebSocketConnectOptions()
                    .setHost("127.0.0.1")
                    .setPort(node.port())
                    .setURI(target)
                    .setAllowOriginHeader(false)
                    .addSubProtocol(subprotocol);
            socket = clients.webSocket()
                    .textMessageHandler(frames::add)
                    .connect(options)
                    .await(60, TimeUnit.SECONDS);
            assertEquals("connected", next().getString("event"));
        }

        JsonObject next() throws InterruptedException {
            String frame = frames.poll(60, TimeUnit.SECONDS);
            assertTrue(frame != null, "no frame");
            return new JsonObject(frame);
        }

        String extensions() {
            return String.valueOf(socket.headers().get("Sec-WebSocket-Extensions"));
        }
    }

    private double counted(String name) {
        return node.metric("fanfare_" + name);
    }

    @Test
    void aBroadcastIsDeflatedOncePerFormatHoweverManyReceiveIt() throws Exception {
        List<Other> others = new ArrayList<>();
        List<JsonClient> plain = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            others.add(new Other("j" + i, TestClient.JSON, "g"));
            others.add(new Other("r" + i, TestClient.RELIABLE, "g"));
            plain.add(node.client("p" + i).in("g").json());
            plain.add(node.client("q" + i).in("g").reliable());
        }
        assertTrue(others.get(0).extensions().startsWith("permessage-deflate"), others.get(0)::extensions);
        try (JsonClient publisher = node.client("publisher").mayAll().json()) {
            for (int i = 0; i < 10; i++) {
                publisher.publish("g", i + LONG);
            }
        }
        for (int i = 0; i < 10; i++) {
            for (Other other : others) {
                JsonObject message = other.next();
                assertEquals(i + LONG, message.getString("data"));
                boolean reliable = TestClient.RELIABLE.equals(other.socket.subProtocol());
                assertEquals(reliable ? i + 1 : null, message.getInteger("sequenceId"));
            }
            for (JsonClient client : plain) {
                assertEquals(i + LONG, client.text());
            }
        }
        assertEquals(20, counted("deflate_messages_total"));
        assertTrue(counted("deflate_output_bytes_total") < counted("deflate_input_bytes_total") / 10);
        await().until(() -> counted("compression_saved_bytes_total") > 10.0 * 24 * LONG.length() * 0.9);
        assertTrue(counted("deflate_seconds_total") > 0);
        for (JsonClient client : plain) {
            client.close();
        }
    }

    @Test
    void shortMessagesStayAsTheyAre() throws Exception {
        Other other = new Other("o", TestClient.JSON, "g");
        other.socket.writeTextMessage(
                "{\"type\":\"sendToGroup\",\"group\":\"g\",\"dataType\":\"text\",\"data\":\"short\"}");
        assertEquals("short", other.next().getString("data"));
        assertEquals(0, counted("deflate_messages_total"));
        assertEquals(1, counted("inflate_messages_total"));
        assertTrue(counted("inflate_seconds_total") > 0);
    }

    @Test
    void aReliableClientThatComesBackMayCompressOrNot() throws Exception {
        JsonClient lost = node.client("alice").in("g").reliable();
        lost.socket().reset();
        await().until(() -> node.metric("fanfare_sessions_detached") == 1);
        try (JsonClient publisher = node.client("publisher").mayAll().json()) {
            publisher.publish("g", "first" + LONG);
            Other back = comeBack(lost);
            assertEquals("first" + LONG, back.next().getString("data"));
            publisher.publish("g", "second" + LONG);
            JsonObject second = back.next();
            assertEquals("second" + LONG, second.getString("data"));
            assertEquals(2, second.getInteger("sequenceId"));
            assertEquals(1, counted("deflate_messages_total"));
        }
    }

    private Other comeBack(JsonClient lost) throws Exception {
        return new Other(
                "/client/hubs/chat?awps_connection_id=" + lost.connectionId() + "&awps_reconnection_token="
                        + URLEncoder.encode(lost.reconnectionToken(), StandardCharsets.UTF_8),
                TestClient.RELIABLE);
    }

    @Test
    void otherHubsAnswerNoOffer() throws Exception {
        try (RawWebSocketClient client = RawWebSocketClient.open(
                node.port(), null, node.client("a").hub("other").target(), OFFER)) {
            client.send(new RawFrame(true, 4, 1, new byte[0]));
            assertEquals(1002, client.readClose().closeCode());
        }
    }

    @Test
    void bombsConcernNobodyElse() throws Exception {
        Other bystander = new Other("bystander", TestClient.JSON, "g");
        for (byte[] bomb : List.of(bomb(900_000), bomb(50_000_000))) {
            try (RawWebSocketClient client =
                    RawWebSocketClient.open(node.port(), null, node.client("a").target(), OFFER)) {
                client.send(new RawFrame(true, 4, 2, bomb));
                assertEquals(1009, client.readClose().closeCode());
            }
        }
        await().until(() -> node.metric("fanfare_limits_reached_total{limit=\"message_bytes\"}") == 2);
        assertEquals(2, counted("inflate_messages_total"));
        assertTrue(counted("inflate_output_bytes_total") <= 2 * (1_048_576 + 1));
        bystander.socket.writeTextMessage(
                "{\"type\":\"sendToGroup\",\"group\":\"g\",\"dataType\":\"text\",\"data\":\"still here\"}");
        assertEquals("still here", bystander.next().getString("data"));
        assertFalse(bystander.socket.isClosed());
        assertNull(bystander.socket.closeStatusCode());
    }

    private static byte[] bomb(int length) {
        Deflater deflater = new Deflater(9, true);
        deflater.setInput(new byte[length]);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        byte[] buffer = new byte[8192];
        int count;
        do {
            count = deflater.deflate(buffer, 0, buffer.length, Deflater.SYNC_FLUSH);
            out.write(buffer, 0, count);
        } while (count == buffer.length);
        deflater.end();
        return out.toByteArray();
    }
}
