package dev.fanfare.shard;

import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/**
 * The age limit of client sockets, randomised per socket so that clients that connected at the same time, as after the start
 * of a node, do not reconnect at the same time. As thread-safe as its random generator.
 */
final class MaxAge {

    /** No age limit. */
    static final long NEVER = Long.MAX_VALUE;

    private final long leastMillis;
    private final long mostMillis;
    private final RandomGenerator random;

    private MaxAge(long leastMillis, long mostMillis, RandomGenerator random) {
        this.leastMillis = leastMillis;
        this.mostMillis = mostMillis;
        this.random = random;
    }

    /** @param seconds the average age; each differs by up to a fifth. 0 = no limit */
    static MaxAge of(int seconds, RandomGenerator random) {
        long millis = TimeUnit.SECONDS.toMillis(seconds);
        return new MaxAge(millis - millis / 5, millis + millis / 5, random);
    }

    /**
     * The deadline of a socket opened now.
     *
     * @param now of the monotonic clock, in milliseconds, like the result
     */
    long endOf(long now) {
        return mostMillis == 0 ? NEVER : now + random.nextLong(leastMillis, mostMillis + 1);
    }
}
