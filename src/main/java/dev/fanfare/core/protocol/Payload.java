package dev.fanfare.core.protocol;

import java.nio.charset.StandardCharsets;

/**
 * The content that a publisher sent. Shared by reference between all receivers, so {@link #bytes} must not be modified.
 *
 * @param type what the bytes mean
 * @param bytes the content: UTF-8 for {@link DataType#TEXT} and {@link DataType#JSON}
 */
@SuppressWarnings("ArrayRecordComponent") // never compared; copying would cost each message
public record Payload(DataType type, byte[] bytes) {

    /** A text payload. */
    public static Payload text(String text) {
        return new Payload(DataType.TEXT, text.getBytes(StandardCharsets.UTF_8));
    }

    /** A JSON payload of a text that is already known to be one JSON value. */
    public static Payload json(String json) {
        return new Payload(DataType.JSON, json.getBytes(StandardCharsets.UTF_8));
    }

    /** A binary payload, which owns the array afterwards. */
    public static Payload binary(byte[] bytes) {
        return new Payload(DataType.BINARY, bytes);
    }
}
