package dev.fanfare.bench;

import io.netty.channel.EventLoop;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Opens connections, a bounded number at a time. Used on one event loop. */
abstract class OpeningPhase {

    private final EventLoop loop;
    private final Dialer dialer;
    private final DialBounds bounds;
    private final CompletableFuture<Void> done = new CompletableFuture<>();

    /** The oldest first. */
    private final Set<LoadConnection> awaited = new LinkedHashSet<>();

    private boolean scheduled;
    private boolean stopped;

    /**
     * The bounds of a phase.
     *
     * @param atOnce the most that are being opened at the same time
     * @param timeoutNanos for each of them
     */
    record DialBounds(int atOnce, long timeoutNanos) {}

    OpeningPhase(EventLoop loop, Dialer dialer, DialBounds bounds) {
        this.loop = loop;
        this.dialer = dialer;
        this.bounds = bounds;
    }

    /** The next connection, or null if there is none at present. */
    abstract @Nullable LoadConnection next();

    /** Whether there will be no further connection. */
    abstract boolean exhausted();

    /** A connection is ready. */
    abstract void ready(LoadConnection loadConnection);

    /** Completes when all have been opened, or have failed. */
    final CompletableFuture<Void> done() {
        return done;
    }

    /** Opens as many as the bound allows. */
    final void fill() {
        scheduled = false;
        @Nullable LoadConnection next = mayOpen() ? next() : null;
        while (next != null) {
            awaited.add(next);
            dialer.dial(next);
            next = mayOpen() ? next() : null;
        }
        if (awaited.isEmpty() && (stopped || exhausted())) {
            done.complete(null);
        }
    }

    private boolean mayOpen() {
        return !stopped && awaited.size() < bounds.atOnce();
    }

    /** A connection no longer counts against the bound. */
    final void settled(LoadConnection loadConnection) {
        if (awaited.remove(loadConnection)) {
            fillSoon();
        }
    }

    /** Deferred, since a connection may fail while it is created. */
    final void fillSoon() {
        if (!scheduled) {
            scheduled = true;
            loop.execute(this::fill);
        }
    }

    /** Fails connections that take too long. */
    final void sweep(long now) {
        while (!awaited.isEmpty()) {
            LoadConnection oldest = awaited.iterator().next();
            if (now - oldest.dialled() < bounds.timeoutNanos()) {
                return;
            }
            oldest.fail("not ready in time");
            awaited.remove(oldest);
            fillSoon();
        }
    }

    /** Opens no further connections. */
    final void openNoMore() {
        stopped = true;
    }

    /** Opens no further connections, and drops those that are not ready. */
    final void stop() {
        openNoMore();
        List.copyOf(awaited).forEach(LoadConnection::abort);
    }
}
