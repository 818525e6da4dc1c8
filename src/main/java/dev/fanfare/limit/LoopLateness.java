package dev.fanfare.limit;

import java.util.concurrent.TimeUnit;

/**
 * Whether an event loop runs late, by a timer on it: then those who are connected come before those who want to be. It counts as
 * late for a second, so that what waits is done first. Time is a parameter. Confined to the event loop.
 */
public final class LoopLateness {

    private static final long MEMORY_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final long intervalNanos;
    private long tickedAt;
    private long lateUntil;

    /**
     * @param intervalNanos how often {@link #tick} is called
     * @param now nanoseconds of a monotonic clock
     */
    public LoopLateness(long intervalNanos, long now) {
        this.intervalNanos = intervalNanos;
        this.tickedAt = now;
        this.lateUntil = now;
    }

    /**
     * The timer has fired.
     *
     * @param boundNanos how late it may be; 0 = any time
     */
    public void tick(long now, long boundNanos) {
        if (isOverdue(now, boundNanos)) {
            lateUntil = now + MEMORY_NANOS;
        }
        tickedAt = now;
    }

    /** Whether the event loop is late at present, or was a moment ago. */
    public boolean isLate(long now, long boundNanos) {
        return boundNanos > 0 && (now - lateUntil < 0 || isOverdue(now, boundNanos));
    }

    private boolean isOverdue(long now, long boundNanos) {
        return boundNanos > 0 && now - tickedAt - intervalNanos > boundNanos;
    }
}
