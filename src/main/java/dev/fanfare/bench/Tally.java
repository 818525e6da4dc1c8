package dev.fanfare.bench;

import java.util.Map;
import java.util.TreeMap;
import org.HdrHistogram.Histogram;

/**
 * The counts of one driver. Its event loop owns them; others get a {@link Snapshot}, or all of it when the loop has
 * ended.
 */
final class Tally {

    private static final long LEAST = 1_000;
    private static final long MOST = 3_600_000_000_000L;
    private static final int DIGITS = 3;
    private static final int REASONS = 20;

    final Histogram latency = histogram();
    final Histogram lateness = histogram();
    final Histogram connect = histogram();
    private final Map<String, Long> failures = new TreeMap<>();

    long opened;
    /** Of these, in mode connect, the ones due in the measured time; else all. */
    long openedMeasured;

    long failed;
    long closedEarly;
    /** Messages written to sockets, in all. */
    long published;
    /** Of these, the ones due in the measured time. */
    long publishedMeasured;

    long heldBack;
    /** Messages received for the first time, in all. */
    long received;
    /** Of these, the ones due in the measured time. */
    long delivered;

    long foreign;

    static Histogram histogram() {
        return new Histogram(LEAST, MOST, DIGITS);
    }

    static void record(Histogram histogram, long nanos) {
        histogram.recordValue(Math.max(0, Math.min(nanos, MOST)));
    }

    /** A connection that could not be opened. */
    void failure(String reason) {
        failed++;
        note(reason);
    }

    /** A connection that ended before its time. */
    void closedEarly(String reason) {
        closedEarly++;
        note("closed: " + reason);
    }

    private void note(String reason) {
        if (failures.size() < REASONS || failures.containsKey(reason)) {
            failures.merge(reason, 1L, Long::sum);
        }
    }

    Map<String, Long> failures() {
        return failures;
    }

    Snapshot snapshot() {
        return new Snapshot(opened, failed, closedEarly, published, received);
    }

    Tally copy() {
        Tally copy = new Tally();
        copy.add(this);
        return copy;
    }

    /** Adds the counts of another driver. */
    void add(Tally other) {
        latency.add(other.latency);
        lateness.add(other.lateness);
        connect.add(other.connect);
        other.failures.forEach((reason, count) -> failures.merge(reason, count, Long::sum));
        opened += other.opened;
        openedMeasured += other.openedMeasured;
        failed += other.failed;
        closedEarly += other.closedEarly;
        published += other.published;
        publishedMeasured += other.publishedMeasured;
        heldBack += other.heldBack;
        received += other.received;
        delivered += other.delivered;
        foreign += other.foreign;
    }
}
