package dev.fanfare.core.protocol;

/**
 * The payload of one WebSocket message, encoded once and shared by all receivers of a format; {@link #body} must not be
 * modified.
 *
 * @param text whether it is sent as a text message, otherwise binary
 * @param body the bytes; in a sequenced format without the tail that {@link Codec#tail} writes for each receiver
 */
@SuppressWarnings("ArrayRecordComponent") // shared by reference on purpose
public record Encoded(boolean text, byte[] body) {}
