package dev.fanfare.event;

import java.util.concurrent.atomic.AtomicLong;

/** A bound on the bytes held at a time. Thread-safe. */
final class ByteBudget {

    private final long max;
    private final AtomicLong used = new AtomicLong();

    ByteBudget(long max) {
        this.max = max;
    }

    /** Reserves bytes if enough are left. An unused budget admits any amount. */
    boolean reserve(long bytes) {
        long now = used.addAndGet(bytes);
        if (now > max && now > bytes) {
            used.addAndGet(-bytes);
            return false;
        }
        return true;
    }

    /** Returns bytes. */
    void release(long bytes) {
        used.addAndGet(-bytes);
    }

    long used() {
        return used.get();
    }
}
