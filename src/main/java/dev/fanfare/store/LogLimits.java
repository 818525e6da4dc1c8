package dev.fanfare.store;

import java.time.Duration;

/**
 * What a log keeps at most. The newest record is kept for its time whatever its size. A log whose last record was dropped
 * for its age is itself removed when as much time has passed again without an append.
 *
 * @param records 1 to {@value #MAX_RECORDS}
 * @param bytes of all records together, 1 to {@value #MAX_BYTES}
 * @param age from 1 ms to {@link StoreLimits#MAX_DURATION}
 */
public record LogLimits(int records, long bytes, Duration age) {

    /** The most records of a log. */
    public static final int MAX_RECORDS = 1_000_000;

    /** The most bytes of a log. */
    public static final long MAX_BYTES = 256L * 1024 * 1024;

    public LogLimits {
        if (records < 1 || records > MAX_RECORDS || bytes < 1 || bytes > MAX_BYTES) {
            throw new IllegalArgumentException("limits out of range: records=" + records + " bytes=" + bytes);
        }
        StoreLimits.checkDuration("the age", age);
    }
}
