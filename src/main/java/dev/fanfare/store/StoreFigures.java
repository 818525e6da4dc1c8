package dev.fanfare.store;

/**
 * What a store holds on this node, some moments ago.
 *
 * @param entries keys that are there
 * @param logs logs that are there
 * @param bytes in use, as the limit counts them
 * @param maxBytes the limit
 * @param journalBytes on the disk that a start would have to read besides the last snapshot; 0 without files
 * @param diskWaitMillis how long something has waited for the disk without any progress; 0 if nothing waits
 */
public record StoreFigures(
        long entries, long logs, long bytes, long maxBytes, long journalBytes, long diskWaitMillis) {}
