package dev.fanfare.guest;

import dev.fanfare.core.ErrorCode;
import dev.fanfare.core.GuestAddress;
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
 * The side of the bus of a guest of the cluster, where addresses name a node or a guest: passes on notifications from
 * nodes, and names a node to clients that look for one.
 */
final class GuestEndpoint {

    private static final DeliveryOptions HERE = new DeliveryOptions().setLocalOnly(true);

    private GuestEndpoint() {}

    /**
     * Registers the consumers. Completes when nodes reach them.
     *
     * @param nodes the ids of the current nodes
     */
    static Future<Void> open(Vertx vertx, String guestId, Supplier<List<String>> nodes) {
        EventBus bus = vertx.eventBus();
        bus.<JsonObject>localConsumer(OperationsAddress.ANY, request -> request.reply(someNode(nodes.get())));
        return bus.<String>consumer(
                        GuestAddress.of(guestId),
                        notification ->
                                bus.publish(notification.headers().get(GuestAddress.ABOUT), notification.body(), HERE))
                .completion();
    }

    /** Announces changed nodes to the clients in this process. Any thread. */
    static void changed(Vertx vertx, List<String> nodes) {
        vertx.eventBus().publish(OperationsAddress.NODES, new JsonArray(nodes), HERE);
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
