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
    private final Pace pace;
    private final LongFunction<LoadConnection> connections;
    private long count;
    private boolean armed;

    /**
     * How fast and how long.
     *
     * @param interval nanoseconds between two; 0 for as fast as possible
     */
    record Pace(Window window, double interval) {}

    /**
     * @param bounds with the most that are open at the same time
     * @param connections makes the next one, given when it was due, as of {@link System#nanoTime()}
     */
    OpeningAgain(
            EventLoop loop,
            LoopTimer timer,
            Dialer dialer,
            DialBounds bounds,
            Pace pace,
            LongFunction<LoadConnection> connections) {
        super(loop, dialer, bounds);
        this.timer = timer;
        this.pace = pace;
        this.connections = connections;
    }

    @Override
    @Nullable
    LoadConnection next() {
        Window window = pace.window();
        long now = window.now();
        long due = pace.interval() == 0 ? now : (long) (count * pace.interval());
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
        long end = pace.window().to();
        return pace.window().now() >= end || (pace.interval() > 0 && count * pace.interval() >= end);
    }

    @Override
    void ready(LoadConnection loadConnection) {
        loadConnection.close();
    }
}
