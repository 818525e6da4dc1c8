package dev.fanfare.store;

import org.jspecify.annotations.Nullable;

/** How an operation ended, as metrics count it. */
public enum StoreOutcome {
    OK,
    MISMATCH,
    FULL,
    UNAVAILABLE,
    UNKNOWN;

    /** @param failure of the operation; null if it succeeded */
    public static StoreOutcome of(@Nullable Throwable failure) {
        if (failure == null) {
            return OK;
        }
        if (failure instanceof VersionMismatchException) {
            return MISMATCH;
        }
        if (failure instanceof StoreFullException) {
            return FULL;
        }
        return failure instanceof StoreUnavailableException ? UNAVAILABLE : UNKNOWN;
    }
}
