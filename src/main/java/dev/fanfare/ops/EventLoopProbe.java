package dev.fanfare.ops;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Watches one event loop: a timer that runs there ten times a second records how late it is. The owner of the loop
 * creates the probe, registers it with {@link Health#watch} and its lag with {@link Metrics#gauge}, and closes it when
 * the loop is no longer used:
 *
 * <pre>{@code
 * EventLoopProbe probe = EventLoopProbe.on(context, "shard-0");
 * health.watch(probe);
 * metrics.gauge(Metrics.Gauge.EVENT_LOOP_LAG_SECONDS, probe::lagSeconds);
 * }</pre>
 *
 * <p>Written by the loop only; readable on any thread.
 */
public final class EventLoopProbe implements AutoCloseable {

    static final long INTERVAL_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    static final long WINDOW_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final String name;
    private final LongSupplier nanoClock;
    private long windowStart;
    private volatile long lastBeat;
    private volatile long worstOfThisWindow;
    private volatile long worstOfLastWindow;
    private volatile boolean closed;

    EventLoopProbe(String name, LongSupplier nanoClock) {
        this.name = name;
        this.nanoClock = nanoClock;
        this.windowStart = nanoClock.getAsLong();
        this.lastBeat = windowStart;
    }

    /**
     * Starts to watch the loop of a context. May be called on any thread.
     *
     * @param context of an event loop, not of a worker
     * @param name shown to operators when the loop is stalled
     */
    public static EventLoopProbe on(Context context, String name) {
        EventLoopProbe probe = new EventLoopProbe(name, System::nanoTime);
        context.runOnContext(ignored -> probe.start(context.owner()));
        return probe;
    }

    private void start(Vertx vertx) {
        vertx.setPeriodic(TimeUnit.NANOSECONDS.toMillis(INTERVAL_NANOS), timer -> {
            beat();
            if (closed) {
                vertx.cancelTimer(timer);
            }
        });
    }

    void beat() {
        long now = nanoClock.getAsLong();
        if (now - windowStart >= WINDOW_NANOS) {
            windowStart = now;
            worstOfLastWindow = worstOfThisWindow;
            worstOfThisWindow = 0;
        }
        worstOfThisWindow = Math.max(worstOfThisWindow, overdue(now));
        lastBeat = now;
    }

    private long overdue(long now) {
        return Math.max(0, now - lastBeat - INTERVAL_NANOS);
    }

    /** The name given by the owner. */
    public String name() {
        return name;
    }

    /**
     * The longest time, in seconds, by which the loop was late within the last 10 to 20 seconds, or is right now; 0 once
     * closed.
     */
    public double lagSeconds() {
        if (closed) {
            return 0;
        }
        long worst = Math.max(worstOfThisWindow, worstOfLastWindow);
        return Math.max(worst, overdue(nanoClock.getAsLong())) / 1e9;
    }

    /** Nanoseconds since the last beat of the loop. */
    long silentNanos() {
        return nanoClock.getAsLong() - lastBeat;
    }

    boolean isClosed() {
        return closed;
    }

    /** Stops the probe. May be called on any thread and more than once. */
    @Override
    public void close() {
        closed = true;
    }
}
