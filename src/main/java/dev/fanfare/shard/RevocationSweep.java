package dev.fanfare.shard;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Ends the connections of a shard that have been revoked, also those that wait for their client to recover. One sweep
 * visits all connections in slices, for any number of revocations; those that come meanwhile, or soon after it, share the
 * next one. Connections that are added later are checked when they are. Confined to the shard's thread, except {@link
 * #request}.
 */
final class RevocationSweep {

    /** The most connections that are visited without a pause, and the most that are ended: milliseconds of work each. */
    private static final int SLICE = 2048;

    private static final int ENDS_PER_SLICE = 128;

    private static final long SLICE_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    /** Between two sweeps, so that many revocations in a row take only a part of the time. */
    private static final long SWEEP_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final ShardContext context;
    private final Sweeper connections;
    private final AtomicBoolean requested = new AtomicBoolean();
    private boolean running;
    private int left;

    RevocationSweep(ShardContext context, Sweeper connections) {
        this.context = context;
        this.connections = connections;
    }

    /** Asks for a sweep that sees everything that was revoked before this call. Any thread. */
    void request() {
        if (requested.compareAndSet(false, true)) {
            context.execute(this::beginIfIdle);
        }
    }

    private void beginIfIdle() {
        assert context.onThread();
        if (!running && requested.compareAndSet(true, false)) {
            running = true;
            left = connections.size();
            slice();
        }
    }

    private void slice() {
        int ended = 0;
        for (int visited = 0; visited < SLICE && ended < ENDS_PER_SLICE; visited++) {
            left = Math.min(left, connections.size()); // removing one moves the last one to its place
            if (left == 0) {
                break;
            }
            Connection connection = connections.get(--left);
            boolean before = connection.present();
            context.guarded(connection, Connection::endIfRevoked);
            if (before && !connection.present()) {
                ended++;
            }
        }
        if (left > 0) {
            context.after(SLICE_PAUSE_NANOS, this::slice);
        } else {
            context.after(SWEEP_PAUSE_NANOS, () -> {
                running = false;
                beginIfIdle();
            });
        }
    }
}
