package dev.fanfare.api;

import dev.fanfare.core.ErrorCode;
import dev.fanfare.core.uri.MalformedUri;
import org.jspecify.annotations.Nullable;

/** Ends a call with an error answer. Carries no stack: it says what the caller did, not where we are. */
final class Refusal extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final transient Problem problem;

    Refusal(Problem problem) {
        super(problem.message(), null, false, false);
        this.problem = problem;
    }

    Refusal(ErrorCode code, String message) {
        this(new Problem(code, message, null));
    }

    /** A parameter that is not allowed. */
    static Refusal badRequest(String target, String message) {
        return new Refusal(new Problem(ErrorCode.BAD_REQUEST, message, target));
    }

    /** Refuses a parameter that has a problem. */
    static void check(String target, @Nullable String problem) {
        if (problem != null) {
            throw badRequest(target, problem);
        }
    }

    /** A path or a query that cannot be decoded. */
    static Refusal of(MalformedUri malformed) {
        return badRequest(malformed.part(), malformed.getMessage());
    }

    Problem problem() {
        return problem;
    }
}
