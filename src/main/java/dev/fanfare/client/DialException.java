package dev.fanfare.client;

import dev.fanfare.core.ErrorCode;
import dev.fanfare.ops.Metrics;

/** A failed attempt. The message is safe to show to operators and callers. */
final class DialException extends Exception {

    private static final long serialVersionUID = 1L;

    private final Metrics.DialOutcome outcome;
    private final ErrorCode code;

    DialException(Metrics.DialOutcome outcome, ErrorCode code, String message) {
        super(message, null, false, false);
        this.outcome = outcome;
        this.code = code;
    }

    ErrorCode code() {
        return code;
    }

    Metrics.DialOutcome outcome() {
        return outcome;
    }
}
