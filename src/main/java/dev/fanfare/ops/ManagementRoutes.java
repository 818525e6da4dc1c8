package dev.fanfare.ops;

import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.MIMEHeader;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The routes of the management port. */
final class ManagementRoutes {

    private static final Logger LOG = LoggerFactory.getLogger(ManagementRoutes.class);
    private static final String PLAIN_TEXT = "text/plain; charset=utf-8";
    private static final String INDEX = """
            Fanfare
            /metrics  the metrics of this node, for Prometheus
            /livez    200 unless only a restart of this node helps, else 503
            /readyz   200 while this node takes traffic, else 503
            """;

    private final PrometheusMetrics metrics;
    private final Health health;
    private final WorkerExecutor scraper;

    /** Scrapes run on the given thread, one at a time. */
    ManagementRoutes(PrometheusMetrics metrics, Health health, WorkerExecutor scraper) {
        this.metrics = metrics;
        this.health = health;
        this.scraper = scraper;
    }

    Router router(Vertx vertx) {
        Router router = Router.router(vertx);
        get(router, "/", call -> answer(call, 200, PLAIN_TEXT, Buffer.buffer(INDEX)));
        get(router, "/metrics", this::scrape);
        get(router, "/livez", call -> report(call, health.failures()));
        get(router, "/readyz", call -> report(call, health.hindrances()));
        IntStream.of(400, 404, 405, 500).forEach(status -> router.errorHandler(status, call -> refuse(call, status)));
        return router;
    }

    private static void get(Router router, String path, Handler<RoutingContext> handler) {
        router.route(path).method(HttpMethod.GET).method(HttpMethod.HEAD).handler(handler);
    }

    private void scrape(RoutingContext call) {
        Exposition exposition = preferred(call.parsedHeaders().accept());
        scraper.executeBlocking(() -> Buffer.buffer(metrics.scrape(exposition)))
                .onSuccess(body -> answer(call, 200, exposition.contentType(), body))
                .onFailure(call::fail);
    }

    /** The first supported format among the accepted types, which are in order of preference. */
    private static Exposition preferred(List<MIMEHeader> accepted) {
        for (MIMEHeader type : accepted) {
            if (type.component().equals("text") || type.component().equals("*")) {
                return Exposition.TEXT;
            }
            if (type.subComponent().equals("openmetrics-text")) {
                return Exposition.OPEN_METRICS;
            }
        }
        return Exposition.TEXT;
    }

    private static void report(RoutingContext call, List<String> failing) {
        boolean fine = failing.isEmpty();
        JsonObject body = new JsonObject().put("ok", fine).put("failing", failing);
        answer(call, fine ? 200 : 503, "application/json", body.toBuffer());
    }

    private static void refuse(RoutingContext call, int status) {
        if (status == 500) {
            LOG.error("request failed path={}", call.normalizedPath(), call.failure());
        }
        if (status == 405) {
            call.response().putHeader(HttpHeaders.ALLOW, "GET, HEAD");
        }
        call.response().setStatusCode(status);
        answer(call, status, PLAIN_TEXT, Buffer.buffer(call.response().getStatusMessage() + "\n"));
    }

    private static void answer(RoutingContext call, int status, String contentType, Buffer body) {
        call.response()
                .setStatusCode(status)
                .putHeader(HttpHeaders.CONTENT_TYPE, contentType)
                .putHeader(HttpHeaders.CACHE_CONTROL, "no-store")
                .end(body);
    }
}
