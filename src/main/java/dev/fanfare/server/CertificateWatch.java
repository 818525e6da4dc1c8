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
 * Polls the files of the TLS listener and reloads them for new connections when they changed. Open connections keep
 * their certificates. One per node: all instances of a server share one listener. Thread-safe; files are read on worker
 * threads, and one poll starts only after the previous one has ended.
 */
public final class CertificateWatch {

    private static final Logger log = LoggerFactory.getLogger(CertificateWatch.class);

    private final Tls config;
    private final ListenerCertificates files;
    private final Metrics metrics;
    private final AtomicBoolean watching = new AtomicBoolean();
    private volatile List<Object> stamps = List.of();
    private volatile Instant expiry = Instant.EPOCH;

    public CertificateWatch(Config.Server config, Metrics metrics) {
        this.config = config.tls();
        this.files = new ListenerCertificates(config.tls(), config.handshakeTimeoutSeconds());
        this.metrics = metrics;
        metrics.gauge(Metrics.Gauge.TLS_CERTIFICATE_EXPIRY, () -> expiry.getEpochSecond());
    }

    /** When the certificate of the listener expires; the epoch if none is loaded. Any thread. */
    public Instant expiry() {
        return expiry;
    }

    /** Loads the initial options of the listener. Completes on the caller's context. */
    Future<ServerSSLOptions> load(Vertx vertx) {
        return vertx.executeBlocking(this::read, false);
    }

    /** Starts polling; further calls do nothing. */
    void watch(Vertx vertx, HttpServer server) {
        if (config.reloadSeconds() > 0 && watching.compareAndSet(false, true)) {
            schedule(vertx, server);
        }
    }

    /** The next poll starts only after this one has ended. */
    private void schedule(Vertx vertx, HttpServer server) {
        vertx.setTimer(
                TimeUnit.SECONDS.toMillis(config.reloadSeconds()),
                timer -> poll(vertx, server).onComplete(polled -> schedule(vertx, server)));
    }

    private Future<?> poll(Vertx vertx, HttpServer server) {
        return vertx.executeBlocking(files::stamps, false)
                .compose(current -> current.equals(stamps) ? Future.succeededFuture() : reload(vertx, server, current))
                .onFailure(this::failed);
    }

    private Future<?> reload(Vertx vertx, HttpServer server, List<Object> current) {
        stamps = current; // unusable files are reported once, not at each poll
        return load(vertx)
                .compose(options -> server.updateSSLOptions(options, true))
                .onSuccess(loaded -> {
                    metrics.tlsReload(Metrics.TlsReload.LOADED);
                    log.atInfo().addKeyValue("expires", expiry).log("TLS certificates reloaded");
                });
    }

    private ServerSSLOptions read() throws Exception {
        List<Object> before = files.stamps();
        ServerSSLOptions options = files.options();
        expiry = files.expiry();
        stamps = before; // what is written meanwhile is detected by the next poll
        return options;
    }

    private void failed(Throwable cause) {
        metrics.tlsReload(Metrics.TlsReload.FAILED);
        log.atError()
                .addKeyValue("cause", cause.getMessage())
                .log("TLS certificates could not be reloaded; the previous ones stay in use");
    }
}
