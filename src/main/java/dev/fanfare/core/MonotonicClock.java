package dev.fanfare.core;

/**
 * Measures elapsed time. It never goes back and is never set, but its origin is arbitrary: a reading can only be
 * compared with others of the same process. Durations, deadlines and ages are measured with it; wall-clock time ({@link
 * java.time.InstantSource}) is for what other processes or people read, such as the expiry of a token. Thread-safe. See
 * {@code src/docs/decisions/0024}.
 */
@FunctionalInterface
public interface MonotonicClock {

    /** Nanoseconds since an arbitrary origin. */
    long nanos();

    /** The same in milliseconds. */
    default long millis() {
        return nanos() / 1_000_000;
    }
}
