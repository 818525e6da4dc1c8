package dev.fanfare.bench;

import io.netty.channel.EventLoop;
import java.util.Iterator;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Opens connections and closes them as soon as they are ready, a few at a time. */
final class Rehearsal extends Opening {

    private final Iterator<Supplier<Connection>> connections;

    Rehearsal(
            EventLoop loop, Dialer dialer, int atOnce, long timeoutNanos, Iterator<Supplier<Connection>> connections) {
        super(loop, dialer, atOnce, timeoutNanos);
        this.connections = connections;
    }

    @Override
    @Nullable
    Connection next() {
        return connections.hasNext() ? connections.next().get() : null;
    }

    @Override
    boolean exhausted() {
        return !connections.hasNext();
    }

    @Override
    void ready(Connection connection) {
        connection.close();
    }
}
