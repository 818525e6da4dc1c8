package dev.fanfare.bench;

import io.netty.channel.EventLoop;
import java.util.concurrent.TimeUnit;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Opens connections and closes them as soon as they are ready, over and over: as fast as possible, or at a rate. With a
 * rate, the time of a connection counts from when it was due.
 */
final class OpeningAgain extends OpeningPhase {

    private final LoopTimer timer;
    private final Window window;
    private final double interval;
    private final LongFunction<LoadConnection> connections;
    private long count;
    private boolean armed;

    /**
     * @param atOnce the most that are open at the same time
     * @param interval nanoseconds between two; 0 for as fast as possible
     * @param connections makes the next one, given when it was due, as of {@link System#nanoTime()}
     */
    OpeningAgain(
            EventLoop loop,
            LoopTimer timer,
            Dialer dialer,
            int atOnce,
            long timeoutNanos,
            Window window,
            double interval,
            LongFunction<LoadConnection> connections) {
        super(loop, dialer, atOnce, timeoutNanos);
        this.timer = timer;
        this.window = window;
        this.interval = interval;
        this.connections = connections;
    }

    @Override
    @Nullable
    LoadConnection next() {
        long now = window.now();
        long due = interval == 0 ? now : (long) (count * interval);
        if (due >= window.to()) {
            return null;
        }
        if (due > now) {
            comeBackIn(due - now);
            return null;
        }
        count++;
        return connections.apply(window.zero() + due);
    }

    private void comeBackIn(long nanos) {
        if (!armed) {
            armed = true;
            timer.after(nanos, TimeUnit.NANOSECONDS, () -> {
                armed = false;
                fill();
            });
        }
    }

    @Override
    boolean exhausted() {
        return window.now() >= window.to() || (interval > 0 && count * interval >= window.to());
    }

    @Override
    void ready(LoadConnection loadConnection) {
        loadConnection.close();
    }
}
