package dev.fanfare.core;

import java.util.random.RandomGenerator;

/**
 * Exponential backoff with jitter: a pause is random within a bound that doubles with each retry up to a maximum, so that
 * clients that lost the same server together do not reconnect together. Immutable; as thread-safe as its generator.
 *
 * @param initialMillis the bound of the first pause, 1 and up
 * @param maxMillis the bound that is never exceeded, {@code initialMillis} and up
 * @param jitter how much of a pause is random
 * @param random where randomness comes from
 */
public record Backoff(long initialMillis, long maxMillis, Jitter jitter, RandomGenerator random) {

    /** How much of a pause is random. */
    public enum Jitter {
        /** Any time up to the bound ("full jitter"): spreads the load of reconnects best. */
        FULL,
        /** From half of the bound up to the bound ("equal jitter"): never retries at once. */
        EQUAL
    }

    /** @throws IllegalArgumentException if a bound is out of range */
    public Backoff {
        if (initialMillis < 1 || maxMillis < initialMillis) {
            throw new IllegalArgumentException("initialMillis=" + initialMillis + ", maxMillis=" + maxMillis);
        }
    }

    /**
     * The pause before a retry.
     *
     * @param retry the number of retries before this one, 0 and up
     * @return milliseconds, 0 and up
     */
    public long pauseMillis(int retry) {
        boolean exceeds = retry >= Long.SIZE - 1 || initialMillis > maxMillis >> retry;
        long bound = exceeds ? maxMillis : initialMillis << retry;
        return switch (jitter) {
            case FULL -> random.nextLong(bound + 1);
            case EQUAL -> bound / 2 + random.nextLong(bound / 2 + 1);
        };
    }
}
