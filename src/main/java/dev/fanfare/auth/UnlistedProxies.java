package dev.fanfare.auth;

import java.net.InetAddress;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Decides when to log that an address forwards requests of others and is no trusted proxy. Anybody may send such a header, so
 * there is at most one line a minute, whoever causes it, and a network gets its line once, as long as it is one of the last
 * {@value #NETWORKS} that had one. A proxy that has to wait gets its line with a later request. Any thread may use it.
 */
final class UnlistedProxies {

    static final int NETWORKS = 1024;
    private static final long PAUSE_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final LongSupplier nanoTime;
    private final Set<SourceNetwork> told = new LinkedHashSet<>();
    private long last;

    /** @param nanoTime a monotonic clock */
    UnlistedProxies(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** Whether to log a line about an address now. */
    synchronized boolean isNews(InetAddress peer) {
        long now = nanoTime.getAsLong();
        if ((!told.isEmpty() && now - last < PAUSE_NANOS) || !told.add(SourceNetwork.of(peer))) {
            return false;
        }
        last = now;
        if (told.size() > NETWORKS) {
            told.remove(told.iterator().next());
        }
        return true;
    }
}
