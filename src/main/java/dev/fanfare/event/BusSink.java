package dev.fanfare.event;

import dev.fanfare.ops.Metrics;
import io.vertx.core.Future;
import java.util.function.BiFunction;

/**
 * Publishes events on the event bus for JVM code in the cluster, one way: in the order in which a connection's events
 * were raised, at most once, and with no more bytes in flight than the budget allows. Thread-safe.
 */
final class BusSink {

    /** The prefix of the address; the hub follows. */
    static final String ADDRESS = "fanfare.events.";

    private final BiFunction<String, String, Future<Void>> bus;
    private final ByteBudget byteBudget;
    private final Metrics metrics;

    /** @param bus sends a text to an address; completes when it has left this node */
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
