package dev.fanfare.store.cluster;

import dev.fanfare.core.MonotonicClock;
import dev.fanfare.store.Watch;
import dev.fanfare.store.WatchListener;
import dev.fanfare.store.engine.EventDelivery;
import dev.fanfare.store.replica.ReplicaNode;
import dev.fanfare.store.replica.ReplicaWatch;
import dev.fanfare.store.state.WatchEvent;
import io.vertx.core.Context;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A watch: on the store's context until events are taken, then on the listener's until they are delivered. */
final class ClusterWatch implements Watch {

    private static final int BATCH = 256;

    private final String prefix;
    private final WatchListener listener;
    private final @Nullable Context caller;
    private final MonotonicClock clock;
    private final Consumer<ClusterWatch> onClosed;
    private volatile @Nullable Context owner;
    private @Nullable ReplicaNode node;
    private @Nullable ReplicaWatch source;
    private boolean delivering;
    private volatile boolean closed;

    /**
     * @param caller on which the listener is called; null for the store's
     * @param onClosed called on the store's context
     */
    ClusterWatch(
            String prefix,
            WatchListener listener,
            @Nullable Context caller,
            MonotonicClock clock,
            Consumer<ClusterWatch> onClosed) {
        this.prefix = prefix;
        this.listener = listener;
        this.caller = caller;
        this.clock = clock;
        this.onClosed = onClosed;
    }

    /** Begins, or begins again: all that is present follows. On the store's context. */
    void follow(Context storeContext, ReplicaNode member) {
        owner = storeContext;
        if (closed) {
            onClosed.accept(this);
            return;
        }
        node = member;
        source = member.watch(prefix, () -> storeContext.runOnContext(turn -> deliver(storeContext)), clock.millis());
    }

    @Override
    public void close() {
        closed = true;
        Context there = owner;
        if (there != null) {
            there.runOnContext(turn -> end());
        }
    }

    private void end() {
        ReplicaNode member = node;
        ReplicaWatch watch = source;
        if (member != null && watch != null) {
            member.close(watch, clock.millis());
            source = null;
        }
        onClosed.accept(this);
    }

    /** Delivers what there is, unless the listener is busy. On the store's context. */
    private void deliver(Context there) {
        ReplicaNode member = node;
        ReplicaWatch watch = source;
        if (closed || delivering || member == null || watch == null) {
            return;
        }
        List<WatchEvent> events = member.take(watch, BATCH, clock.millis());
        if (events.isEmpty()) {
            return;
        }
        delivering = true;
        (caller == null ? there : caller).runOnContext(turn -> {
            EventDelivery.deliver(events, listener, () -> closed);
            there.runOnContext(back -> {
                delivering = false;
                deliver(there);
            });
        });
    }
}
