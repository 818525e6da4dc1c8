package dev.fanfare.core.session;

/** A token bucket with a capacity of one second. Time is a parameter. Not thread-safe. */
public final class RateLimiter {

    private static final long NANOS = 1_000_000_000L;

    private final int perSecond;
    private final long nanosPerPermit;
    private long paidUntil = Long.MIN_VALUE;

    /** @param perSecond permits a second; 0 = no limit */
    public RateLimiter(int perSecond) {
        this.perSecond = perSecond;
        this.nanosPerPermit = perSecond == 0 ? 0 : NANOS / perSecond;
    }

    /**
     * Takes one permit, unconditionally.
     *
     * @param now nanoseconds of a monotonic clock
     * @return nanoseconds to wait before taking the next one; 0 = none
     */
    public long take(long now) {
        return pay(now, nanosPerPermit);
    }

    /**
     * Takes several permits, unconditionally.
     *
     * @param now nanoseconds of a monotonic clock
     * @return nanoseconds to wait before taking the next one; 0 = none
     */
    public long take(long now, int permits) {
        return perSecond == 0 ? 0 : pay(now, permits * NANOS / perSecond);
    }

    private long pay(long now, long nanos) {
        if (perSecond == 0) {
            return 0;
        }
        paidUntil = Math.max(paidUntil, now - NANOS) + nanos;
        return Math.max(0, paidUntil - now);
    }
}
