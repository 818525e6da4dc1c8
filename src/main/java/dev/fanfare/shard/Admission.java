package dev.fanfare.shard;

import java.util.concurrent.atomic.AtomicInteger;

/** How many connections a node has, and whether it takes one more. Shared by all shards. Thread-safe. */
public final class Admission {

    private final int limit;
    private final AtomicInteger count = new AtomicInteger();
    private final AtomicInteger recovering = new AtomicInteger();
    private volatile boolean open = true;

    /** @param limit sockets and waiting sessions together */
    public Admission(int limit) {
        this.limit = limit;
    }

    /** Takes a place, or returns false where there is none. */
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

    /** Takes a place for one who was admitted by another node, also where there is none. */
    public void enterAnyway() {
        count.incrementAndGet();
    }

    /** Gives a place back. */
    public void leave() {
        count.decrementAndGet();
    }

    /**
     * Whether one more socket may wait for its session. As many as there may be sessions: all may come back at once, also to a
     * full node, whose places they have already.
     */
    public boolean mayRecover() {
        return open && recovering.get() < limit;
    }

    /** How many sockets wait for their session. */
    int waiting() {
        return recovering.get();
    }

    /** A socket waits for its session. */
    void recovering() {
        recovering.incrementAndGet();
    }

    /** It has it, or has ended. */
    void recovered() {
        recovering.decrementAndGet();
    }

    /** Takes nobody from now on: the node stops. */
    public void stop() {
        open = false;
    }

    /** Whether the node takes connections at all. */
    public boolean open() {
        return open;
    }

    public int count() {
        return count.get();
    }
}
