package dev.fanfare.core.protocol;

/**
 * The payload of one WebSocket message, encoded once and shared by all receivers of a format; nobody may write into
 * {@link #body}.
 *
 * @param text whether it travels as a text message, otherwise binary
 * @param body the bytes; of a sequenced format all but the tail that {@link Codec#tail} writes for each receiver
 */
@SuppressWarnings("ArrayRecordComponent") // shared by reference on purpose
public record Encoded(boolean text, byte[] body) {}
