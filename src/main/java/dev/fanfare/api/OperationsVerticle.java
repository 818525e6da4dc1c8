package dev.fanfare.api;

import dev.fanfare.broker.RequestEndpoint;
import dev.fanfare.core.ErrorCode;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The operations of the REST API for JVM code in the cluster, as requests on the event bus: the same table, the same
 * checks, the same answers. A caller that has joined the cluster is trusted: it needs no key, and none of its calls are in
 * the audit log. One per node, so that a node executes the operations of one sender in their order.
 */
public final class OperationsVerticle extends VerticleBase {

    private static final Logger LOG = LoggerFactory.getLogger(OperationsVerticle.class);

    /** Descriptions, and what clients do, are served over HTTP only. Callers on the bus need no token. */
    private static final Map<String, Route> ROUTES = Routes.TABLE.stream()
            .filter(route -> !Description.OPERATIONS.contains(route.operationId()))
            .filter(route -> !route.operationId().equals(ConfigurationHandlers.RELOAD))
            .filter(route -> route.bodyKind() != Route.BodyKind.CREDENTIALS)
            .collect(Collectors.toUnmodifiableMap(Route::operationId, Function.identity()));

    private final RequestEndpoint requestEndpoint;
    private final ApiContext node;

    /** @param requestEndpoint the address that the requests are sent to */
    public OperationsVerticle(RequestEndpoint requestEndpoint, ApiContext node) {
        this.requestEndpoint = requestEndpoint;
        this.node = node;
    }

    @Override
    public Future<?> start() {
        Services services = Services.of(node);
        return requestEndpoint.serve(body -> answer(body, services));
    }

    private Future<JsonObject> answer(Object body, Services services) {
        long start = System.nanoTime();
        Route route = route(body);
        String operationId = route == null ? Routes.UNKNOWN : route.operationId();
        return run(body, route, services)
                .map(OperationsVerticle::success)
                .otherwise(failure -> failure(problem(failure, operationId, services)))
                .onSuccess(answer ->
                        services.metrics().apiCall(operationId, answer.getInteger("status"), System.nanoTime() - start))
                .map(answer -> answer.put("node", node.broker().nodeId()));
    }

    private static @Nullable Route route(Object body) {
        return body instanceof JsonObject request && request.getValue("operation") instanceof String name
                ? ROUTES.get(name)
                : null;
    }

    private static Future<Reply> run(Object body, @Nullable Route route, Services services) {
        try {
            if (!(body instanceof JsonObject request)) {
                throw ApiException.badRequest("body", "body: a JSON object is needed");
            }
            if (route == null) {
                throw new ApiException(new ErrorBody(ErrorCode.NOT_FOUND, "there is no such operation", "operation"));
            }
            CallTransport callTransport = BusCallTransport.of(request, route, services);
            Map<String, String> path = BusParameters.path(request, route);
            return route.action()
                    .run(new Call(callTransport, path, BusParameters.query(request, route), services, null));
        } catch (RuntimeException e) {
            return Future.failedFuture(e);
        }
    }

    private static JsonObject success(Reply reply) {
        JsonObject answer = new JsonObject().put("status", reply.status());
        return reply.json() == null ? answer : answer.put("body", reply.json());
    }

    private static JsonObject failure(ErrorBody errorBody) {
        return new JsonObject().put("status", errorBody.code().httpStatus()).put("error", errorBody.body());
    }

    private static ErrorBody problem(Throwable failure, String operationId, Services services) {
        if (failure instanceof ApiException apiException) {
            return apiException.errorBody();
        }
        services.metrics().bug();
        services.alerts().raiseFault(failure);
        LOG.error("operation failed operation={}", operationId, failure);
        return new ErrorBody(ErrorCode.INTERNAL, "the operation failed; see the log of the node", null);
    }
}
