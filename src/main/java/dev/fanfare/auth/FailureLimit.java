package dev.fanfare.auth;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * A token bucket of failures for each source network. A source with an empty bucket waits for the answer to each further
 * failure, so that it gets no more of them than the bucket is refilled with; what it sends meanwhile is verified, behind
 * everybody else's. All the /64 of an IPv6 /48 together have a bucket of {@value #SITE_SOURCES} times the size in addition, since
 * one may hold them all. Bounded: of the sources that failed, the last {@value #SOURCES} are known. Any thread may use it.
 */
final class FailureLimit {

    /** Sources that are remembered, at about 100 bytes each. */
    static final int SOURCES = 65_536;

    /** Seconds of failures that a full bucket holds. */
    private static final int BURST_SECONDS = 2;

    /** So many times the failures of a /64 may come from its /48. */
    static final int SITE_SOURCES = 16;

    /** The longest that an answer is kept back. */
    private static final long MAX_WAIT_NANOS = TimeUnit.SECONDS.toNanos(2);

    private final long intervalNanos;
    private final LongSupplier nanoTime;

    /** When the bucket of each source is full again; the source that failed longest ago comes first. */
    private final Map<SourceNetwork, Long> fullAt = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<SourceNetwork, Long> eldest) {
            return size() > SOURCES;
        }
    };

    /**
     * @param perSecond failures of one source, in the long run; 0 = any number
     * @param nanoTime a monotonic clock
     */
    FailureLimit(int perSecond, LongSupplier nanoTime) {
        this.intervalNanos = perSecond == 0 ? 0 : TimeUnit.SECONDS.toNanos(1) / perSecond;
        this.nanoTime = nanoTime;
    }

    /** Whether the bucket of a source is empty, or that of its /48. */
    boolean isExhausted(SourceNetwork source) {
        return intervalNanos > 0 && waitNanos(source, 0) > 0;
    }

    /** Takes note of a failure. Returns how long the source has to wait for its answer, in milliseconds, at most 2,000. */
    long failed(SourceNetwork source) {
        return intervalNanos == 0 ? 0 : TimeUnit.NANOSECONDS.toMillis(waitNanos(source, intervalNanos));
    }

    private long waitNanos(SourceNetwork source, long taken) {
        long now = nanoTime.getAsLong();
        long wait = waitNanos(source, now, taken);
        SourceNetwork site = source.site();
        return site == null ? wait : Math.max(wait, waitNanos(site, now, taken / SITE_SOURCES));
    }

    /** How long from now until a bucket, of which something more is taken, is no longer empty. */
    private synchronized long waitNanos(SourceNetwork source, long now, long taken) {
        Long full = fullAt.get(source);
        long burst = TimeUnit.SECONDS.toNanos(BURST_SECONDS);
        long untilFull = (full == null ? 0 : Math.max(0, full - now)) + taken;
        untilFull = Math.min(untilFull, burst + MAX_WAIT_NANOS);
        if (taken > 0) {
            fullAt.remove(source); // to become the last
            fullAt.put(source, now + untilFull);
        } else if (untilFull == 0 && full != null) {
            fullAt.remove(source);
        }
        return Math.max(0, untilFull - burst);
    }
}
