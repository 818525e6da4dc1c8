package dev.fanfare.bench;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Runs work later on an event loop. What work throws goes to the driver, since the loop would leave it in a future that is
 * not read, and the run would wait for ever.
 */
final class LoopTimer {

    private final EventLoop loop;
    private final Consumer<Throwable> faults;

    LoopTimer(EventLoop loop, Consumer<Throwable> faults) {
        this.loop = loop;
        this.faults = faults;
    }

    void after(long delay, TimeUnit unit, Runnable work) {
        loop.schedule(work, delay, unit).addListener(this::report);
    }

    /** Runs work again and again until it throws or the loop ends. */
    void every(long period, TimeUnit unit, Runnable work) {
        loop.scheduleAtFixedRate(work, period, period, unit).addListener(this::report);
    }

    private void report(Future<?> done) {
        if (!done.isSuccess() && !done.isCancelled()) {
            faults.accept(done.cause());
        }
    }
}
