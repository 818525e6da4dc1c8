package dev.fanfare.socket;

import io.netty.channel.EventLoop;
import io.vertx.core.Context;
import io.vertx.core.internal.ContextInternal;
import java.util.concurrent.TimeUnit;

/**
 * The turns of an event loop, each of which looks after the sockets first and then runs what it was given. Long work that
 * goes on in the next turn keeps no socket waiting; what it merely queued again would run in this one.
 */
public final class NextTick {

    private final Context context;
    private final EventLoop loop;

    private NextTick(Context context) {
        this.context = context;
        this.loop = ((ContextInternal) context).nettyEventLoop();
    }

    /** The turns of the event loop of a context. */
    public static NextTick of(Context context) {
        return new NextTick(context);
    }

    /** Runs work on the context in the next turn. Call it on the event loop. */
    public void next(Runnable work) {
        assert loop.inEventLoop();
        // What is due at once is looked for only when a turn begins, unlike what is queued.
        loop.schedule(() -> context.runOnContext(turn -> work.run()), 0, TimeUnit.NANOSECONDS);
    }
}
