package dev.fanfare.auth;

import dev.fanfare.core.SourceNetwork;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * A token bucket of failures for each source network. While its bucket is empty the answers to further failures of a
 * source are delayed, so that it gets them no faster than the bucket is refilled; what it sends meanwhile is verified
 * after the tokens of all others. The /64 networks of an IPv6 /48 share an additional bucket of {@value #SITE_SOURCES}
 * times the size, since one party may hold them all ({@code src/docs/decisions/0031-ipv6-sites.md}). Remembers the last
 * {@value #SOURCES} sources that failed. Thread-safe.
 */
final class FailureLimit {

    /** Sources remembered, about 100 bytes each. */
    static final int SOURCES = 65_536;

    /** Capacity of a bucket, in seconds of failures. */
    private static final int BURST_SECONDS = 2;

    /** How many times the failures of a /64 its /48 may have. */
    static final int SITE_SOURCES = 16;

    /** The longest delay of an answer. */
    private static final long MAX_WAIT_NANOS = TimeUnit.SECONDS.toNanos(2);

    private final long intervalNanos;
    private final LongSupplier nanoTime;

    /** When the bucket of each source is full again; the least recent failure comes first. */
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

    /** Counts a failure. Returns by how many milliseconds to delay the answer, at most 2,000. */
    long failed(SourceNetwork source) {
        return intervalNanos == 0 ? 0 : TimeUnit.NANOSECONDS.toMillis(waitNanos(source, intervalNanos));
    }

    private long waitNanos(SourceNetwork source, long taken) {
        long now = nanoTime.getAsLong();
        long wait = waitNanos(source, now, taken);
        SourceNetwork site = source.site();
        return site == null ? wait : Math.max(wait, waitNanos(site, now, taken / SITE_SOURCES));
    }

    /** Nanoseconds until a bucket is no longer empty, after {@code taken} more is taken from it. */
    private synchronized long waitNanos(SourceNetwork source, long now, long taken) {
        Long full = fullAt.get(source);
        long burst = TimeUnit.SECONDS.toNanos(BURST_SECONDS);
        long untilFull = (full == null ? 0 : Math.max(0, full - now)) + taken;
        untilFull = Math.min(untilFull, burst + MAX_WAIT_NANOS);
        if (taken > 0) {
            fullAt.remove(source); // reinserted as the last
            fullAt.put(source, now + untilFull);
        } else if (untilFull == 0 && full != null) {
            fullAt.remove(source);
        }
        return Math.max(0, untilFull - burst);
    }
}
