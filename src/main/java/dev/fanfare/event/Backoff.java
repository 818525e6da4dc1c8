package dev.fanfare.event;

import java.util.random.RandomGenerator;

/** How long to wait before the next attempt: twice as long each time, and for half of it as chance will have it. */
final class Backoff {

    private static final long FIRST_MILLIS = 500;
    private static final long LONGEST_MILLIS = 8000;

    private Backoff() {}

    /** @param attempts made so far, 1 and up */
    static long millis(int attempts, RandomGenerator random) {
        long whole = Math.min(LONGEST_MILLIS, FIRST_MILLIS << Math.min(attempts - 1, 16));
        return whole / 2 + random.nextLong(whole / 2 + 1);
    }
}
