package dev.fanfare.store;

import org.jspecify.annotations.Nullable;

/** It is not known whether a write took effect. It may still do so later, or never. */
public final class OutcomeUnknownException extends StoreException {

    private static final long serialVersionUID = 1L;

    public OutcomeUnknownException(String message) {
        this(message, null);
    }

    public OutcomeUnknownException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
