package dev.fanfare.api;

import dev.fanfare.auth.Authenticator;
import dev.fanfare.limit.Limiter;
import dev.fanfare.ops.Metrics;
import dev.fanfare.shard.InboundMemory;
import io.vertx.core.Vertx;
import io.vertx.ext.web.Router;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The REST API for servers, described by {@code openapi.yaml}. */
public final class ApiRoutes {

    private ApiRoutes() {}

    /**
     * A handler of all requests whose path begins with {@code /api}, or with {@code /examples} if those are enabled. It
     * belongs to the event loop it is created on, since it publishes with an origin of its own: create one for each.
     *
     * @param limiter counts the calls of each key
     * @param inboundMemory counts the bodies being received on that event loop
     */
    public static Router router(
            Vertx vertx, ApiContext node, Authenticator authenticator, Limiter limiter, InboundMemory inboundMemory) {
        Router router = Router.router(vertx);
        Services services = Services.of(node);
        if (node.config().examples().enabled()) {
            // Without a path: vertx-web itself answers a path that it cannot decode for comparison.
            router.route().handler(new Examples(services));
        }
        new Dispatcher(authenticator, services, limiter, inboundMemory).mount(router);
        return router;
    }

    /** The ids of all operations that {@link Metrics#apiCall} counts. */
    public static Set<String> operationIds() {
        return Stream.concat(Routes.TABLE.stream().map(Route::operationId), Stream.of(Routes.UNKNOWN))
                .collect(Collectors.toUnmodifiableSet());
    }
}
