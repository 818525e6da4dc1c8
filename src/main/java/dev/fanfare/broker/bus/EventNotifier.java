package dev.fanfare.broker.bus;

import dev.fanfare.core.GuestAddress;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.EventBus;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * Sends notifications to consumers on the event bus of this process and of the guests of the cluster: one way, at most
 * once, in order for each address. Thread-safe.
 */
public final class EventNotifier {

    private static final DeliveryOptions HERE = new DeliveryOptions().setLocalOnly(true);

    private final EventBus bus;
    private final Supplier<List<String>> guests;

    /** @param guests the ids of the current guests */
    public EventNotifier(Vertx vertx, Supplier<List<String>> guests) {
        bus = vertx.eventBus();
        this.guests = guests;
    }

    /** Completes when the text has left this node, or there is no consumer. */
    public Future<Void> publish(String address, String text) {
        List<Future<Void>> sends = new ArrayList<>();
        sends.add(bus.<String>publisher(address, HERE).write(text));
        for (String guest : guests.get()) {
            DeliveryOptions about = new DeliveryOptions().addHeader(GuestAddress.ABOUT, address);
            sends.add(bus.<String>sender(GuestAddress.of(guest), about).write(text));
        }
        return Future.join(sends).<Void>mapEmpty().otherwiseEmpty();
    }
}
