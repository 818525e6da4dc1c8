package dev.fanfare.core;

/**
 * Measures how long something takes. It never goes back and nobody sets it, but its zero means nothing: what it says is
 * compared only with what it said before, in the same process. Durations, deadlines and ages are measured with it; the time
 * of day ({@link java.time.InstantSource}) is for what other processes or people read, such as the end of a token. Thread-safe.
 */
@FunctionalInterface
public interface MonotonicClock {

    /** Nanoseconds since some moment. */
    long nanos();

    /** The same in milliseconds. */
    default long millis() {
        return nanos() / 1_000_000;
    }
}
