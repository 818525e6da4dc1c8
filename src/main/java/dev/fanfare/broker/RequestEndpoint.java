package dev.fanfare.broker;

import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.function.Function;

/** The side of the broker for those who answer requests of JVM code in the cluster. */
public interface RequestEndpoint {

    /**
     * Answers what is sent to the {@linkplain dev.fanfare.core.OperationsAddress addresses} of operations, that of this
     * node and that of any node. Call it once, on the event loop that the handler shall run on. Completes when others
     * reach it.
     *
     * @param handler is given the body, whatever it is; called in the order of each sender; its future never fails
     */
    Future<Void> serve(Function<Object, Future<JsonObject>> handler);
}
