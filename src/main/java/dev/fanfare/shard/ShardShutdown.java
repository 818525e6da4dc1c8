package dev.fanfare.shard;

import dev.fanfare.core.CloseReason;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Closes the connections of a shard when the node stops. Confined to the shard's thread. */
final class ShardShutdown {

    /** Average pause between two slices of closed connections. */
    private static final long PAUSE_MILLIS = 100;

    private final ShardContext context;
    private final ConnectionTable connections;
    private final BooleanSupplier idle;
    private @Nullable Promise<Void> stopping;
    private boolean handingOver;

    /** @param idle whether nothing is left that must be waited for */
    ShardShutdown(ShardContext context, ConnectionTable connections, BooleanSupplier idle) {
        this.context = context;
        this.connections = connections;
        this.idle = idle;
    }

    /** See {@link Shard#stop}. */
    Future<Void> start(long spreadMillis, long withinMillis, boolean handOver) {
        assert context.onThread();
        Promise<Void> stopped = Promise.promise();
        stopping = stopped;
        handingOver = handOver;
        long deadline = context.vertx().setTimer(Math.max(1, withinMillis * 3 / 4), timer -> endAll());
        List<Connection> all = connections.all();
        long slices = Math.max(1, Math.min(spreadMillis, withinMillis / 2) / PAUSE_MILLIS);
        closeSlice(all.iterator(), (int) (all.size() / slices) + 1);
        return stopped.future().onComplete(v -> context.vertx().cancelTimer(deadline));
    }

    boolean started() {
        return stopping != null;
    }

    private void closeSlice(Iterator<Connection> left, int slice) {
        for (int i = 0; i < slice && left.hasNext(); i++) {
            context.guarded(left.next(), this::shutDown);
        }
        if (left.hasNext()) {
            long pause = PAUSE_MILLIS / 2 + ThreadLocalRandom.current().nextLong(PAUSE_MILLIS);
            context.vertx().setTimer(pause, timer -> closeSlice(left, slice));
        } else {
            completeIfIdle();
        }
    }

    /**
     * Skips a session that has been handed over, since it is released or reinstated soon, and a detached one, which keeps
     * waiting for its client. An outbound connection ends: without its socket it would only be dialled again.
     */
    private void shutDown(Connection connection) {
        if (!connection.present()) {
            return;
        }
        if (!handingOver || connection.outbound()) {
            connection.end(CloseReason.SHUTDOWN, CloseReason.SHUTDOWN.text());
        } else if (!(connection.begun() && connection.detached())) {
            connection.disconnect(CloseReason.SHUTDOWN);
        }
    }

    /** Shuts down a session that arrived or was reinstated while the shard is stopping. */
    void shutDownIfStarted(Connection connection) {
        if (started()) {
            shutDown(connection);
        }
    }

    private void endAll() {
        handingOver = false;
        connections.all().forEach(connection -> context.guarded(connection, this::shutDown));
        completeIfIdle();
    }

    void completeIfIdle() {
        if (stopping != null && idle.getAsBoolean()) {
            stopping.tryComplete();
        }
    }
}
