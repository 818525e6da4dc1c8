package dev.fanfare.broker.routing;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Counts bytes published and not yet delivered, and signals backpressure: publishers stop above the limit and resume at
 * half of it. Thread-safe.
 */
public final class InFlightBytes {

    private final AtomicLong bytes = new AtomicLong();
    private final AtomicBoolean full = new AtomicBoolean();
    private final long limit;
    private final Runnable onWritable;

    /**
     * @param limit bytes above which publishers wait
     * @param onWritable called when they may resume, on the thread that made room
     */
    public InFlightBytes(long limit, Runnable onWritable) {
        this.limit = limit;
        this.onWritable = onWritable;
    }

    public void add(long count) {
        if (bytes.addAndGet(count) > limit) {
            full.set(true);
            // All of it may have been removed in between, and then no other call would reopen it.
            reopenIfRoom(bytes.get());
        }
    }

    public void remove(long count) {
        reopenIfRoom(bytes.addAndGet(-count));
    }

    private void reopenIfRoom(long now) {
        if (now <= limit / 2 && full.get() && full.compareAndSet(true, false)) {
            onWritable.run();
        }
    }

    public boolean writable() {
        return !full.get();
    }

    public long bytes() {
        return bytes.get();
    }
}
