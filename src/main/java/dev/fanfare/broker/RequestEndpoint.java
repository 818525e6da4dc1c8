package dev.fanfare.broker;

import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.function.Function;

/** The endpoint for operations requested by JVM code in the cluster. */
public interface RequestEndpoint {

    /**
     * Answers requests to the {@linkplain dev.fanfare.core.OperationsAddress addresses} of operations, that of this
     * node and that of any node. Call it once, on the event loop that the handler shall run on. Completes when others
     * reach it.
     *
     * @param handler receives the body, of any type, in the order of each sender; its future never fails
     */
    Future<Void> serve(Function<Object, Future<JsonObject>> handler);
}
