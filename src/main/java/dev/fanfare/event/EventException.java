package dev.fanfare.event;

import dev.fanfare.core.ErrorCode;
import dev.fanfare.ops.Metrics;
import org.jspecify.annotations.Nullable;

/** An event that was not handled. The message is safe to show to the client. */
public final class EventException extends Exception {

    private static final long serialVersionUID = 1L;

    private static final int BAD_GATEWAY = 502;
    private static final int GATEWAY_TIMEOUT = 504;

    private final ErrorCode code;
    private final Metrics.EventOutcome outcome;
    private final int status;

    EventException(ErrorCode code, Metrics.EventOutcome outcome, String message) {
        this(code, outcome, message, 0, null);
    }

    private EventException(
            ErrorCode code, Metrics.EventOutcome outcome, String message, int status, @Nullable Throwable cause) {
        super(message, cause, false, false);
        this.code = code;
        this.outcome = outcome;
        this.status = status;
    }

    /** The handler's answer has a status that is not a success. */
    static EventException status(int status) {
        boolean redirect = status >= 300 && status < 400;
        return new EventException(
                ErrorCode.INTERNAL,
                redirect
                        ? Metrics.EventOutcome.REDIRECTED
                        : status < 500 ? Metrics.EventOutcome.REFUSED : Metrics.EventOutcome.FAILED,
                "the event handler answered with status " + status + (redirect ? "; redirects are not followed" : ""),
                status,
                null);
    }

    static EventException timedOut() {
        return new EventException(
                ErrorCode.TIMEOUT, Metrics.EventOutcome.TIMED_OUT, "the event handler did not answer in time");
    }

    /** @param cause for the log; not shown to clients */
    static EventException unreachable(@Nullable Throwable cause) {
        return new EventException(
                ErrorCode.INTERNAL,
                Metrics.EventOutcome.UNREACHABLE,
                "the event handler could not be reached",
                0,
                cause);
    }

    static EventException invalid(String what) {
        return new EventException(
                ErrorCode.INTERNAL,
                Metrics.EventOutcome.INVALID_ANSWER,
                "the event handler's answer is not valid: it " + what);
    }

    static EventException tooLarge(long limit) {
        return new EventException(
                ErrorCode.INTERNAL,
                Metrics.EventOutcome.ANSWER_TOO_LARGE,
                "the event handler's answer has more than " + limit + " bytes");
    }

    static EventException full() {
        return new EventException(
                ErrorCode.UNAVAILABLE, Metrics.EventOutcome.QUEUE_FULL, "too many events wait for event handlers");
    }

    static EventException circuitOpen() {
        return new EventException(
                ErrorCode.UNAVAILABLE,
                Metrics.EventOutcome.CIRCUIT_OPEN,
                "the event handler has failed too often and is left alone for a while");
    }

    static EventException notAllowed() {
        return new EventException(
                ErrorCode.INTERNAL,
                Metrics.EventOutcome.HANDSHAKE_REFUSED,
                "the event handler does not allow events from here");
    }

    static EventException unhandled(String hub) {
        return new EventException(
                ErrorCode.INTERNAL,
                Metrics.EventOutcome.UNHANDLED,
                "no event handler is configured for hub '" + hub + "'");
    }

    static EventException unregistrable(String hub) {
        return new EventException(
                ErrorCode.INTERNAL,
                Metrics.EventOutcome.UNHANDLED,
                "no event handler is configured for registrations at hub '" + hub + "'");
    }

    static EventException cancelled() {
        return new EventException(ErrorCode.TIMEOUT, Metrics.EventOutcome.CANCELLED, "the event was cancelled");
    }

    static EventException stopped() {
        return new EventException(
                ErrorCode.UNAVAILABLE, Metrics.EventOutcome.CANCELLED, "the node stopped before the event was handled");
    }

    /** The error that the client gets. */
    public ErrorCode code() {
        return code;
    }

    /** The outcome in the metrics. */
    Metrics.EventOutcome outcome() {
        return outcome;
    }

    /** The status of the handler's answer; 0 if there is none. */
    public int status() {
        return status;
    }

    /** Whether a retry may succeed (408, 5xx, and failures of the network). */
    boolean retryable() {
        return outcome == Metrics.EventOutcome.UNREACHABLE || status == 408 || status >= 500;
    }

    /**
     * Whether it is a sign that the handler is down: no connection, no answer in time, or a proxy that reports it (502,
     * 503, 504). Any other status is the application's answer to this one event.
     */
    boolean handlerDown() {
        return outcome == Metrics.EventOutcome.UNREACHABLE
                || outcome == Metrics.EventOutcome.TIMED_OUT
                || (status >= BAD_GATEWAY && status <= GATEWAY_TIMEOUT);
    }
}
