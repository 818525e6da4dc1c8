package dev.fanfare.client;

import java.util.random.RandomGenerator;

/**
 * How long to pause between attempts: any time up to a bound that doubles with each, so that those who lost the same remote
 * at once do not come back at once ("full jitter"). Not thread-safe.
 */
final class Backoff {

    private static final int MAX_DOUBLINGS = 40;

    private final long initialMillis;
    private final long maxMillis;
    private final RandomGenerator random;
    private int doublings;

    /**
     * @param initialMillis the first bound, 1 and up
     * @param maxMillis the last one
     */
    Backoff(long initialMillis, long maxMillis, RandomGenerator random) {
        this.initialMillis = initialMillis;
        this.maxMillis = maxMillis;
        this.random = random;
    }

    /** Milliseconds until the next attempt, 0 and up. */
    long next() {
        long bound = Math.min(maxMillis, initialMillis << Math.min(doublings, MAX_DOUBLINGS));
        doublings++;
        return random.nextLong(bound + 1);
    }

    /** The remote was well for a while: begins anew. */
    void reset() {
        doublings = 0;
    }
}
