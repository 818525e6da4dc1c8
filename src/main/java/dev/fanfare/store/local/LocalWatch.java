package dev.fanfare.store.local;

import dev.fanfare.store.Watch;
import dev.fanfare.store.WatchListener;
import dev.fanfare.store.engine.EventDelivery;
import dev.fanfare.store.state.StoreState;
import dev.fanfare.store.state.WatchEvent;
import dev.fanfare.store.state.WatchFeed;
import io.vertx.core.Context;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** A watch: on the store's context until events are taken, then on the listener's until they are delivered. */
final class LocalWatch implements Watch {

    /** Keys whose change may wait for a listener. */
    private static final int MAX_PENDING = 10_000;

    private static final int BATCH = 256;

    private final WatchFeed feed;
    private final WatchListener listener;
    private final @Nullable Context caller;
    private boolean delivering;
    private volatile boolean closed;

    /** @param caller on which the listener is called; null for the store's */
    LocalWatch(String prefix, WatchListener listener, @Nullable Context caller) {
        this.feed = new WatchFeed(prefix, MAX_PENDING);
        this.listener = listener;
        this.caller = caller;
    }

    /** On the store's context. */
    void changed(String key) {
        feed.changed(key);
    }

    boolean isClosed() {
        return closed;
    }

    @Override
    public void close() {
        closed = true;
    }

    /**
     * Delivers what there is, unless the listener is busy. On the store's context.
     *
     * @param owner the store's context
     * @param time at which entries must not have expired
     */
    void deliver(Context owner, StoreState state, LongSupplier time) {
        if (closed || delivering || feed.isIdle()) {
            return;
        }
        delivering = true;
        List<WatchEvent> events = feed.take(state, time.getAsLong(), BATCH);
        (caller == null ? owner : caller).runOnContext(turn -> {
            EventDelivery.deliver(events, listener, () -> closed);
            owner.runOnContext(back -> {
                delivering = false;
                deliver(owner, state, time);
            });
        });
    }
}
