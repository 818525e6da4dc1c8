package dev.fanfare.store;

import java.util.List;

/**
 * A part of a log.
 *
 * @param epoch of all numbers here, see {@link LogPosition}; empty if the log does not exist
 * @param first the number of the oldest record that is kept; {@code last + 1} if none is
 * @param last the number of the newest record that was ever appended, 0 if there was none
 * @param records in the order of their numbers, without gaps
 */
public record LogRecords(String epoch, long first, long last, List<LogRecord> records) {

    /** A log that does not exist. */
    public static final LogRecords NONE = new LogRecords("", 1, 0, List.of());
}
