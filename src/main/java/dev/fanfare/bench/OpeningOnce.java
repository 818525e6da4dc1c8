package dev.fanfare.bench;

import io.netty.channel.EventLoop;
import java.util.Iterator;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Opens a given number of connections, which then stay, or are closed as soon as they are ready. */
final class OpeningOnce extends Opening {

    private final Iterator<Supplier<Connection>> connections;
    private final boolean staying;

    OpeningOnce(
            EventLoop loop,
            Dialer dialer,
            int atOnce,
            long timeoutNanos,
            Iterator<Supplier<Connection>> connections,
            boolean staying) {
        super(loop, dialer, atOnce, timeoutNanos);
        this.connections = connections;
        this.staying = staying;
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
        if (staying) {
            settled(connection);
        } else {
            connection.close();
        }
    }
}
