package dev.fanfare.operations;

import dev.fanfare.core.ErrorCode;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Why an operation failed. */
public final class OperationException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final ErrorCode code;
    private final @Nullable String target;

    /** @param target the parameter it is about, null if it is none in particular */
    OperationException(ErrorCode code, String message, @Nullable String target) {
        super(message);
        this.code = code;
        this.target = target;
    }

    static OperationException of(JsonObject error) {
        return new OperationException(
                code(error.getString("code")), error.getString("message"), error.getString("target"));
    }

    /** The code of this name. A node of a newer release may know more of them. */
    static ErrorCode code(String name) {
        return Arrays.stream(ErrorCode.values())
                .filter(code -> code.restName().equals(name))
                .findFirst()
                .orElse(ErrorCode.INTERNAL);
    }

    /** A row of the table of errors, which includes what to do. */
    public ErrorCode code() {
        return code;
    }

    /** The parameter it is about, null if it is none in particular. */
    public @Nullable String target() {
        return target;
    }
}
