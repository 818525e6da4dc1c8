package dev.fanfare.store;

import org.jspecify.annotations.Nullable;

/**
 * The store cannot serve an operation at the moment: it is shutting down, has no quorum, too much is in flight, or its files
 * cannot be written. The operation had no effect; it may be tried again.
 */
public final class StoreUnavailableException extends StoreException {

    private static final long serialVersionUID = 1L;

    public StoreUnavailableException(String message) {
        this(message, null);
    }

    public StoreUnavailableException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
