package dev.fanfare.socket;

import io.netty.channel.EventLoop;
import io.vertx.core.Context;
import io.vertx.core.internal.ContextInternal;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * Runs work in the next turn of an event loop, after its sockets had I/O. Long work split this way delays no socket;
 * queued as an ordinary task, it would run again in the same turn.
 */
public final class NextTick {

    private final Context context;
    private final LoopThread thread;
    private final EventLoop loop;

    private NextTick(Context context) {
        this.context = context;
        this.thread = LoopThread.of(context);
        this.loop = ((ContextInternal) context).nettyEventLoop();
    }

    /** Runs work on the event loop of a context. */
    public static NextTick of(Context context) {
        return new NextTick(context);
    }

    /** Runs work on the context in the next turn. Call it on the event loop. */
    public void next(Runnable work) {
        assert thread.isCurrent();
        // Scheduled tasks are collected only at the start of a turn, unlike queued ones. The context reports what work
        // throws.
        Future<?> unused = loop.schedule(() -> context.runOnContext(turn -> work.run()), 0, TimeUnit.NANOSECONDS);
    }
}
