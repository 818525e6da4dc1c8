package dev.fanfare.client;

import dev.fanfare.config.OutboundConnection;
import dev.fanfare.config.OutboundUrl;
import dev.fanfare.core.Backoff;
import dev.fanfare.core.CloseReason;
import dev.fanfare.core.ErrorCode;
import dev.fanfare.core.MonotonicClock;
import dev.fanfare.core.alert.AlertCause;
import dev.fanfare.core.alert.AlertSink;
import dev.fanfare.ops.Metrics;
import dev.fanfare.shard.OutboundEntry;
import dev.fanfare.shard.OutboundOpening;
import dev.fanfare.socket.Dial;
import dev.fanfare.socket.FaultReporter;
import dev.fanfare.socket.Socket;
import dev.fanfare.socket.SocketOptions;
import io.vertx.core.Vertx;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens the sockets of one outbound connection, one after the other, until it ends or gives up. Used on the thread of
 * the connection's shard.
 */
final class ReconnectLoop implements OutboundOpening.SocketOpener, DialAttempt.DialListener {

    private static final Logger log = LoggerFactory.getLogger(ReconnectLoop.class);
    private static final long NO_TIMER = -1;

    private final Tools tools;
    private final OutboundConnection settings;
    private final OutboundUrl url;
    private final OutboundCredentials outboundCredentials;
    private final Backoff backoff;
    private final OutboundListener outboundListener;
    private @Nullable OutboundEntry entry;
    private @Nullable DialAttempt dialAttempt;
    private int attempts;
    private int retries;
    private long timer = NO_TIMER;
    private long openedAtMillis;
    private int sockets;
    private boolean ended;

    /** What all loops of a node share. */
    record Tools(
            Vertx vertx,
            Connector connector,
            SocketOptions options,
            int maxRedirects,
            MonotonicClock clock,
            Metrics metrics,
            FaultReporter faultReporter,
            AlertSink alerts) {}

    ReconnectLoop(
            Tools tools,
            OutboundConnection settings,
            OutboundUrl url,
            OutboundCredentials outboundCredentials,
            Backoff backoff,
            OutboundListener outboundListener) {
        this.tools = tools;
        this.settings = settings;
        this.url = url;
        this.outboundCredentials = outboundCredentials;
        this.backoff = backoff;
        this.outboundListener = outboundListener;
    }

    /** Starts, unless the connection has ended already. */
    void start(OutboundEntry fresh) {
        entry = fresh;
        if (fresh.present()) {
            dial();
        }
    }

    private OutboundEntry entry() {
        return Objects.requireNonNull(entry, "not started");
    }

    private void dial() {
        timer = NO_TIMER;
        attempts++;
        entry().dialling(attempts);
        DialAttempt next =
                new DialAttempt(tools.vertx(), tools.connector(), settings, attempts, tools.maxRedirects(), this);
        dialAttempt = next;
        next.start(outboundCredentials.present(url));
    }

    @Override
    public void opened(Dial accepted) {
        dialAttempt = null;
        openedAtMillis = tools.clock().millis();
        tools.metrics().dialled(Metrics.DialOutcome.OPENED);
        try {
            accepted.open(tools.options(), tools.faultReporter(), this::attach);
        } catch (RuntimeException | Error bug) {
            tools.faultReporter().report(bug);
            failed(new DialException(Metrics.DialOutcome.FAULT, ErrorCode.INTERNAL, "an internal fault"));
        }
    }

    private Socket.Listener attach(Socket socket) {
        sockets++;
        return new TrackedListener(entry().attach(socket), () -> {
            sockets--;
            reportIfClosed();
        });
    }

    private void reportIfClosed() {
        if (ended && sockets == 0) {
            outboundListener.closed();
        }
    }

    @Override
    public void failed(DialException cause) {
        dialAttempt = null;
        tools.metrics().dialled(cause.outcome());
        entry().failed(cause.code(), String.valueOf(cause.getMessage()));
        retry();
    }

    /** A socket that lasted as long as the longest pause counts as a success, so backoff starts over. */
    @Override
    public void lost() {
        if (tools.clock().millis() - openedAtMillis >= settings.reconnect().maxDelayMillis()) {
            attempts = 0;
            retries = 0;
        }
        retry();
    }

    private void retry() {
        OutboundConnection.Reconnect reconnect = settings.reconnect();
        if (!reconnect.enabled() || (reconnect.maxAttempts() > 0 && attempts >= reconnect.maxAttempts())) {
            log("outbound connection given up");
            tools.alerts()
                    .raise(
                            AlertCause.OUTBOUND_GIVEN_UP,
                            "hub " + settings.hub() + ", connection " + entry().connectionId() + ", remote " + url
                                    + ", attempts " + attempts + ", " + nameOf(entry().lastError()));
            entry().giveUp();
            return;
        }
        if (attempts <= 1) {
            log("outbound connection has no socket"); // once per outage; the listing and metrics show the rest
        }
        timer = tools.vertx().setTimer(Math.max(1, backoff.pauseMillis(retries++)), due -> dial());
    }

    /** Without the text behind it, which may quote the remote. */
    private static String nameOf(@Nullable String lastError) {
        return lastError == null ? "no error" : lastError.split(":", 2)[0];
    }

    private void log(String message) {
        log.atInfo()
                .addKeyValue("hub", settings.hub())
                .addKeyValue("connectionId", entry().connectionId())
                .addKeyValue("remote", url)
                .addKeyValue("attempts", attempts)
                .addKeyValue("error", entry().lastError())
                .log(message);
    }

    @Override
    public void ended(CloseReason reason) {
        if (timer != NO_TIMER) {
            tools.vertx().cancelTimer(timer);
        }
        if (dialAttempt != null) {
            dialAttempt.abandon();
            dialAttempt = null;
            tools.metrics().dialled(Metrics.DialOutcome.ABANDONED);
        }
        ended = true;
        outboundListener.ended(reason);
        reportIfClosed();
    }
}
