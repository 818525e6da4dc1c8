package dev.fanfare.limit;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongUnaryOperator;

/**
 * A token bucket with a capacity of one second. Time and rate are parameters, so that the rate may change. What is taken
 * unconditionally is owed for {@value #MAX_DEBT_SECONDS} seconds at most: nothing has to wait longer. Thread-safe.
 */
final class RateBucket {

    private static final int MAX_DEBT_SECONDS = 10;
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
    private static final long MAX_DEBT = TimeUnit.SECONDS.toNanos(MAX_DEBT_SECONDS);

    /** Until when everything taken has been refilled, but for the capacity; nothing has been taken at first. */
    private final AtomicLong paidUntil;

    /** @param now nanoseconds of a monotonic clock */
    RateBucket(long now) {
        this.paidUntil = new AtomicLong(now - SECOND);
    }

    /**
     * Takes permits, unconditionally.
     *
     * @param now nanoseconds of a monotonic clock
     * @param perSecond the rate, more than 0
     * @return nanoseconds to wait before taking the next ones; 0 = none
     */
    long take(long now, long permits, long perSecond) {
        long cost = permits * SECOND / perSecond;
        LongUnaryOperator paid = until -> now + Math.min(MAX_DEBT, Math.max(-SECOND, until - now) + cost);
        return Math.max(0, paidUntil.updateAndGet(paid) - now);
    }

    /**
     * How long to wait for a permit; takes none.
     *
     * @param now nanoseconds of a monotonic clock
     * @param perSecond the rate, more than 0
     * @return nanoseconds until one more fits; 0 = it does
     */
    long waitFor(long now, long perSecond) {
        long untilNow = paidUntil.get() - now;
        return Math.max(0, Math.max(untilNow, -SECOND) + SECOND / perSecond);
    }

    /** Whether it is full, so that it can be forgotten. */
    boolean isFull(long now) {
        return paidUntil.get() - now <= -SECOND;
    }
}
