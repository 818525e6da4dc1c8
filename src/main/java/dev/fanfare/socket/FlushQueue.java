package dev.fanfare.socket;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.FastThreadLocal;
import java.util.ArrayList;
import java.util.List;

/**
 * The sockets of one event loop that have unflushed writes. Each is flushed once at the end of the loop's turn, so that
 * everything written to it during the turn leaves in one system call. Confined to its event loop; a socket is queued at
 * most once.
 */
final class FlushQueue implements Runnable {

    private static final FastThreadLocal<FlushQueue> OF_LOOP = new FastThreadLocal<>();

    private final EventLoop loop;
    private List<NettySocket> waiting = new ArrayList<>();
    private List<NettySocket> spare = new ArrayList<>();

    private FlushQueue(EventLoop loop) {
        this.loop = loop;
    }

    /** The queue of the event loop of the current thread. */
    static FlushQueue of(EventLoop loop) {
        assert loop.inEventLoop();
        FlushQueue queue = OF_LOOP.get();
        if (queue == null) {
            queue = new FlushQueue(loop);
            OF_LOOP.set(queue);
        }
        return queue;
    }

    /** Queues a socket that is not in the queue yet. */
    void add(NettySocket socket) {
        if (waiting.isEmpty()) {
            loop.execute(this);
        }
        waiting.add(socket);
    }

    /** Flushes. A socket that is written to meanwhile is flushed in a later run, so that this one always ends. */
    @Override
    public void run() {
        List<NettySocket> now = waiting;
        waiting = spare;
        for (NettySocket socket : now) {
            socket.flush(); // throws nothing
        }
        now.clear();
        spare = now;
    }
}
