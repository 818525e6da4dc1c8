package dev.fanfare.core;

import java.util.Locale;

/**
 * The table of reasons for which a socket ends: the close code that is sent, whether a reliable session outlives it,
 * and whether it is logged. Clients, metrics, documentation and tests read it from here.
 */
public enum CloseReason {
    /** The client closed with 1000. */
    CLIENT_CLOSED(1000, false, false, "closed by the client"),
    /** The client closed with another code, or with none. */
    CLIENT_LEFT(1001, true, false, "the client went away"),
    /** The transport ended without a close frame. */
    CONNECTION_LOST(1006, true, true, "the connection was lost"),
    /** A server closed it over the API. */
    CLOSED_BY_API(1000, false, false, "Closed by REST API."),
    /** The node is shutting down. */
    SHUTDOWN(1001, true, false, "the server is stopping"),
    /** RFC 6455 was violated. */
    PROTOCOL_ERROR(1002, false, true, "invalid WebSocket frame"),
    /** Invalid UTF-8, or a frame that does not follow the subprotocol. */
    INVALID_PAYLOAD(1007, false, true, "invalid payload"),
    /** Recovery was requested, and there is nothing to recover. */
    RECOVERY_REFUSED(1008, false, true, "the connection cannot be recovered"),
    /** A newer socket of the same session took over; the former one is cut without a close frame. */
    TAKEN_OVER(1006, true, false, "another socket recovered this connection"),
    /** Too much is waiting for the client's acknowledgement. */
    UNACKNOWLEDGED_OVERFLOW(1008, false, true, "too many unacknowledged messages"),
    /** The client reads too slowly and its subprotocol cannot recover. */
    SLOW_CONSUMER(1008, false, true, "the client reads too slowly"),
    /** The client reads too slowly; its session can be recovered. */
    SLOW_CONSUMER_RECOVERABLE(1013, true, true, "the client reads too slowly; reconnect to recover"),
    /** The token expired and was not renewed. */
    TOKEN_EXPIRED(1008, false, true, "the token has expired"),
    /** The token was revoked, or its user or its address is blocked. */
    REVOKED(1008, false, true, "revoked"),
    /** Another connection of the same client or user took its place. */
    REPLACED(1008, false, true, "another connection of this client took the place of this one"),
    /** The client has registered again, or its registration was removed. */
    UNREGISTERED(1008, false, true, "the registration of this connection has ended; register and get a new token"),
    /** A client that may only listen has sent a message. */
    CONSUMER_SENT(1008, false, true, "consumers are not allowed to send messages"),
    /** A raw publisher lacks the permission it needs. */
    FORBIDDEN(1008, false, true, "forbidden"),
    /** A message or frame over the limit. */
    MESSAGE_TOO_BIG(1009, false, true, "message too big"),
    /** A message was not complete in time. */
    MESSAGE_TIMEOUT(1008, false, true, "a message took too long to arrive"),
    /** The node holds too much inbound data, most of it from this client. */
    INBOUND_OVERFLOW(1008, false, true, "the node holds too much of what this client sent or joined"),
    /** A message in more fragments than the limit. */
    TOO_MANY_FRAMES(1009, false, true, "message in too many frames"),
    /** The event of a raw client could not be handled. */
    EVENT_FAILED(1011, false, true, "the event was not handled"),
    /** An internal fault. */
    INTERNAL_ERROR(1011, true, true, "internal error"),
    /** The socket has reached its maximum age: the client should reconnect, perhaps to another node. */
    MAX_AGE(1001, true, false, "the connection is old; reconnect"),
    /** Nothing was received from the client for too long. */
    SILENT(1001, true, true, "no answer to pings"),
    /** The remote of an outbound connection sent no message for too long. */
    IDLE(1001, true, true, "nothing was received for too long"),
    /** The remote of an outbound connection could not be reached, and there are no more attempts. */
    REMOTE_UNREACHABLE(1006, false, true, "the remote could not be reached"),
    /** A reliable client did not reconnect in time. */
    RECOVERY_EXPIRED(1006, false, true, "the client did not come back in time");

    private final int code;
    private final boolean recoverable;
    private final boolean abnormal;
    private final String text;
    private final String label = name().toLowerCase(Locale.ROOT);

    CloseReason(int code, boolean recoverable, boolean abnormal, String text) {
        this.code = code;
        this.recoverable = recoverable;
        this.abnormal = abnormal;
        this.text = text;
    }

    /** The close code on the wire (RFC 6455 section 7.4); 1006 is never sent. */
    public int code() {
        return code;
    }

    /**
     * Whether an endpoint may send this code in a close frame: the codes of RFC 6455 section 7.4.1 and its registry
     * that are not reserved for ends without a frame, and those for libraries, frameworks and applications (3000 to
     * 4999, section 7.4.2).
     */
    public static boolean maySend(int code) {
        return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
    }

    /** Whether the session of a reliable subprotocol waits for its client afterwards. */
    public boolean recoverable() {
        return recoverable;
    }

    /** Whether it is logged for operators. */
    public boolean abnormal() {
        return abnormal;
    }

    /** The default reason sent to the client; less than 124 bytes. */
    public String text() {
        return text;
    }

    /** The value of the metric label {@code reason}. */
    public String label() {
        return label;
    }
}
