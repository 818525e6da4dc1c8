package dev.fanfare.api;

import dev.fanfare.core.ErrorCode;
import dev.fanfare.core.uri.MalformedUri;
import org.jspecify.annotations.Nullable;

/**
 * Ends a call with an error answer. Has no stack trace: it is about the caller's request, not about a place in the
 * code.
 */
final class ApiException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final transient ErrorBody errorBody;

    ApiException(ErrorBody errorBody) {
        super(errorBody.message(), null, false, false);
        this.errorBody = errorBody;
    }

    ApiException(ErrorCode code, String message) {
        this(new ErrorBody(code, message, null));
    }

    /** A call above a limit. */
    static ApiException overLimit(String message, long retrySeconds) {
        return new ApiException(new ErrorBody(ErrorCode.TOO_MANY_REQUESTS, message, null, retrySeconds));
    }

    /** A parameter that is not allowed. */
    static ApiException badRequest(String target, String message) {
        return new ApiException(new ErrorBody(ErrorCode.BAD_REQUEST, message, target));
    }

    /** Refuses a parameter if it has a problem. */
    static void check(String target, @Nullable String problem) {
        if (problem != null) {
            throw badRequest(target, problem);
        }
    }

    /** A path or a query that cannot be decoded. */
    static ApiException of(MalformedUri malformed) {
        return badRequest(malformed.part(), malformed.getMessage());
    }

    ErrorBody errorBody() {
        return errorBody;
    }
}
