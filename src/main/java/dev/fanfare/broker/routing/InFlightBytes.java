package dev.fanfare.broker.routing;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/** Counts the bytes that were published on this node and not yet delivered, and says when publishers should wait. */
public final class InFlightBytes {

    private final AtomicLong bytes = new AtomicLong();
    private final AtomicBoolean full = new AtomicBoolean();
    private final long limit;
    private final Runnable onWritable;

    /**
     * @param limit above which publishers wait, until half of it is reached again
     * @param onWritable called when they may go on, on the thread that made room
     */
    public InFlightBytes(long limit, Runnable onWritable) {
        this.limit = limit;
        this.onWritable = onWritable;
    }

    public void add(long count) {
        if (bytes.addAndGet(count) > limit) {
            full.set(true);
            // All of it may have been removed in between, and then nothing else would say so.
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
