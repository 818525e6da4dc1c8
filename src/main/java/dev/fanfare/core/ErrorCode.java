package dev.fanfare.core;

/**
 * The one table of what can go wrong with a request: its name on the REST API, its HTTP status, its name in an ack, when
 * it happens and what to do. Documentation, metrics and tests read it from here.
 */
public enum ErrorCode {
    BAD_REQUEST(
            "Error.BadRequest", 400, "BadRequest", "a parameter, name or body is not allowed", "correct the request"),
    UNAUTHORIZED("Error.Unauthorized", 401, "Forbidden", "the token is missing or not valid", "get a new token"),
    FORBIDDEN("Error.Forbidden", 403, "Forbidden", "the permission is missing", "ask for a token with the role"),
    NOT_FOUND("Error.NotFound", 404, "NotFound", "no such route, connection, user or group", "check the name"),
    METHOD_NOT_ALLOWED("Error.MethodNotAllowed", 405, "BadRequest", "the path has no such method", "see openapi.yaml"),
    REQUEST_TIMEOUT(
            "Error.RequestTimeout", 408, "Timeout", "the request did not arrive in time", "send it without pauses"),
    CONFLICT("Error.Conflict", 409, "BadRequest", "a limit per connection is reached", "remove something first"),
    DUPLICATE("Error.Duplicate", 409, "Duplicate", "the ackId was processed before", "nothing: it was done"),
    PAYLOAD_TOO_LARGE("Error.PayloadTooLarge", 413, "BadRequest", "the body is over the limit", "send less at a time"),
    UNSUPPORTED_MEDIA_TYPE(
            "Error.UnsupportedMediaType", 415, "BadRequest", "the Content-Type is not one of ours", "see openapi.yaml"),
    TOO_MANY_REQUESTS(
            "Error.TooManyRequests", 429, "Timeout", "the node is at its limit", "retry after the given time"),
    INTERNAL("Error.Internal", 500, "InternalServerError", "a fault of ours or of an event handler", "retry, report"),
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

    /** The HTTP status that goes with it. */
    public int httpStatus() {
        return httpStatus;
    }

    /** The value of {@code error.name} in an ack. */
    public String inBandName() {
        return inBandName;
    }

    /** When it happens, as a clause. */
    public String when() {
        return when;
    }

    /** What the caller can do about it. */
    public String remedy() {
        return remedy;
    }
}
