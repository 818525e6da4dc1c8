package dev.fanfare.testkit;

import dev.fanfare.core.CloseReason;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.function.Predicate;

/**
 * A client of a JSON subprotocol. It reads when it is asked to, and keeps what it read while it waited for something else.
 * It answers pings while it reads.
 */
public final class JsonClient implements AutoCloseable {

    private final RawWebSocketClient socket;
    private final String target;
    private final Deque<JsonObject> unread = new ArrayDeque<>();
    private JsonObject connected = new JsonObject();
    private long lastAckId = 1000;

    JsonClient(RawWebSocketClient socket, String target) {
        this.socket = socket;
        this.target = target;
    }

    static JsonClient connected(RawWebSocketClient socket, String target) throws IOException {
        JsonClient client = new JsonClient(socket, target);
        client.awaitConnected();
        return client;
    }

    /** Reads the next frame, which must say that the client is connected. */
    public JsonObject awaitConnected() throws IOException {
        JsonObject first = next();
        if (!"connected".equals(first.getString("event"))) {
            throw new AssertionError("Expected to be connected, got " + first);
        }
        connected = first;
        return first;
    }

    /** The frame that said that the client is connected. */
    public JsonObject connected() {
        return connected;
    }

    public String connectionId() {
        return connected.getString("connectionId");
    }

    public String reconnectionToken() {
        return connected.getString("reconnectionToken");
    }

    /** The socket beneath. */
    public RawWebSocketClient socket() {
        return socket;
    }

    /** A new socket that asks for the session of this one, with the URL of this one. */
    public JsonClient recover(AnyNode node) throws IOException {
        String recovery = TestClient.recovery(target, connectionId(), reconnectionToken());
        JsonClient successor =
                connected(TestClient.open(node.host(), node.port(), 0, recovery, TestClient.RELIABLE), target);
        successor.lastAckId = lastAckId;
        return successor;
    }

    /** Sends a text frame; apostrophes stand for quotes. */
    public void send(String json) throws IOException {
        socket.send(RawFrame.text(json.replace('\'', '"')));
    }

    /** Sends a frame with a fresh ackId and waits for the ack. */
    public JsonObject ask(String json) throws IOException {
        long ackId = ++lastAckId;
        JsonObject frame = new JsonObject(json.replace('\'', '"')).put("ackId", ackId);
        socket.send(RawFrame.text(frame.encode()));
        return ack(ackId);
    }

    /** Asks, and fails unless it is done. */
    public void done(String json) throws IOException {
        JsonObject ack = ask(json);
        if (!ack.getBoolean("success")) {
            throw new AssertionError(json + " was refused: " + ack);
        }
    }

    public void join(String group) throws IOException {
        done(new JsonObject().put("type", "joinGroup").put("group", group).encode());
    }

    /** Publishes text and waits for the ack. */
    public void publish(String group, String text) throws IOException {
        done(new JsonObject()
                .put("type", "sendToGroup")
                .put("group", group)
                .put("dataType", "text")
                .put("data", text)
                .encode());
    }

    public void acknowledge(long sequenceId) throws IOException {
        send("{'type':'sequenceAck','sequenceId':" + sequenceId + "}");
    }

    /** Waits for the ack with that id. */
    public JsonObject ack(long ackId) throws IOException {
        return await(frame -> frame.getString("type").equals("ack") && frame.getLong("ackId") == ackId);
    }

    /** Waits for the next message. */
    public JsonObject message() throws IOException {
        return await(frame -> frame.getString("type").equals("message"));
    }

    /** Waits for the next message and returns its data, a string. */
    public String text() throws IOException {
        return message().getString("data");
    }

    /** Waits for a frame; others are kept for later. */
    public JsonObject await(Predicate<JsonObject> wanted) throws IOException {
        for (Iterator<JsonObject> frames = unread.iterator(); frames.hasNext(); ) {
            JsonObject frame = frames.next();
            if (wanted.test(frame)) {
                frames.remove();
                return frame;
            }
        }
        while (true) {
            JsonObject frame = new JsonObject(readText());
            if (wanted.test(frame)) {
                return frame;
            }
            unread.add(frame);
        }
    }

    /** The next frame, whatever it says. */
    public JsonObject next() throws IOException {
        JsonObject kept = unread.poll();
        return kept == null ? new JsonObject(readText()) : kept;
    }

    /** The next frame as it is on the wire; nothing may have been kept. */
    public String readText() throws IOException {
        RawFrame frame = readFrame();
        if (frame.opcode() != RawFrame.TEXT) {
            throw new AssertionError("Expected text, got " + (frame.opcode() == RawFrame.CLOSE ? close(frame) : frame));
        }
        return frame.payloadText();
    }

    /** Reads, keeping messages, until the server closes; the code and reason. */
    public String awaitClose() throws IOException {
        while (true) {
            RawFrame frame = readFrame();
            if (frame.opcode() == RawFrame.CLOSE) {
                return close(frame);
            }
            unread.add(new JsonObject(frame.payloadText()));
        }
    }

    /** Everything that was sent to this client before now by its own shard has been read; it must be nothing. */
    public void assertNothingCame() throws IOException {
        send("{'type':'ping'}");
        JsonObject frame = next();
        if (!frame.getString("type").equals("pong")) {
            throw new AssertionError("Expected nothing, got " + frame);
        }
    }

    /** What {@link #awaitClose} returns for an end that the table of reasons has. */
    public static String closing(CloseReason reason) {
        return reason.code() + " " + reason.text();
    }

    /** Says good-bye for good and waits for the answer. */
    public void leave() throws IOException {
        socket.send(RawFrame.close(1000, ""));
        awaitClose();
        socket.disconnect();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    private RawFrame readFrame() throws IOException {
        while (true) {
            RawFrame frame = socket.readFrame();
            if (frame.opcode() != RawFrame.PING) {
                return frame;
            }
            socket.send(RawFrame.of(RawFrame.PONG, frame.payload()));
        }
    }

    private static String close(RawFrame frame) {
        byte[] payload = frame.payload();
        String reason = payload.length < 2 ? "" : new String(payload, 2, payload.length - 2, StandardCharsets.UTF_8);
        return (frame.closeCode() + " " + reason).trim();
    }
}
