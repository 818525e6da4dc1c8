package dev.fanfare.api;

import dev.fanfare.core.ErrorCode;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/**
 * An error answer; the only place that makes error bodies.
 *
 * @param message for people; never contains a secret
 * @param target the parameter it is about, null if it is none in particular
 * @param retrySeconds when to come back, if that helps
 */
record ErrorBody(ErrorCode code, String message, @Nullable String target, long retrySeconds) {

    private static final int RETRY_SECONDS = 1;

    ErrorBody(ErrorCode code, String message, @Nullable String target) {
        this(code, message, target, RETRY_SECONDS);
    }

    void send(HttpServerRequest request) {
        HttpServerResponse response = request.response();
        response.setStatusCode(code.httpStatus()).putHeader("x-ms-error-code", code.restName());
        switch (code) {
            case UNAUTHORIZED -> {
                if (!response.headers().contains("WWW-Authenticate")) {
                    response.putHeader("WWW-Authenticate", "Bearer");
                }
            }
            case TOO_MANY_REQUESTS, UNAVAILABLE, TIMEOUT ->
                response.putHeader(HttpHeaders.RETRY_AFTER, String.valueOf(retrySeconds));
            default -> {}
        }
        if (HttpMethod.HEAD.equals(request.method())) {
            response.end();
        } else {
            response.putHeader(HttpHeaders.CONTENT_TYPE, Reply.JSON).end(body().toBuffer());
        }
    }

    /** The body for the caller. */
    JsonObject body() {
        JsonObject body = new JsonObject().put("code", code.restName()).put("message", message);
        return target == null ? body : body.put("target", target);
    }
}
