package dev.fanfare.core.protocol;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * No subprotocol: every message is the content of an event, without an envelope. Text and JSON are sent as text
 * messages, the rest as binary ones; the server sends no frames of its own.
 */
public final class RawCodec implements Codec {

    /** The only instance. */
    public static final RawCodec INSTANCE = new RawCodec();

    /** The name of the event for everything that raw clients send. */
    public static final String EVENT = "message";

    private RawCodec() {}

    @Override
    public ClientFrame decode(boolean text, byte[] payload) {
        return new ClientFrame.Event(
                EVENT, new Payload(text ? DataType.TEXT : DataType.BINARY, payload), Map.of(), null);
    }

    @Override
    public @Nullable Encoded connected(
            String connectionId, @Nullable String userId, @Nullable String reconnectionToken) {
        return null;
    }

    @Override
    public @Nullable Encoded disconnected(String message) {
        return null;
    }

    @Override
    public @Nullable Encoded dropped(long messages) {
        return null;
    }

    @Override
    public @Nullable Encoded ack(long ackId, @Nullable AckError error) {
        return null;
    }

    @Override
    public @Nullable Encoded invokeResponse(String invocationId, @Nullable Payload data, @Nullable AckError error) {
        return null;
    }

    @Override
    public @Nullable Encoded pong() {
        return null;
    }

    @Override
    public Encoded message(Message message) {
        Payload payload = message.payload();
        boolean text = payload.type() == DataType.TEXT || payload.type() == DataType.JSON;
        return new Encoded(text, payload.bytes());
    }

    @Override
    public int tail(long sequenceId, byte[] target, int offset) {
        return 0;
    }
}
