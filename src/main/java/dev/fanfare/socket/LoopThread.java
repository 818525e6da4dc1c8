package dev.fanfare.socket;

import io.netty.channel.EventLoop;
import io.vertx.core.Context;
import io.vertx.core.internal.ContextInternal;

/**
 * The thread of one event loop. Code that it owns asserts at its entry points that no other thread comes in; without
 * assertions that costs nothing. Any thread.
 */
public final class LoopThread {

    private final EventLoop loop;

    private LoopThread(EventLoop loop) {
        this.loop = loop;
    }

    /** The thread that runs the tasks of an event-loop context. */
    public static LoopThread of(Context context) {
        return new LoopThread(((ContextInternal) context).nettyEventLoop());
    }

    /** Whether the caller runs on it. For use in {@code assert}. */
    public boolean isCurrent() {
        return loop.inEventLoop();
    }
}
