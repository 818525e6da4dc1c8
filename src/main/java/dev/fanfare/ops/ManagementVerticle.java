package dev.fanfare.ops;

import dev.fanfare.config.Config;
import dev.fanfare.socket.RequestHeads;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.ext.web.Router;
import java.io.IOException;

/**
 * The management port: {@code /metrics} for Prometheus, {@code /livez} and {@code /readyz} for the orchestrator. It is
 * meant for the operator's network only; even so no peer can lock out another: at most {@value #MAX_CONNECTIONS}
 * connections are served and the oldest is closed for a new one, requests are small, and scrapes run one at a time on a
 * dedicated thread.
 */
public final class ManagementVerticle extends VerticleBase {

    static final int MAX_CONNECTIONS = 64;

    private static final int IDLE_SECONDS = 30;
    private static final int MAX_REQUEST_LINE = 1024;
    private static final int MAX_HEADERS = 8192;

    private final Config.Management config;
    private final PrometheusMetrics metrics;
    private final Health health;

    private volatile int port;

    public ManagementVerticle(Config.Management config, PrometheusMetrics metrics, Health health) {
        this.config = config;
        this.metrics = metrics;
        this.health = health;
    }

    /** The bound port, also if the configuration left the choice to the system; 0 before the start. */
    public int actualPort() {
        return port;
    }

    /** Listens; fails if the address cannot be bound. */
    @Override
    public Future<?> start() {
        WorkerExecutor scraper = vertx.createSharedWorkerExecutor("fanfare-scrape", 1);
        Router router = new ManagementRoutes(metrics, health, scraper).router(vertx);
        RequestHeads heads = new RequestHeads(
                MAX_REQUEST_LINE, MAX_HEADERS, (MAX_REQUEST_LINE + MAX_HEADERS) * 2L * MAX_CONNECTIONS, () -> {});
        ConnectionCap cap = new ConnectionCap(MAX_CONNECTIONS, MAX_CONNECTIONS);
        HttpServerOptions options = new HttpServerOptions()
                .setHost(config.host())
                .setPort(config.port())
                .setIdleTimeout(IDLE_SECONDS)
                .setHttp2ClearTextEnabled(false)
                .setPerMessageWebSocketCompressionSupported(false)
                .setPerFrameWebSocketCompressionSupported(false);
        return vertx.createHttpServer(options)
                .connectionHandler(connection -> {
                    heads.read(connection);
                    cap.admit(connection);
                })
                .requestHandler(router)
                .listen()
                .recover(failure -> Future.failedFuture(new IOException(
                        "cannot listen on " + config.host() + ":" + config.port() + " (management.port): "
                                + failure.getMessage(),
                        failure)))
                .onSuccess(server -> port = server.actualPort());
    }
}
