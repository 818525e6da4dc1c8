package dev.fanfare.event;

import java.util.concurrent.atomic.AtomicLong;

/** Bytes that may be taken up at a time. Thread-safe. */
final class ByteBudget {

    private final long max;
    private final AtomicLong used = new AtomicLong();

    ByteBudget(long max) {
        this.max = max;
    }

    /** Takes bytes, or none if there are not enough. There always are where nothing was taken yet. */
    boolean reserve(long bytes) {
        long now = used.addAndGet(bytes);
        if (now > max && now > bytes) {
            used.addAndGet(-bytes);
            return false;
        }
        return true;
    }

    /** Gives bytes back. */
    void release(long bytes) {
        used.addAndGet(-bytes);
    }

    long used() {
        return used.get();
    }
}
