package dev.fanfare.shard;

import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/**
 * How old the sockets of clients become. Each draws an age of its own, so that clients who came all at once, as after the
 * start of a node, do not leave all at once. As thread-safe as the random numbers.
 */
final class MaxAge {

    /** No time ever. */
    static final long NEVER = Long.MAX_VALUE;

    private final long leastMillis;
    private final long mostMillis;
    private final RandomGenerator random;

    private MaxAge(long leastMillis, long mostMillis, RandomGenerator random) {
        this.leastMillis = leastMillis;
        this.mostMillis = mostMillis;
        this.random = random;
    }

    /** @param seconds on average, of which each differs by up to a fifth; 0 = they become as old as they like */
    static MaxAge of(int seconds, RandomGenerator random) {
        long millis = TimeUnit.SECONDS.toMillis(seconds);
        return new MaxAge(millis - millis / 5, millis + millis / 5, random);
    }

    /**
     * When a socket that begins now is old.
     *
     * @param now of the monotonic clock, as the answer
     */
    long endOf(long now) {
        return mostMillis == 0 ? NEVER : now + random.nextLong(leastMillis, mostMillis + 1);
    }
}
