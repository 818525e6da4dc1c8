package dev.fanfare.core.protocol;

import static dev.fanfare.core.protocol.JsonWriter.ascii;

import dev.fanfare.core.Names;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The subprotocols {@code json.webpubsub.azure.v1} and {@code json.reliable.webpubsub.azure.v1}: one JSON object per
 * frame. Receivers may rely on the order of properties and on the absence of white space. In the reliable format the
 * sequence id comes last, so that all before it is the same for all receivers.
 */
public final class JsonCodec implements Codec {

    /** Without sequence ids, with the default lengths of names. */
    public static final JsonCodec PLAIN = new JsonCodec(Names.DEFAULT, false);

    /** With sequence ids and the default lengths of names. */
    public static final JsonCodec RELIABLE = new JsonCodec(Names.DEFAULT, true);

    private static final byte[] CONNECTED = ascii("{\"type\":\"system\",\"event\":\"connected\",\"userId\":");
    private static final byte[] CONNECTION_ID = ascii(",\"connectionId\":");
    private static final byte[] RECONNECTION_TOKEN = ascii(",\"reconnectionToken\":");
    private static final byte[] DISCONNECTED = ascii("{\"type\":\"system\",\"event\":\"disconnected\",\"message\":");
    private static final byte[] DROPPED = ascii("{\"type\":\"system\",\"event\":\"messagesDropped\",\"count\":");
    private static final byte[] ACK = ascii("{\"type\":\"ack\",\"ackId\":");
    private static final byte[] SUCCESS = ascii(",\"success\":true}");
    private static final byte[] FAILURE = ascii(",\"success\":false,\"error\":{\"name\":");
    private static final byte[] ERROR_MESSAGE = ascii(",\"message\":");
    private static final byte[] INVOKE_RESPONSE = ascii("{\"type\":\"invokeResponse\",\"invocationId\":");
    private static final byte[] ANSWERED = ascii(",\"success\":true");
    private static final byte[] MESSAGE = ascii("{\"type\":\"message\",\"from\":");
    private static final byte[] GROUP = ascii(",\"group\":");
    private static final byte[] FROM_USER_ID = ascii(",\"fromUserId\":");
    private static final byte[] DATA_TYPE = ascii(",\"dataType\":");
    private static final byte[] DATA = ascii(",\"data\":");
    private static final byte[] METADATA = ascii(",\"metadata\":{");
    private static final byte[] SEQUENCE_ID = ascii(",\"sequenceId\":");
    private static final byte[] COLON = ascii(":");
    private static final byte[] COMMA = ascii(",");
    private static final byte[] NULL = ascii("null");
    private static final byte[] CLOSE = ascii("}");
    private static final Encoded PONG = new Encoded(true, ascii("{\"type\":\"pong\"}"));

    /** Room for the fixed parts and the short names of a frame. */
    private static final int FRAME_BYTES = 160;

    /** Room per entry for the quotes, colon and comma around it. */
    private static final int ENTRY_BYTES = 6;

    private final JsonDecoder decoder;
    private final boolean reliable;

    /**
     * @param names which groups and events clients may name
     * @param reliable whether messages are numbered
     */
    public JsonCodec(Names names, boolean reliable) {
        this.decoder = new JsonDecoder(names);
        this.reliable = reliable;
    }

    /** A binary message is accepted too if it holds the UTF-8 of a JSON object. */
    @Override
    public ClientFrame decode(boolean text, byte[] payload) throws ProtocolViolation {
        if (!text) {
            requireUtf8(payload);
        }
        return decoder.decode(payload);
    }

    @Override
    public Encoded connected(String connectionId, @Nullable String userId, @Nullable String reconnectionToken) {
        JsonWriter writer =
                new JsonWriter(FRAME_BYTES + length(userId) + connectionId.length() + length(reconnectionToken));
        writer.raw(CONNECTED);
        if (userId == null) {
            writer.raw(NULL);
        } else {
            writer.string(userId);
        }
        writer.raw(CONNECTION_ID).string(connectionId);
        if (reconnectionToken != null) {
            writer.raw(RECONNECTION_TOKEN).string(reconnectionToken);
        }
        return text(writer.raw(CLOSE));
    }

    @Override
    public Encoded disconnected(String message) {
        return text(new JsonWriter(FRAME_BYTES + message.length())
                .raw(DISCONNECTED)
                .string(message)
                .raw(CLOSE));
    }

    @Override
    public Encoded dropped(long messages) {
        return text(new JsonWriter(FRAME_BYTES).raw(DROPPED).unsigned(messages).raw(CLOSE));
    }

    @Override
    public Encoded ack(long ackId, @Nullable AckError error) {
        JsonWriter writer = new JsonWriter(FRAME_BYTES).raw(ACK).unsigned(ackId);
        return text(error == null ? writer.raw(SUCCESS) : failure(writer, error));
    }

    @Override
    public Encoded invokeResponse(String invocationId, @Nullable Payload data, @Nullable AckError error) {
        int content = data == null ? 0 : JsonWriter.base64Length(data.bytes().length);
        JsonWriter writer = new JsonWriter(FRAME_BYTES + invocationId.length() + content)
                .raw(INVOKE_RESPONSE)
                .string(invocationId);
        if (error != null) {
            return text(failure(writer, error));
        }
        writer.raw(ANSWERED);
        if (data != null) {
            data(writer, data);
        }
        return text(writer.raw(CLOSE));
    }

    private static JsonWriter failure(JsonWriter writer, AckError error) {
        writer.raw(FAILURE).string(error.name()).raw(ERROR_MESSAGE).string(error.message());
        return writer.raw(CLOSE).raw(CLOSE);
    }

    @Override
    public Encoded pong() {
        return PONG;
    }

    @Override
    public Encoded message(Message message) {
        JsonWriter writer = new JsonWriter(expectedLength(message));
        writer.raw(MESSAGE).string(message.from().wireName());
        if (message.group() != null) {
            writer.raw(GROUP).string(message.group());
        }
        if (message.fromUserId() != null) {
            writer.raw(FROM_USER_ID).string(message.fromUserId());
        }
        data(writer, message.payload());
        metadata(writer, message.metadata());
        return text(reliable ? writer : writer.raw(CLOSE));
    }

    @Override
    public int tail(long sequenceId, byte[] target, int offset) {
        if (!reliable) {
            return 0;
        }
        System.arraycopy(SEQUENCE_ID, 0, target, offset, SEQUENCE_ID.length);
        int end = offset + SEQUENCE_ID.length;
        end += JsonWriter.putUnsigned(sequenceId, target, end);
        target[end++] = '}';
        return end - offset;
    }

    private static void data(JsonWriter writer, Payload payload) {
        writer.raw(DATA_TYPE).string(payload.type().wireName()).raw(DATA);
        switch (payload.type()) {
            case TEXT -> writer.utf8(payload.bytes());
            case JSON -> writer.raw(payload.bytes());
            case BINARY, PROTOBUF -> writer.base64(payload.bytes());
        }
    }

    private static void metadata(JsonWriter writer, Map<String, String> metadata) {
        if (metadata.isEmpty()) {
            return;
        }
        byte[] before = METADATA;
        for (Map.Entry<String, String> entry : metadata.entrySet()) {
            writer.raw(before).string(entry.getKey()).raw(COLON).string(entry.getValue());
            before = COMMA;
        }
        writer.raw(CLOSE);
    }

    private static int expectedLength(Message message) {
        int content = message.payload().bytes().length;
        int around = message.weight() - content + message.metadata().size() * ENTRY_BYTES;
        boolean base64 =
                message.payload().type() == DataType.BINARY || message.payload().type() == DataType.PROTOBUF;
        return FRAME_BYTES
                + length(message.group())
                + length(message.fromUserId())
                + around
                + (base64 ? JsonWriter.base64Length(content) : content);
    }

    private static int length(@Nullable String text) {
        return text == null ? 0 : text.length();
    }

    private static Encoded text(JsonWriter writer) {
        return new Encoded(true, writer.finish());
    }

    private static void requireUtf8(byte[] payload) throws ProtocolViolation {
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(payload));
        } catch (CharacterCodingException e) {
            throw new ProtocolViolation("a binary frame of this subprotocol must be a JSON object in UTF-8");
        }
    }
}
