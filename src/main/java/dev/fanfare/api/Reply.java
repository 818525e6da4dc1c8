package dev.fanfare.api;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/** The answer to a successful call. */
record Reply(
        int status,
        @Nullable String contentType,
        @Nullable Buffer body,
        @Nullable JsonObject json) {

    static final String JSON = "application/json; charset=utf-8";

    static final Reply OK = new Reply(200, null, null, null);
    static final Reply ACCEPTED = new Reply(202, null, null, null);
    static final Reply NO_CONTENT = new Reply(204, null, null, null);

    static Reply json(JsonObject body) {
        return new Reply(200, null, null, body);
    }

    static Reply document(String contentType, Buffer body) {
        return new Reply(200, contentType, body, null);
    }

    /** Something was created, and this is it. */
    static Reply created(JsonObject body) {
        return new Reply(201, null, null, body);
    }

    void send(HttpServerResponse response) {
        response.setStatusCode(status);
        if (json != null) {
            response.putHeader(HttpHeaders.CONTENT_TYPE, JSON).end(json.toBuffer());
        } else if (body == null || contentType == null) {
            response.end();
        } else {
            response.putHeader(HttpHeaders.CONTENT_TYPE, contentType).end(body);
        }
    }
}
