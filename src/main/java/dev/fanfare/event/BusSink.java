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

    private final BiFunction<String, String, Future<Void>> publish;
    private final Budget budget;
    private final Metrics metrics;

    /** @param publish sends a text to an address and completes when it left this node */
    BusSink(BiFunction<String, String, Future<Void>> publish, Budget budget, Metrics metrics) {
        this.publish = publish;
        this.budget = budget;
        this.metrics = metrics;
    }

    void tell(CloudEvent event) {
        int weight = event.weight();
        boolean taken = budget.reserve(weight);
        metrics.busEvent(taken);
        if (!taken) {
            metrics.limitReached(Metrics.Limit.EVENT_BYTES);
            return;
        }
        Future.<Void>succeededFuture()
                .compose(v -> publish.apply(ADDRESS + event.identity().hub(), Bodies.structured(event)))
                .onComplete(sent -> budget.release(weight));
    }
}
