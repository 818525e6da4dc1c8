package dev.fanfare.auth;

import java.util.Locale;

/** A token was refused. The message is safe to show: it never contains any part of the token. */
public final class AuthenticationException extends Exception {

    private static final long serialVersionUID = 1L;

    /** The reason, also a metric label. */
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
        /** A client is not registered, or its token is not the one of its last registration. */
        NOT_REGISTERED,
        /** A client cannot register: it is not known, or its secret is wrong. */
        BAD_SECRET,
        /** Too many tokens from one address failed, or wait to be verified. */
        THROTTLED,
        /** Too many tokens wait to be verified. */
        OVERLOADED,
        /** The connection was closed before the token was verified. */
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
