package dev.fanfare.store;

/**
 * The place of a record in a log. No two records ever have the same position.
 *
 * @param epoch of the log, an opaque text of at most 64 ASCII characters. It changes when records may have been lost, and
 *     when the log was removed; a reader that finds another epoch has to begin at the first record
 * @param number of the record, 1 and up; without gaps in one epoch
 */
public record LogPosition(String epoch, long number) {}
