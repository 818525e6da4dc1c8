package dev.fanfare.auth;

import dev.fanfare.core.SourceNetwork;
import java.net.InetAddress;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Decides when to log that an address forwards requests but is not a trusted proxy. Any client can send such a header,
 * so there is at most one line a minute in total, and one per network among the last {@value #NETWORKS} logged. A proxy
 * not logged because of the pause is logged with a later request. Thread-safe.
 */
final class UnlistedProxies {

    static final int NETWORKS = 1024;
    private static final long PAUSE_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final LongSupplier nanoTime;
    private final Set<SourceNetwork> logged = new LinkedHashSet<>();
    private long lastLogged;

    /** @param nanoTime a monotonic clock */
    UnlistedProxies(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** Whether to log a line about an address now. */
    synchronized boolean shouldLog(InetAddress peer) {
        long now = nanoTime.getAsLong();
        if ((!logged.isEmpty() && now - lastLogged < PAUSE_NANOS) || !logged.add(SourceNetwork.of(peer.getAddress()))) {
            return false;
        }
        lastLogged = now;
        if (logged.size() > NETWORKS) {
            logged.remove(logged.iterator().next());
        }
        return true;
    }
}
