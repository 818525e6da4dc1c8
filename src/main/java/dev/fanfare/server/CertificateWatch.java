package dev.fanfare.server;

import dev.fanfare.config.Config;
import dev.fanfare.config.Config.Tls;
import dev.fanfare.ops.Metrics;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.net.ServerSSLOptions;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at the files of the TLS listener now and then, and has new connections use them when they changed. Sockets that are
 * open keep what they began with. One per node: all instances of a server share one listener. Thread-safe.
 */
public final class CertificateWatch {

    private static final Logger log = LoggerFactory.getLogger(CertificateWatch.class);

    private final Tls config;
    private final CertificateFiles files;
    private final Metrics metrics;
    private final AtomicBoolean watching = new AtomicBoolean();
    private volatile List<Object> stamps = List.of();
    private volatile Instant expiry = Instant.EPOCH;

    public CertificateWatch(Config.Server config, Metrics metrics) {
        this.config = config.tls();
        this.files = new CertificateFiles(config.tls(), config.handshakeTimeoutSeconds());
        this.metrics = metrics;
        metrics.gauge(Metrics.Gauge.TLS_CERTIFICATE_EXPIRY, () -> expiry.getEpochSecond());
    }

    /** What the listener begins with. Completes on the caller's context. */
    Future<ServerSSLOptions> load(Vertx vertx) {
        return vertx.executeBlocking(this::read, false);
    }

    /** Begins to watch, once, however many call it. */
    void watch(Vertx vertx, HttpServer server) {
        if (config.reloadSeconds() > 0 && watching.compareAndSet(false, true)) {
            again(vertx, server);
        }
    }

    /** The next look begins only when the last one is over. */
    private void again(Vertx vertx, HttpServer server) {
        vertx.setTimer(
                TimeUnit.SECONDS.toMillis(config.reloadSeconds()),
                timer -> look(vertx, server).onComplete(looked -> again(vertx, server)));
    }

    private Future<?> look(Vertx vertx, HttpServer server) {
        return vertx.executeBlocking(files::stamps, false)
                .compose(seen -> seen.equals(stamps) ? Future.succeededFuture() : reload(vertx, server, seen))
                .onFailure(this::failed);
    }

    private Future<?> reload(Vertx vertx, HttpServer server, List<Object> seen) {
        stamps = seen; // files that cannot be used are reported once, not at each look
        return load(vertx)
                .compose(options -> server.updateSSLOptions(options, true))
                .onSuccess(loaded -> {
                    metrics.tlsReload(Metrics.TlsReload.LOADED);
                    log.atInfo().addKeyValue("expires", expiry).log("the TLS certificates were loaded anew");
                });
    }

    private ServerSSLOptions read() throws Exception {
        List<Object> before = files.stamps();
        ServerSSLOptions options = files.options();
        expiry = files.expiry();
        stamps = before; // what is written meanwhile is seen at the next look
        return options;
    }

    private void failed(Throwable cause) {
        metrics.tlsReload(Metrics.TlsReload.FAILED);
        log.atError()
                .addKeyValue("cause", cause.getMessage())
                .log("the TLS certificates could not be loaded anew; the former ones stay");
    }
}
