package dev.fanfare.broker.bus;

import dev.fanfare.core.ErrorCode;
import dev.fanfare.core.OperationsAddress;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;

/**
 * What a guest of the cluster has on its side of the bus, where addresses name a node or a guest: it hands on what nodes
 * tell, and knows a node when one is looked for.
 */
public final class GuestEndpoint {

    private static final String ADDRESS = "fanfare.guest.";
    private static final String ABOUT = "address";
    private static final DeliveryOptions HERE = new DeliveryOptions().setLocalOnly(true);

    private GuestEndpoint() {}

    /**
     * Opens it. Completes when nodes reach it.
     *
     * @param nodes the ids of all that there are now
     */
    public static Future<Void> open(Vertx vertx, String guestId, Supplier<List<String>> nodes) {
        EventBus bus = vertx.eventBus();
        bus.<JsonObject>localConsumer(OperationsAddress.ANY, request -> request.reply(someNode(nodes.get())));
        return bus.<String>consumer(
                        of(guestId),
                        notification -> bus.publish(notification.headers().get(ABOUT), notification.body(), HERE))
                .completion();
    }

    /** The nodes have changed: tells those of this process who ask them. Any thread. */
    public static void changed(Vertx vertx, List<String> nodes) {
        vertx.eventBus().publish(OperationsAddress.NODES, new JsonArray(nodes), HERE);
    }

    /** Where a guest is told of something. */
    static String of(String guestId) {
        return ADDRESS + guestId;
    }

    /** Names the address that it is meant for. */
    static DeliveryOptions about(String address) {
        return new DeliveryOptions().addHeader(ABOUT, address);
    }

    private static JsonObject someNode(List<String> nodes) {
        return nodes.isEmpty()
                ? new JsonObject()
                        .put("status", ErrorCode.UNAVAILABLE.httpStatus())
                        .put(
                                "error",
                                new JsonObject()
                                        .put("code", ErrorCode.UNAVAILABLE.restName())
                                        .put("message", "there is no node"))
                : new JsonObject()
                        .put("status", 200)
                        .put("node", nodes.get(ThreadLocalRandom.current().nextInt(nodes.size())));
    }
}
