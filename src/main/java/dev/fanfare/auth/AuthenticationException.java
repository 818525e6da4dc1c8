package dev.fanfare.auth;

import java.util.Locale;

/** A token that was refused. The message is safe to show: it never holds any part of the token. */
public final class AuthenticationException extends Exception {

    private static final long serialVersionUID = 1L;

    /** Why, as the metric label has it. */
    public enum Reason {
        MISSING,
        MALFORMED,
        OVERSIZED,
        UNKNOWN_KEY,
        BAD_SIGNATURE,
        EXPIRED,
        NOT_YET_VALID,
        WRONG_AUDIENCE,
        WRONG_ISSUER,
        NOT_PERMITTED,
        /** Too many tokens from one address failed, or wait. */
        THROTTLED,
        /** Too many tokens wait. */
        OVERLOADED,
        /** The connection was closed before the token was looked at. */
        ABANDONED;

        /** The value of a metric label. */
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private final Reason reason;

    public AuthenticationException(Reason reason, String message) {
        super(message, null, false, false);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }
}
