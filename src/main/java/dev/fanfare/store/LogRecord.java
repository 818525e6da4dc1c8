package dev.fanfare.store;

/**
 * A record of a log.
 *
 * @param number 1 and up
 * @param bytes shared, so they must not be modified
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record LogRecord(long number, byte[] bytes) {}
