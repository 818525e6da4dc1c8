package dev.fanfare.store.local;

import dev.fanfare.store.Watch;
import dev.fanfare.store.WatchListener;
import dev.fanfare.store.state.StoreState;
import dev.fanfare.store.state.WatchEvent;
import dev.fanfare.store.state.WatchFeed;
import io.vertx.core.Context;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A watch: on the store's context until events are taken, then on the listener's until they are delivered. */
final class LocalWatch implements Watch {

    private static final Logger log = LoggerFactory.getLogger(LocalWatch.class);

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
            deliver(events);
            owner.runOnContext(back -> {
                delivering = false;
                deliver(owner, state, time);
            });
        });
    }

    private void deliver(List<WatchEvent> events) {
        for (WatchEvent event : events) {
            if (closed) {
                return;
            }
            try {
                event.deliver(listener);
            } catch (RuntimeException e) {
                log.atError().setCause(e).log("a listener of the store failed");
            }
        }
    }
}
