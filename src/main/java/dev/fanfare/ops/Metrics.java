package dev.fanfare.ops;

import dev.fanfare.core.CloseReason;
import dev.fanfare.core.ConnectionState;
import dev.fanfare.core.ErrorCode;
import dev.fanfare.core.protocol.Subprotocol;
import dev.fanfare.socket.CompressionMeter;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;

/**
 * What a node counts, in the words of the domain. Called on event loops: every method is cheap, thread-safe and never
 * fails. No argument comes from a stranger.
 */
public interface Metrics extends CompressionMeter {

    /** How a request to upgrade ended. */
    enum Handshake {
        ACCEPTED,
        RECOVERED,
        RECOVERY_REFUSED,
        BAD_REQUEST,
        UNAUTHORIZED,
        FORBIDDEN,
        FORBIDDEN_ORIGIN,
        NODE_FULL,
        OVERLOADED,
        /** Too many tokens from one address failed, or wait. */
        THROTTLED,
        STOPPING,
        TIMED_OUT,
        /** No agreement on TLS, or none in time. */
        TLS_FAILED,
        /** The client left before it had an answer. */
        ABANDONED,
        /** The event handler said no. */
        REFUSED_BY_HANDLER,
        /** The event handler could not be asked, or its answer not be understood. */
        HANDLER_FAILED
    }

    /** What event handlers are told of. */
    enum Event {
        CONNECT,
        CONNECTED,
        DISCONNECTED,
        USER
    }

    /** What became of an event. */
    enum EventOutcome {
        /** It was taken. */
        DELIVERED,
        /** The answer has a status below 500 that is neither success nor redirect. */
        REFUSED,
        /** The answer has a status of 500 and up, after the last attempt. */
        FAILED,
        /** There was no connection or no HTTP, after the last attempt. */
        UNREACHABLE,
        TIMED_OUT,
        /** The answer cannot be understood. */
        INVALID_ANSWER,
        ANSWER_TOO_LARGE,
        REDIRECTED,
        /** The handler does not allow events from here. */
        HANDSHAKE_REFUSED,
        /** Too much waited already. */
        QUEUE_FULL,
        /** The handler is left alone for a while. */
        CIRCUIT_OPEN,
        /** No handler wants it. */
        UNHANDLED,
        /** Nobody waits for it any more. */
        CANCELLED
    }

    /** How an attempt to open the socket of an outbound connection ended. */
    enum Dial {
        OPENED,
        /** Host, port or address is not listed by {@code outbound.allow}. */
        NOT_ALLOWED,
        /** The name has no address. */
        UNRESOLVED,
        /** No TCP connection. */
        UNREACHABLE,
        /** The proxy did not connect. */
        PROXY_FAILED,
        TLS_FAILED,
        /** The remote answered with another status than 101. */
        REFUSED,
        /** The remote's answer is none of RFC 6455. */
        INVALID_ANSWER,
        /** Too many redirects, or one that leads nowhere. */
        BAD_REDIRECT,
        /** The remote ended the transport instead of answering. */
        LOST,
        TIMED_OUT,
        /** The connection ended meanwhile. */
        ABANDONED,
        /** A fault of ours, or a setting that cannot be used. */
        FAULT
    }

    /** Why a message did not reach a receiver it was meant for. */
    enum Drop {
        /** Its time to live ended while it waited. */
        EXPIRED,
        /** The receiver was slow, and it was the latest that came for it. */
        NEWEST,
        /** The receiver was slow, and it had waited longest. */
        OLDEST,
        /** The receiver was slow, and a later message of the group took its place. */
        SUPERSEDED,
        /** The receiver was closed as a slow consumer while messages waited. */
        SLOW_CONSUMER,
        /** The session ended while messages waited for acknowledgement or recovery. */
        SESSION_ENDED
    }

    /** A limit a client or caller ran into. */
    enum Limit {
        CONNECTIONS,
        /** Connections of HTTP that are not WebSockets, or not yet. */
        HTTP_CONNECTIONS,
        /** What may wait for event handlers. */
        EVENT_BYTES,
        MESSAGE_BYTES,
        FRAME_BYTES,
        FRAMES_PER_MESSAGE,
        MESSAGE_RATE,
        BYTE_RATE,
        /** A message that was begun and not ended. */
        MESSAGE_TIME,
        GROUPS_PER_CONNECTION,
        /** A hub, group, event or user name that is too long or otherwise not allowed. */
        NAMES,
        HANDSHAKE_TIME,
        /** Of TLS, without data. */
        TLS_RECORDS,
        SILENCE,
        OUTBOUND_BYTES,
        /** What the node may keep for all receivers together. */
        OUTBOUND_BYTES_OF_NODE,
        UNACKNOWLEDGED,
        /** What the node may hold of what all peers send. */
        INBOUND_BYTES_OF_NODE,
        REST_BODY_BYTES,
        REQUEST_HEADERS,
        TOKEN_BYTES,
        /** Of one address. */
        FAILED_TOKENS,
        IN_FLIGHT_BYTES,
        /** Sends whose report somebody waits for. */
        REPORTS
    }

    /** Whither a session moves. */
    enum Move {
        IN,
        OUT
    }

    /** What came of loading changed TLS certificates. */
    enum TlsReload {
        LOADED,
        FAILED
    }

    /** A gauge that is asked at each scrape. */
    enum Gauge {
        GROUPS("fanfare_groups", "Groups with at least one local member"),
        HTTP_CONNECTIONS("fanfare_http_connections", "Connections of HTTP that are not WebSockets, or not yet"),
        DETACHED_SESSIONS("fanfare_sessions_detached", "Sessions that wait for their client to recover"),
        QUEUED_BYTES("fanfare_outbound_queued_bytes", "Bytes that wait for slow readers"),
        UNACKNOWLEDGED_BYTES("fanfare_unacknowledged_bytes", "Bytes kept until reliable clients acknowledge them"),
        INBOUND_BYTES(
                "fanfare_inbound_bytes",
                "Bytes held for what clients and servers send: unfinished messages, names of groups, sessions, REST bodies"),
        IN_FLIGHT_BYTES("fanfare_in_flight_bytes", "Bytes published on this node and not yet delivered"),
        EVENTS_PENDING("fanfare_events_pending", "Events that handlers have not taken yet"),
        EVENT_BYTES("fanfare_event_bytes", "Bytes of events under way to handlers, and of their answers"),
        EVENT_CIRCUITS_OPEN("fanfare_event_circuits_open", "Handlers that are left alone because they failed"),
        REGISTERED_ADDRESSES("fanfare_registered_addresses", "Event-bus addresses this node listens to"),
        TLS_CERTIFICATE_EXPIRY(
                "fanfare_tls_certificate_expiry_timestamp_seconds",
                "When the first of our TLS certificates ends; 0 without TLS"),
        CLUSTER_MEMBERS("fanfare_cluster_members", "Nodes of the cluster, this one included"),
        CLUSTER_SILENT_MEMBERS("fanfare_cluster_silent_members", "Other nodes that have said nothing for seconds"),
        CLUSTER_VIEW_AGE_SECONDS(
                "fanfare_cluster_view_age_seconds",
                "How long ago the least recent word was asked for that says what another node listens to"),
        DURABLE_OWNED("fanfare_outbound_durable", "Durable outbound connections that this node has"),
        DURABLE_DECLARED("fanfare_outbound_durable_known", "Durable outbound connections that the cluster is to have"),
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

    /** A count that is kept elsewhere and read at each scrape. */
    enum Count {
        REMOTE_SENT("fanfare_remote_sent_total", "Publications sent to other nodes, once for each node"),
        REMOTE_SENT_BYTES("fanfare_remote_sent_bytes_total", "Bytes of the publications sent to other nodes"),
        REMOTE_RECEIVED("fanfare_remote_received_total", "Publications that came from other nodes"),
        REMOTE_RECEIVED_BYTES(
                "fanfare_remote_received_bytes_total", "Bytes of the publications that came from other nodes"),
        REMOTE_UNWANTED(
                "fanfare_remote_unwanted_total", "Publications from other nodes for which nobody here listened"),
        REMOTE_LOST_BYTES("fanfare_remote_lost_bytes_total", "Bytes on their way to nodes that were lost"),
        REMOTE_MISSED_BYTES(
                "fanfare_remote_missed_bytes_total", "Bytes that other nodes sent to this one and that never arrived"),
        REMOTE_DROPPED("fanfare_remote_dropped_total", "Publications that were not sent to a node that was silent"),
        REMOTE_REFUSED("fanfare_remote_refused_total", "Messages of other nodes that could not be understood"),
        DURABLE_TAKEN_OVER(
                "fanfare_outbound_taken_over_total", "Durable outbound connections that came from another node"),
        DURABLE_HANDED_OVER(
                "fanfare_outbound_handed_over_total", "Durable outbound connections that this node let go of");

        private final String metricName;
        private final String help;

        Count(String metricName, String help) {
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

    void handshake(Handshake outcome);

    /** A token was refused; {@code reason} is a label of {@code AuthenticationException.Reason}. */
    void tokenRefused(String reason);

    /** A client that wanted its session back was refused; counted as the end of a connection that never began. */
    void recoveryRefused(Subprotocol subprotocol);

    /** A connection began (a new session, not a recovery). Outbound ones are all {@link Subprotocol#RAW}. */
    void opened(Subprotocol subprotocol);

    /** A connection ended for good; exactly once for each {@link #opened}. */
    void closed(Subprotocol subprotocol, CloseReason reason);

    /** An outbound connection went from one state to another; from and to {@link ConnectionState#CLOSED} at its ends. */
    void outboundState(ConnectionState before, ConnectionState now);

    /** An attempt to open the socket of an outbound connection ended. */
    void dialled(Dial outcome);

    /** A connection came from another node with its session, or went to one. */
    void moved(Subprotocol subprotocol, Move direction);

    /** A socket ended while its session goes on. */
    void detached(CloseReason reason);

    /** Messages that arrived from clients. */
    void received(int messages, long bytes);

    /** Messages that were published into the broker, by clients or over the API. */
    void published(int messages);

    /** Messages handed to sockets, one for each receiver. */
    void delivered(int messages, long bytes);

    /** Bytes by which compression made shorter what was handed to sockets. */
    void saved(long bytes);

    void dropped(Drop reason, int messages);

    void limitReached(Limit limit);

    /** A request in band was refused. */
    void requestRefused(ErrorCode code);

    /** A call of the REST API ended with this status after so long. */
    void apiCall(String operationId, int status, long nanos);

    /** The files of the TLS listener changed. */
    void tlsReload(TlsReload outcome);

    /** An event for a handler came to this end, after so long. */
    void event(Event event, EventOutcome outcome, long nanos);

    /** An event is sent to its handler once more. */
    void eventRetried();

    /** An event was told on the event bus, or dropped since too much is under way there. */
    void busEvent(boolean published);

    /** A fault of ours was caught. */
    void bug();

    /** Adds a supplier to a gauge; the suppliers of all shards are summed, of the lag the greatest is shown. */
    void gauge(Gauge gauge, DoubleSupplier supplier);

    /** Says where a count is read; it never goes down. */
    void count(Count count, LongSupplier supplier);

    /** Counts nothing. */
    Metrics NONE = new NoMetrics();
}
