package dev.fanfare.event;

import dev.fanfare.ops.Metrics;
import io.vertx.core.Future;
import java.util.function.BiFunction;

/**
 * Tells events to JVM code that listens on the event bus, one way: in the order in which a connection's events were raised,
 * at most once, and not more at a time than the budget allows. Thread-safe.
 */
final class BusSink {

    /** What an address is, with the hub behind it. */
    static final String ADDRESS = "fanfare.events.";

    private final BiFunction<String, String, Future<Void>> bus;
    private final ByteBudget byteBudget;
    private final Metrics metrics;

    /** @param bus sends a text to an address and completes when it left this node */
    BusSink(BiFunction<String, String, Future<Void>> bus, ByteBudget byteBudget, Metrics metrics) {
        this.bus = bus;
        this.byteBudget = byteBudget;
        this.metrics = metrics;
    }

    void publish(CloudEvent event) {
        int weight = event.weight();
        boolean taken = byteBudget.reserve(weight);
        metrics.busEvent(taken);
        if (!taken) {
            metrics.limitReached(Metrics.Limit.EVENT_BYTES);
            return;
        }
        Future.<Void>succeededFuture()
                .compose(v -> bus.apply(ADDRESS + event.identity().hub(), EventBodies.structured(event)))
                .onComplete(sent -> byteBudget.release(weight));
    }
}
