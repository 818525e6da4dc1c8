package dev.fanfare.api;

import dev.fanfare.core.ErrorCode;
import dev.fanfare.store.OutcomeUnknownException;
import dev.fanfare.store.StoreException;
import io.vertx.core.Future;

/** Tells callers what a failure of the store means for them. */
final class StoreFailures {

    private StoreFailures() {}

    /** The same result; a failure of the store becomes an error answer. */
    static <T> Future<T> translated(Future<T> result) {
        return result.recover(failure -> {
            if (failure instanceof OutcomeUnknownException) {
                return Future.failedFuture(new ApiException(
                        ErrorCode.TIMEOUT,
                        "the store did not answer in time, so the call may have taken effect; it may be repeated"
                                + " safely"));
            }
            return Future.failedFuture(
                    failure instanceof StoreException
                            ? new ApiException(
                                    ErrorCode.UNAVAILABLE,
                                    "nothing was changed: " + String.valueOf(failure.getMessage()))
                            : failure);
        });
    }
}
