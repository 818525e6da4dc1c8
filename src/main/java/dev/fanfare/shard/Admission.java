package dev.fanfare.shard;

import java.util.concurrent.atomic.AtomicInteger;

/** Counts the connections of a node against its limit. Shared by all shards. Thread-safe. */
public final class Admission {

    private final int limit;
    private final AtomicInteger count = new AtomicInteger();
    private final AtomicInteger recovering = new AtomicInteger();
    private volatile boolean open = true;

    /** @param limit for sockets and detached sessions together */
    public Admission(int limit) {
        this.limit = limit;
    }

    /** Counts a new connection; returns false when shutting down or at the limit. */
    public boolean enter() {
        if (!open) {
            return false;
        }
        if (count.incrementAndGet() + recovering.get() > limit) {
            count.decrementAndGet();
            return false;
        }
        return true;
    }

    /** Counts a connection that another node admitted, even above the limit. */
    public void enterAnyway() {
        count.incrementAndGet();
    }

    /** Uncounts a connection. */
    public void leave() {
        count.decrementAndGet();
    }

    /**
     * Whether one more socket may wait for its session. The limit is that of sessions: all clients may reconnect at once, also
     * to a node at its limit, where their sessions are counted already.
     */
    public boolean mayRecover() {
        return open && recovering.get() < limit;
    }

    /** Sockets that wait for their session. */
    int waiting() {
        return recovering.get();
    }

    /** A socket starts to wait for its session. */
    void recovering() {
        recovering.incrementAndGet();
    }

    /** The socket got its session, or has ended. */
    void recovered() {
        recovering.decrementAndGet();
    }

    /** Admits no connection from now on: the node is shutting down. */
    public void stop() {
        open = false;
    }

    /** Whether the node is not shutting down. */
    public boolean open() {
        return open;
    }

    public int count() {
        return count.get();
    }
}
