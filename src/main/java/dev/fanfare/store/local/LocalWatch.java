package dev.fanfare.store.local;

import dev.fanfare.store.Watch;
import dev.fanfare.store.WatchListener;
import dev.fanfare.store.state.StoreState;
import dev.fanfare.store.state.WatchEvent;
import dev.fanfare.store.state.WatchFeed;
import io.vertx.core.Context;
import java.util.List;
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
    private final Context owner;
    private final Context caller;
    private boolean delivering;
    private volatile boolean closed;

    LocalWatch(String prefix, WatchListener listener, Context owner, Context caller) {
        this.feed = new WatchFeed(prefix, MAX_PENDING);
        this.listener = listener;
        this.owner = owner;
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

    /** Delivers what there is, unless the listener is busy. On the store's context. */
    void deliver(StoreState state, StoreClock clock) {
        if (closed || delivering || feed.isIdle()) {
            return;
        }
        delivering = true;
        List<WatchEvent> events = feed.take(state, clock.now(), BATCH);
        caller.runOnContext(turn -> {
            deliver(events);
            owner.runOnContext(back -> {
                delivering = false;
                deliver(state, clock);
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
