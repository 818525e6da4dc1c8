package dev.fanfare.bench;

import io.netty.channel.EventLoop;
import java.util.Iterator;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Opens a given number of connections, which then stay. */
final class OpeningOnce extends Opening {

    private final Iterator<Supplier<Connection>> connections;

    OpeningOnce(EventLoop loop, Dialer dialer, Plan.Timing timing, Iterator<Supplier<Connection>> connections) {
        super(loop, dialer, timing.opensAtOnce(), timing.connectTimeout().toNanos());
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
        settled(connection);
    }
}
