package dev.fanfare.ops;

import dev.fanfare.cluster.Refusal;
import dev.fanfare.core.CloseReason;
import dev.fanfare.core.ConnectionState;
import dev.fanfare.core.ErrorCode;
import dev.fanfare.core.RevocationKind;
import dev.fanfare.core.alert.AlertCause;
import dev.fanfare.core.protocol.Subprotocol;
import dev.fanfare.socket.CompressionMeter;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What a node counts, in domain terms. Called on event loops: every method is cheap, thread-safe and never fails. No
 * argument is chosen by a client.
 */
public interface Metrics extends CompressionMeter {

    /** The outcome of an upgrade request. */
    enum Handshake {
        ACCEPTED,
        RECOVERED,
        RECOVERY_REFUSED,
        BAD_REQUEST,
        UNAUTHORIZED,
        FORBIDDEN,
        FORBIDDEN_ORIGIN,
        /** The token was revoked, or its user or its address is blocked. */
        REVOKED,
        /** The client or user has as many connections as it may. */
        DUPLICATE,
        /** The store does not serve, so it is not known which connections the client or user has. */
        NO_SEATS,
        NODE_FULL,
        OVERLOADED,
        /** Too many tokens from one address failed, or wait to be verified; or its user, address or hub is at a limit. */
        THROTTLED,
        /** The node does not know yet what is revoked. */
        STARTING,
        STOPPING,
        TIMED_OUT,
        /** The TLS handshake failed or timed out. */
        TLS_FAILED,
        /** The client disconnected before the response. */
        ABANDONED,
        /** The event handler refused the client. */
        REFUSED_BY_HANDLER,
        /** The event handler could not be reached, or its answer was invalid. */
        HANDLER_FAILED
    }

    /** The kinds of events. */
    enum EventKind {
        CONNECT,
        CONNECTED,
        DISCONNECTED,
        /** A client asks for a registration. */
        REGISTER,
        USER
    }

    /** The outcome of an event. */
    enum EventOutcome {
        /** The handler accepted it. */
        DELIVERED,
        /** The response has a status below 500 that is neither success nor redirect. */
        REFUSED,
        /** The response has a status of 500 or above, after the last attempt. */
        FAILED,
        /** There was no connection, or no HTTP response, after the last attempt. */
        UNREACHABLE,
        TIMED_OUT,
        /** The answer is invalid. */
        INVALID_ANSWER,
        ANSWER_TOO_LARGE,
        REDIRECTED,
        /** The handler does not allow events from this origin. */
        HANDSHAKE_REFUSED,
        /** The queue was full. */
        QUEUE_FULL,
        /** The circuit breaker of the handler is open. */
        CIRCUIT_OPEN,
        /** No handler subscribes to it. */
        UNHANDLED,
        /** Its connection no longer waits for the answer. */
        CANCELLED
    }

    /** The outcome of an attempt to open the socket of an outbound connection. */
    enum DialOutcome {
        OPENED,
        /** Host, port or address is not in {@code outbound.allow}. */
        NOT_ALLOWED,
        /** The name has no address. */
        UNRESOLVED,
        /** No TCP connection. */
        UNREACHABLE,
        /** The proxy did not connect. */
        PROXY_FAILED,
        TLS_FAILED,
        /** The remote server responded with a status other than 101. */
        REFUSED,
        /** The response of the remote server violates RFC 6455. */
        INVALID_ANSWER,
        /** Too many redirects, or an invalid one. */
        BAD_REDIRECT,
        /** The remote server closed the transport instead of responding. */
        LOST,
        TIMED_OUT,
        /** The connection ended meanwhile. */
        ABANDONED,
        /** A bug of ours, or an unusable setting. */
        FAULT
    }

    /** Why a message was dropped for a receiver. */
    enum Drop {
        /** Its time to live expired while it was queued. */
        EXPIRED,
        /** The receiver was slow, and this message was the newest. */
        NEWEST,
        /** The receiver was slow, and this message was the oldest. */
        OLDEST,
        /** The receiver was slow, and a later message of the group replaced it. */
        SUPERSEDED,
        /** The receiver was closed as a slow consumer while messages were queued. */
        SLOW_CONSUMER,
        /** The session ended while messages waited for acknowledgement or recovery. */
        SESSION_ENDED
    }

    /** A limit that a client or caller reached. */
    enum Limit {
        CONNECTIONS,
        /** HTTP connections that are not WebSockets, or not yet. */
        HTTP_CONNECTIONS,
        /** Bytes queued for event handlers. */
        EVENT_BYTES,
        MESSAGE_BYTES,
        FRAME_BYTES,
        FRAMES_PER_MESSAGE,
        MESSAGE_RATE,
        BYTE_RATE,
        /** A message that was not completed in time. */
        MESSAGE_TIME,
        GROUPS_PER_CONNECTION,
        /** A hub, group, event or user name that is too long or otherwise not allowed. */
        NAMES,
        HANDSHAKE_TIME,
        /** TLS records without data. */
        TLS_RECORDS,
        SILENCE,
        OUTBOUND_BYTES,
        /** Bytes kept for all receivers together. */
        OUTBOUND_BYTES_OF_NODE,
        UNACKNOWLEDGED,
        /** Bytes held of what all peers send. */
        INBOUND_BYTES_OF_NODE,
        REST_BODY_BYTES,
        REQUEST_HEADERS,
        TOKEN_BYTES,
        /** Failed tokens of one address. */
        FAILED_TOKENS,
        /** Failed handshakes of one address. */
        FAILED_HANDSHAKES,
        /** Connections of one user. */
        USER_CONNECTIONS,
        USER_HANDSHAKES,
        USER_MESSAGES,
        USER_BYTES,
        USER_JOINS,
        /** Connections from one address. */
        ADDRESS_CONNECTIONS,
        ADDRESS_HANDSHAKES,
        ADDRESS_MESSAGES,
        ADDRESS_BYTES,
        ADDRESS_JOINS,
        /** Connections of one hub. */
        HUB_CONNECTIONS,
        HUB_HANDSHAKES,
        HUB_MESSAGES,
        HUB_BYTES,
        HUB_JOINS,
        /** REST calls of one key. */
        API_CALLS,
        /** An event loop that runs late. */
        EVENT_LOOP_LAG,
        IN_FLIGHT_BYTES,
        /** Sends with a pending delivery report. */
        REPORTS
    }

    /** The direction in which a session moves. */
    enum Move {
        IN,
        OUT
    }

    /** The outcome of reloading changed TLS certificates. */
    enum TlsReload {
        LOADED,
        FAILED
    }

    /** How an attempt to read the configuration again ended. */
    enum ReloadOutcome {
        LOADED,
        FAILED
    }

    /** How alerts reach people. */
    enum AlertMedium {
        MAIL,
        WEBHOOK
    }

    /** The outcome of sending an alert. */
    enum AlertOutcome {
        SENT,
        /** The mail server accepted it for some receivers and refused others. */
        PARTLY_SENT,
        /** An attempt failed, and another one follows. */
        RETRIED,
        /** It was given up. */
        FAILED,
        /** Too many were waiting. */
        DROPPED
    }

    /** A gauge that is evaluated at each scrape. */
    enum Gauge {
        GROUPS("fanfare_groups", "Groups with at least one local member"),
        HTTP_CONNECTIONS("fanfare_http_connections", "HTTP connections that are not WebSockets, or not yet"),
        DETACHED_SESSIONS("fanfare_sessions_detached", "Sessions that wait for their client to recover"),
        QUEUED_BYTES("fanfare_outbound_queued_bytes", "Bytes that wait for slow readers"),
        UNACKNOWLEDGED_BYTES("fanfare_unacknowledged_bytes", "Bytes kept until reliable clients acknowledge them"),
        INBOUND_BYTES(
                "fanfare_inbound_bytes",
                "Bytes held for what clients and servers send: unfinished messages, names of groups, sessions, REST bodies"),
        IN_FLIGHT_BYTES("fanfare_in_flight_bytes", "Bytes published on this node and not yet delivered"),
        EVENTS_PENDING("fanfare_events_pending", "Events that handlers have not accepted yet"),
        EVENT_BYTES("fanfare_event_bytes", "Bytes of events under way to handlers, and of their answers"),
        EVENT_CIRCUITS_OPEN("fanfare_event_circuits_open", "Circuit breakers of handlers that are open"),
        REGISTERED_ADDRESSES("fanfare_registered_addresses", "Slots this node subscribes to"),
        TLS_CERTIFICATE_EXPIRY(
                "fanfare_tls_certificate_expiry_timestamp_seconds",
                "When the first of our TLS certificates expires; 0 without TLS"),
        CONFIGURATION_LOADED(
                "fanfare_configuration_loaded_timestamp_seconds",
                "When the configuration was last read without a problem"),
        CONFIGURATION_FAILED(
                "fanfare_configuration_failed", "1 if the last attempt to read the configuration again failed, else 0"),
        CLUSTER_MEMBERS("fanfare_cluster_members", "Nodes of the cluster, this one included"),
        CLUSTER_SILENT_MEMBERS("fanfare_cluster_silent_members", "Other nodes that have sent no heartbeat for seconds"),
        CLUSTER_INCOMPATIBLE_MEMBERS(
                "fanfare_cluster_incompatible_members",
                "Other nodes that have no version of the protocol between nodes in common with this one"),
        CLUSTER_CERTIFICATE_EXPIRY(
                "fanfare_cluster_certificate_expiry_timestamp_seconds",
                "When the certificate of this node between nodes expires; 0 without one"),
        CLUSTER_VIEW_AGE_SECONDS(
                "fanfare_cluster_view_age_seconds",
                "Age of the least recently refreshed subscriptions of another node"),
        DURABLE_OWNED("fanfare_outbound_durable", "Durable outbound connections that this node owns"),
        DURABLE_DECLARED("fanfare_outbound_durable_known", "Durable outbound connections that the cluster is to have"),
        REVOCATIONS("fanfare_revocations", "Revocations that this node knows"),
        CONSUMERS("fanfare_consumers", "Registered consumers that this node knows"),
        SEATS("fanfare_seats", "Connections of this node that count against the limit of their client or user"),
        EVENT_LOOP_LAG_SECONDS(
                "fanfare_event_loop_lag_seconds", "How late the slowest event loop was in the last 10 seconds");

        private final String metricName;
        private final String help;

        Gauge(String metricName, String help) {
            this.metricName = metricName;
            this.help = help;
        }

        public String metricName() {
            return metricName;
        }

        public String help() {
            return help;
        }
    }

    /** What the counts of messages of later versions have in common. */
    final class Unknown {
        private static final String METRIC_NAME = "fanfare_remote_unknown_total";
        private static final String HELP =
                "Messages of other nodes that only a later version knows, and that were skipped";

        private Unknown() {}
    }

    /** A count that is kept elsewhere and read at each scrape. */
    enum ExternalCount {
        REMOTE_SENT("fanfare_remote_sent_total", "Publications sent to other nodes, once for each node"),
        REMOTE_SENT_BYTES("fanfare_remote_sent_bytes_total", "Bytes of the publications sent to other nodes"),
        REMOTE_RECEIVED("fanfare_remote_received_total", "Publications that came from other nodes"),
        REMOTE_RECEIVED_BYTES(
                "fanfare_remote_received_bytes_total", "Bytes of the publications that came from other nodes"),
        REMOTE_UNWANTED(
                "fanfare_remote_unwanted_total", "Publications from other nodes without a subscriber on this node"),
        REMOTE_LOST_BYTES("fanfare_remote_lost_bytes_total", "Bytes in flight to nodes that were lost"),
        REMOTE_MISSED_BYTES(
                "fanfare_remote_missed_bytes_total", "Bytes that other nodes sent to this one and that never arrived"),
        REMOTE_DROPPED("fanfare_remote_dropped_total", "Publications that were not sent to a node that was silent"),
        REMOTE_REFUSED("fanfare_remote_refused_total", "Messages of other nodes that were malformed"),
        UNKNOWN_PUBLICATIONS(Unknown.METRIC_NAME, Unknown.HELP, "publication"),
        UNKNOWN_OPERATIONS(Unknown.METRIC_NAME, Unknown.HELP, "operation"),
        UNKNOWN_RESULTS(Unknown.METRIC_NAME, Unknown.HELP, "result"),
        UNKNOWN_ROUTING(Unknown.METRIC_NAME, Unknown.HELP, "routing"),
        UNKNOWN_HELLOS(Unknown.METRIC_NAME, Unknown.HELP, "hello"),
        UNKNOWN_HANDOVERS(Unknown.METRIC_NAME, Unknown.HELP, "handover"),
        UNKNOWN_NOTES(Unknown.METRIC_NAME, Unknown.HELP, "note"),
        DURABLE_TAKEN_OVER(
                "fanfare_outbound_taken_over_total", "Durable outbound connections that came from another node"),
        DURABLE_HANDED_OVER(
                "fanfare_outbound_handed_over_total", "Durable outbound connections that this node gave up");

        private final String metricName;
        private final String help;
        private final @Nullable String message;

        ExternalCount(String metricName, String help) {
            this(metricName, help, null);
        }

        ExternalCount(String metricName, String help, @Nullable String message) {
            this.metricName = metricName;
            this.help = help;
            this.message = message;
        }

        /** The value of the label {@code message}; null without it. */
        public @Nullable String message() {
            return message;
        }

        public String metricName() {
            return metricName;
        }

        public String help() {
            return help;
        }
    }

    void handshake(Handshake outcome);

    /** A token was refused; {@code reason} is a label of {@code AuthenticationException.Reason}. */
    void tokenRefused(String reason);

    /** A handshake, a recovery, a new token or a REST call was refused because of a revocation. */
    void revoked(RevocationKind kind);

    /** A recovery was refused; counted as the end of a connection that never began. */
    void recoveryRefused(Subprotocol subprotocol);

    /** A connection began (a new session, not a recovery). Outbound ones are all {@link Subprotocol#RAW}. */
    void opened(Subprotocol subprotocol);

    /** A connection ended; exactly once for each {@link #opened}. */
    void closed(Subprotocol subprotocol, CloseReason reason);

    /** An outbound connection changed its state; it starts from and ends in {@link ConnectionState#CLOSED}. */
    void outboundState(ConnectionState before, ConnectionState now);

    /** An attempt to open the socket of an outbound connection ended. */
    void dialled(DialOutcome outcome);

    /** A session moved to this node or to another one. */
    void moved(Subprotocol subprotocol, Move direction);

    /** A socket ended while its session goes on. */
    void detached(CloseReason reason);

    /** Messages that arrived from clients. */
    void received(int messages, long bytes);

    /** Messages that were published into the broker, by clients or over the API. */
    void published(int messages);

    /** Messages handed to sockets, one for each receiver. */
    void delivered(int messages, long bytes);

    /** Bytes that compression saved on what was written to sockets. */
    void saved(long bytes);

    void dropped(Drop reason, int messages);

    void limitReached(Limit limit);

    /** A request over a WebSocket was refused. */
    void requestRefused(ErrorCode code);

    /** A REST call ended with this status after {@code nanos}. */
    void apiCall(String operationId, int status, long nanos);

    /** The files of the TLS listener changed, and were reloaded or not. */
    void tlsReload(TlsReload outcome);

    /** The configuration was read again, or had problems. */
    void configurationReload(ReloadOutcome outcome);

    /** An event for a handler ended with this outcome after {@code nanos}. */
    void event(EventKind eventKind, EventOutcome outcome, long nanos);

    /** An event is sent to its handler again. */
    void eventRetried();

    /** An event was published on the event bus, or dropped since too much is in flight there. */
    void busEvent(boolean published);

    /**
     * Something occurred of which people are alerted.
     *
     * @param times how often, 1 and up
     */
    void alertRaised(AlertCause cause, long times);

    /** An attempt to send an alert has ended, or one that was waiting was dropped. */
    void alertDelivery(AlertMedium medium, AlertOutcome outcome);

    /** A bug was caught. */
    void bug();

    /**
     * Adds a supplier to a gauge. The values of all suppliers are summed; of the event-loop lag the maximum is taken.
     */
    void gauge(Gauge gauge, DoubleSupplier supplier);

    /** A connection to a port between nodes was refused. */
    void peerRefused(Refusal reason);

    /** Sets the source of a count, which must never decrease. */
    void count(ExternalCount externalCount, LongSupplier supplier);

    /** Counts nothing. */
    Metrics NONE = new NoMetrics();
}
