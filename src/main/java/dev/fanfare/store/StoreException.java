package dev.fanfare.store;

import org.jspecify.annotations.Nullable;

/** Why an operation of the store failed. Without a stack trace: a failure is an outcome here, not a bug. */
public abstract sealed class StoreException extends Exception
        permits VersionMismatchException, StoreFullException, StoreUnavailableException, OutcomeUnknownException {

    private static final long serialVersionUID = 1L;

    StoreException(String message, @Nullable Throwable cause) {
        super(message, cause, false, false);
    }
}
