package dev.fanfare.limit;

import dev.fanfare.core.SourceNetwork;
import java.util.concurrent.TimeUnit;

/**
 * Failed handshakes of each network: after some of them its handshakes are refused for a second, and for twice as long after
 * each further one, up to a block. Failures are forgotten when there was none for as long as a block. The /64 networks of an
 * IPv6 /48 together may have {@value Limiter#SITE_FACTOR} times as many. Time is a parameter. Thread-safe.
 */
final class FailedHandshakes {

    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    /** A pause of this many doublings is longer than any block. */
    private static final int MOST_DOUBLINGS = 30;

    private final BoundedTable<SourceNetwork, Failures> networks;

    /** @param capacity networks that are remembered */
    FailedHandshakes(int capacity) {
        this.networks = new BoundedTable<>(capacity, failures -> false);
    }

    /** What a network has done. Accessed under the lock of the table. */
    private static final class Failures {
        private long count;
        private long refusedUntil;

        Failures(long now) {
            this.refusedUntil = now;
        }

        long failed(long now, long allowed, long blockNanos) {
            if (now - refusedUntil > blockNanos) {
                count = 0;
            }
            count++;
            long pause = count <= allowed
                    ? 0
                    : Math.min(blockNanos, SECOND << Math.min(MOST_DOUBLINGS, count - allowed - 1));
            refusedUntil = now + pause;
            return pause;
        }
    }

    /**
     * Counts a failure.
     *
     * @param allowed failures without a pause, more than 0
     * @return nanoseconds for which handshakes of the network are refused
     */
    long failed(SourceNetwork network, long now, int allowed, int blockSeconds) {
        long block = TimeUnit.SECONDS.toNanos(blockSeconds);
        long pause = networks.with(network, () -> new Failures(now), failures -> failures.failed(now, allowed, block));
        SourceNetwork site = network.site();
        return site == null
                ? pause
                : Math.max(
                        pause,
                        networks.with(
                                site,
                                () -> new Failures(now),
                                failures -> failures.failed(now, (long) Limiter.SITE_FACTOR * allowed, block)));
    }

    /** Nanoseconds for which handshakes of a network are still refused. */
    long refusedFor(SourceNetwork network, long now) {
        SourceNetwork site = network.site();
        long wait = waitFor(network, now);
        return site == null ? wait : Math.max(wait, waitFor(site, now));
    }

    private long waitFor(SourceNetwork network, long now) {
        return Math.max(0, networks.getOrDefault(network, new Failures(now)).refusedUntil - now);
    }

    int size() {
        return networks.size();
    }
}
