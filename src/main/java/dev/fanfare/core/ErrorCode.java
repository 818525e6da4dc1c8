package dev.fanfare.core;

/**
 * The table of errors: of a request, of opening an outbound connection, and of the delivery of a message to one
 * receiver. It has the name on the REST API and the event bus, the HTTP status, the name in an ack, when the error
 * occurs and what to do. Documentation, metrics and tests read it from here.
 */
public enum ErrorCode {
    BAD_REQUEST(
            "Error.BadRequest", 400, "BadRequest", "a parameter, name or body is not allowed", "correct the request"),
    UNAUTHORIZED("Error.Unauthorized", 401, "Forbidden", "the token is missing or not valid", "get a new token"),
    FORBIDDEN("Error.Forbidden", 403, "Forbidden", "the permission is missing", "ask for a token with the role"),
    TARGET_NOT_ALLOWED(
            "Error.TargetNotAllowed",
            403,
            "Forbidden",
            "outbound connections to this target are not allowed",
            "allow the target in the configuration"),
    NOT_FOUND("Error.NotFound", 404, "NotFound", "no such route, connection, user or group", "check the name"),
    METHOD_NOT_ALLOWED("Error.MethodNotAllowed", 405, "BadRequest", "the path has no such method", "see openapi.yaml"),
    REQUEST_TIMEOUT(
            "Error.RequestTimeout", 408, "Timeout", "the request did not arrive in time", "send it without pauses"),
    CONFLICT("Error.Conflict", 409, "BadRequest", "a limit per connection is reached", "remove something first"),
    NON_UNIQUE_ID(
            "Error.NonUniqueId",
            409,
            "BadRequest",
            "another connection has the id that was asked for",
            "choose another id, or close that connection first"),
    DUPLICATE("Error.Duplicate", 409, "Duplicate", "the ackId was processed before", "nothing: it was done"),
    PAYLOAD_TOO_LARGE("Error.PayloadTooLarge", 413, "BadRequest", "the body is over the limit", "send less at a time"),
    URI_TOO_LONG(
            "Error.UriTooLong",
            414,
            "BadRequest",
            "the request line is over the limit",
            "send less in the query, or raise limits.requestHeaderBytes"),
    UNSUPPORTED_MEDIA_TYPE(
            "Error.UnsupportedMediaType",
            415,
            "BadRequest",
            "the Content-Type is not one of ours, or the body is encoded",
            "see openapi.yaml"),
    EXPECTATION_FAILED(
            "Error.ExpectationFailed",
            417,
            "BadRequest",
            "the header Expect has anything else than 100-continue",
            "leave the header out"),
    TOO_MANY_REQUESTS(
            "Error.TooManyRequests",
            429,
            "Timeout",
            "the node or the caller is at its limit",
            "retry after the given time"),
    HEADERS_TOO_LARGE(
            "Error.RequestHeadersTooLarge",
            431,
            "BadRequest",
            "the headers are over the limit",
            "send fewer headers, or raise limits.requestHeaderBytes"),
    INTERNAL("Error.Internal", 500, "InternalServerError", "a fault of ours or of an event handler", "retry, report"),
    REMOTE_UNAUTHORIZED(
            "Error.RemoteUnauthorized",
            502,
            "InternalServerError",
            "the remote server refused our credentials (401, 407)",
            "correct the credentials of the outbound connection"),
    REMOTE_FORBIDDEN(
            "Error.RemoteForbidden",
            502,
            "InternalServerError",
            "the remote server forbids the connection (403)",
            "ask its operator for the permission"),
    REMOTE_NOT_FOUND(
            "Error.RemoteNotFound",
            502,
            "InternalServerError",
            "the remote server has no WebSocket at this path (404)",
            "check the URL"),
    REMOTE_FAILED(
            "Error.RemoteFailed",
            502,
            "InternalServerError",
            "the remote server met a fault of its own (5xx)",
            "retry later, tell its operator"),
    REMOTE_UNAVAILABLE(
            "Error.RemoteUnavailable",
            502,
            "InternalServerError",
            "the remote server takes no connection for the moment (429, 503)",
            "retry later"),
    REMOTE_REFUSED(
            "Error.RemoteRefused",
            502,
            "InternalServerError",
            "the remote server answered anything else than a valid upgrade",
            "check the URL and the subprotocol"),
    REMOTELY_CLOSED(
            "Error.RemotelyClosed",
            502,
            "InternalServerError",
            "the other side closed the connection, or left, before it was done",
            "send it again when the other side is back"),
    CONNECTIVITY(
            "Error.Connectivity",
            502,
            "InternalServerError",
            "the other side cannot be reached, or has no socket for the moment",
            "retry later, check name, network and TLS"),
    RETRY_EXHAUSTED(
            "Error.RetryExhausted",
            502,
            "InternalServerError",
            "the connection could not be opened in as many attempts as allowed",
            "find out why the last attempt failed, open it again"),
    CLOSED(
            "Error.Closed",
            502,
            "InternalServerError",
            "we closed the connection before it was done",
            "see why it closed"),
    SLOW_CONSUMER(
            "Error.SlowConsumer",
            503,
            "InternalServerError",
            "the receiver reads too slowly: the message was dropped, or the connection closed",
            "send less, or choose another policy"),
    EXPIRED(
            "Error.Expired",
            504,
            "Timeout",
            "the time to live of the message ended while it waited",
            "give it more time, or none"),
    UNAVAILABLE("Error.Unavailable", 503, "InternalServerError", "the node is full or stopping", "retry elsewhere"),
    TIMEOUT("Error.Timeout", 504, "Timeout", "a node or an event handler did not answer in time", "retry");

    private final String restName;
    private final int httpStatus;
    private final String inBandName;
    private final String when;
    private final String remedy;

    ErrorCode(String restName, int httpStatus, String inBandName, String when, String remedy) {
        this.restName = restName;
        this.httpStatus = httpStatus;
        this.inBandName = inBandName;
        this.when = when;
        this.remedy = remedy;
    }

    /** The value of {@code code} in a REST error body and of the header {@code x-ms-error-code}. */
    public String restName() {
        return restName;
    }

    /** The HTTP status. */
    public int httpStatus() {
        return httpStatus;
    }

    /** The value of {@code error.name} in an ack. */
    public String inBandName() {
        return inBandName;
    }

    /** When it occurs, as a clause. */
    public String when() {
        return when;
    }

    /** What the caller can do about it. */
    public String remedy() {
        return remedy;
    }
}
