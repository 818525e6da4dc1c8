package dev.fanfare.cluster;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Refused connections of both ports: reports each by its reason, and logs one a minute. Thread-safe. */
public final class Refusals {

    private static final Logger log = LoggerFactory.getLogger(Refusals.class);
    private static final long LOG_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final Consumer<Refusal> onRefused;
    private final AtomicLong unlogged = new AtomicLong();
    private final AtomicLong lastLogged = new AtomicLong(System.nanoTime() - LOG_NANOS);

    /** @param onRefused called for each, from any thread; must not block */
    public Refusals(Consumer<Refusal> onRefused) {
        this.onRefused = onRefused;
    }

    /**
     * Reports a failed handshake with a peer that connected.
     *
     * @param remote the peer, for the log
     */
    void add(Throwable failure, String remote) {
        add(Refusal.of(failure), remote);
    }

    /** Reports a connection that was refused for this reason. */
    void add(Refusal reason, String remote) {
        onRefused.accept(reason);
        if (reason == Refusal.CLOSED) {
            return; // such as a check whether the port is open
        }
        long since = unlogged.incrementAndGet();
        long last = lastLogged.get();
        long now = System.nanoTime();
        if (now - last >= LOG_NANOS && lastLogged.compareAndSet(last, now)) {
            unlogged.addAndGet(-since);
            log.atWarn()
                    .addKeyValue("reason", reason.label())
                    .addKeyValue("remote", remote)
                    .addKeyValue("count", since)
                    .log("connections to a port between nodes were refused");
        }
    }
}
