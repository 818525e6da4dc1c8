package dev.fanfare.server;

import dev.fanfare.auth.AuthenticationException;
import dev.fanfare.auth.ClientAddresses;
import dev.fanfare.broker.Claim;
import dev.fanfare.core.CloseReason;
import dev.fanfare.core.Names;
import dev.fanfare.ops.Metrics;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.SocketAddress;
import java.net.InetAddress;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * Logs a line for each client that was refused: why, its address, and the setting that decides. The log bounds their
 * number, by their {@code reason}. What a client sent is truncated here and escaped by the log; the query, which may
 * contain a token, is omitted. Called on the event loop that refuses.
 */
final class RefusalLog {

    private static final Logger log = LoggerFactory.getLogger(RefusalLog.class);
    private static final String REFUSED = "a client was refused";
    private static final String PATH = "/client/hubs/";
    private static final int MAX_TEXT = 200;
    private static final int MAX_HEADER = 100;

    private final Names names;
    private final ClientAddresses addresses;

    /** @param addresses resolves the addresses of clients behind proxies */
    RefusalLog(Names names, ClientAddresses addresses) {
        this.names = names;
        this.addresses = addresses;
    }

    /**
     * A request was answered with an error.
     *
     * @param text the reason sent to the client
     * @param setting the configuration key that decides, null for none
     */
    void refused(
            HttpServerRequest request, Metrics.Handshake outcome, int status, String text, @Nullable String setting) {
        if (!log.isInfoEnabled()) {
            return;
        }
        LoggingEventBuilder line = line(outcome, remote(request)).addKeyValue("status", status);
        String hub = hub(request.path());
        if (hub != null) {
            line = line.addKeyValue("hub", hub);
        }
        line = header(line, "userAgent", request.getHeader(HttpHeaders.USER_AGENT));
        if (outcome == Metrics.Handshake.FORBIDDEN_ORIGIN) {
            line = header(line, "origin", request.getHeader(HttpHeaders.ORIGIN));
        }
        line = line.addKeyValue("error", shortened(text, MAX_TEXT));
        if (setting != null) {
            line = line.addKeyValue("setting", setting);
        }
        line.log(REFUSED);
    }

    /** A connection was closed because its request did not arrive, or was not answered, in time. */
    static void late(HttpConnection connection) {
        SocketAddress remote = connection.remoteAddress();
        line(Metrics.Handshake.TIMED_OUT, remote == null ? "none" : text(remote))
                .addKeyValue("setting", "server.handshakeTimeoutSeconds")
                .log(REFUSED);
    }

    /** A client tried to recover a connection with a forged reconnection token. */
    void forgedRecovery(HttpServerRequest request, Claim claim) {
        log.atInfo()
                .addKeyValue("reason", CloseReason.RECOVERY_REFUSED.label())
                .addKeyValue("code", CloseReason.RECOVERY_REFUSED.code())
                .addKeyValue("why", "the reconnection token is not valid")
                .addKeyValue("hub", claim.hub())
                .addKeyValue("subprotocol", claim.subprotocol().wireName())
                .addKeyValue("remote", remote(request))
                .log("recovery refused");
    }

    /** Host and port of a client; behind a trusted proxy its address with port 0, since the port is unknown. */
    String remote(HttpServerRequest request) {
        SocketAddress peer = request.remoteAddress();
        InetAddress client = addresses.of(request);
        if (peer == null) {
            return "none";
        }
        boolean direct = client.equals(ClientAddresses.peer(peer));
        return text(direct ? peer : SocketAddress.inetSocketAddress(0, client.getHostAddress()));
    }

    /** A TLS handshake failed. */
    static void refusedByTls(Throwable cause) {
        log.atInfo()
                .addKeyValue("reason", label(Metrics.Handshake.TLS_FAILED))
                .addKeyValue("error", shortened(String.valueOf(cause.getMessage()), MAX_TEXT))
                .addKeyValue("setting", "server.tls")
                .log(REFUSED);
    }

    private static LoggingEventBuilder line(Metrics.Handshake outcome, String remote) {
        return log.atInfo().addKeyValue("reason", label(outcome)).addKeyValue("remote", remote);
    }

    private static String label(Metrics.Handshake outcome) {
        return outcome.name().toLowerCase(Locale.ROOT);
    }

    /** Host and port. */
    static String text(SocketAddress remote) {
        String host = remote.hostAddress();
        if (host == null) {
            return "none";
        }
        return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + remote.port();
    }

    /** The hub of the path if its name is valid, else null: nothing else of the path is logged. */
    private @Nullable String hub(@Nullable String path) {
        if (path == null || !path.startsWith(PATH)) {
            return null;
        }
        String hub = path.substring(PATH.length());
        return names.hubProblem(hub) == null ? hub : null;
    }

    private static LoggingEventBuilder header(LoggingEventBuilder line, String key, @Nullable String value) {
        return value == null ? line : line.addKeyValue(key, shortened(value, MAX_HEADER));
    }

    private static String shortened(String text, int length) {
        return text.length() <= length ? text : text.substring(0, length) + "…";
    }

    /** The setting that an operator would change to admit such clients; null if there is none. */
    static @Nullable String setting(Metrics.Handshake outcome) {
        return switch (outcome) {
            case FORBIDDEN_ORIGIN -> "server.allowedOrigins";
            case NODE_FULL -> "limits.connections";
            case THROTTLED -> "auth.failedTokensPerSecond";
            case REVOKED -> "revocations";
            case STARTING, NO_SEATS -> "store";
            case DUPLICATE -> "hubs.consumers.onDuplicate, hubs.connectionsPerUser";
            case REFUSED_BY_HANDLER, HANDLER_FAILED -> "hubs.eventHandlers";
            default -> null;
        };
    }

    /** The same for a refused token. */
    static @Nullable String setting(AuthenticationException.Reason reason) {
        return switch (reason) {
            case OVERSIZED -> "auth.maxTokenBytes";
            case UNKNOWN_KEY, BAD_SIGNATURE -> "auth.accessKeys, auth.scopedKeys, auth.issuers";
            case EXPIRED, NOT_YET_VALID -> "auth.clockToleranceSeconds";
            case WRONG_AUDIENCE -> "server.publicEndpoints, auth.issuers";
            case WRONG_ISSUER -> "auth.issuers";
            case NOT_PERMITTED -> "auth.scopedKeys, auth.issuers";
            case NOT_REGISTERED -> "hubs.consumers";
            case THROTTLED -> "auth.failedTokensPerSecond";
            case MISSING, MALFORMED, OVERLOADED, ABANDONED, BAD_SECRET -> null;
        };
    }
}
