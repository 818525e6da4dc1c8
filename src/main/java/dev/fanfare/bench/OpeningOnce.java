package dev.fanfare.bench;

import io.netty.channel.EventLoop;
import java.util.Iterator;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Opens a given number of connections, which then stay open, or are closed as soon as they are ready. */
final class OpeningOnce extends OpeningPhase {

    private final Iterator<Supplier<LoadConnection>> connections;
    private final boolean staying;

    OpeningOnce(
            EventLoop loop,
            Dialer dialer,
            DialBounds bounds,
            Iterator<Supplier<LoadConnection>> connections,
            boolean staying) {
        super(loop, dialer, bounds);
        this.connections = connections;
        this.staying = staying;
    }

    @Override
    @Nullable
    LoadConnection next() {
        return connections.hasNext() ? connections.next().get() : null;
    }

    @Override
    boolean exhausted() {
        return !connections.hasNext();
    }

    @Override
    void ready(LoadConnection loadConnection) {
        if (staying) {
            settled(loadConnection);
        } else {
            loadConnection.close();
        }
    }
}
