package dev.fanfare.store.engine;

import dev.fanfare.store.WatchListener;
import dev.fanfare.store.state.WatchEvent;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Hands events to the listener of a watch, on its context. */
public final class EventDelivery {

    private static final Logger log = LoggerFactory.getLogger(EventDelivery.class);

    private EventDelivery() {}

    /**
     * Delivers events until the watch is closed. What the listener throws is logged.
     *
     * @param closed whether the watch is
     */
    public static void deliver(List<WatchEvent> events, WatchListener listener, BooleanSupplier closed) {
        for (WatchEvent event : events) {
            if (closed.getAsBoolean()) {
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
