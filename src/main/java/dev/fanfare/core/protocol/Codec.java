package dev.fanfare.core.protocol;

import org.jspecify.annotations.Nullable;

/**
 * One wire format: bytes to frames and back, without policy and without state. Implementations are immutable and may be
 * shared between threads.
 */
public interface Codec {

    /** The most bytes {@link #tail} ever writes. */
    int MAX_TAIL = 40;

    /**
     * Decodes one complete WebSocket message.
     *
     * @param text whether it came as a text message; its UTF-8 has been checked already
     * @param payload the bytes, which belong to the frame afterwards
     * @throws ProtocolViolation if it is not a frame of this format
     */
    ClientFrame decode(boolean text, byte[] payload) throws ProtocolViolation;

    /** The first frame of a connection, or null where the format has none. The token is null if it cannot recover. */
    @Nullable
    Encoded connected(String connectionId, @Nullable String userId, @Nullable String reconnectionToken);

    /** Announces why the server is about to close, or null where the format cannot. */
    @Nullable
    Encoded disconnected(String message);

    /** Reports that messages were dropped because the client reads too slowly, or null where the format cannot. */
    @Nullable
    Encoded dropped(long messages);

    /** The answer to a request that carried an ackId, or null where the format has none. */
    @Nullable
    Encoded ack(long ackId, @Nullable AckError error);

    /**
     * The answer to an invocation, or null where the format has none.
     *
     * @param data the answer, null for an empty one
     * @param error why there is no answer, null if there is one
     */
    @Nullable
    Encoded invokeResponse(String invocationId, @Nullable Payload data, @Nullable AckError error);

    /** The answer to a ping, or null where the format has none. */
    @Nullable
    Encoded pong();

    /** A message; in a sequenced format without its tail. */
    Encoded message(Message message);

    /**
     * Writes what follows the shared body of a message for each receiver: the sequence id.
     *
     * @param sequenceId 1 and up
     * @param target has {@link #MAX_TAIL} bytes from {@code offset} on
     * @return how many bytes were written; 0 in a format without sequence ids
     */
    int tail(long sequenceId, byte[] target, int offset);

    /**
     * Why a request failed.
     *
     * @param name one of the in-band names of {@code ErrorCode}
     * @param message for people
     */
    record AckError(String name, String message) {}
}
