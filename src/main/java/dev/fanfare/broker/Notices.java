package dev.fanfare.broker;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.EventBus;

/**
 * Tells something to whoever listens on the event bus, in this process or elsewhere in the cluster: one way, at most once,
 * in order for each address. Thread-safe.
 */
public final class Notices {

    private final EventBus bus;

    public Notices(Vertx vertx) {
        bus = vertx.eventBus();
    }

    /** Completes when the text has left this node, or nobody listens. */
    public Future<Void> tell(String address, String text) {
        return bus.<String>publisher(address).write(text).otherwiseEmpty();
    }
}
