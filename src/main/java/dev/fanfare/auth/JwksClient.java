package dev.fanfare.auth;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxException;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Fetches published keys: at most {@value #MAX_BYTES} bytes within {@value #TIMEOUT_SECONDS} s, without redirects or
 * compression. Shared by all issuers.
 */
final class JwksClient {

    static final int MAX_BYTES = 512 * 1024;
    static final int TIMEOUT_SECONDS = 5;

    private static final int OK = 200;

    private final Vertx vertx;
    private final HttpClient http;

    JwksClient(Vertx vertx) {
        this.vertx = vertx;
        int timeoutMillis = (int) TimeUnit.SECONDS.toMillis(TIMEOUT_SECONDS);
        this.http = vertx.createHttpClient(new HttpClientOptions()
                .setConnectTimeout(timeoutMillis)
                .setSslHandshakeTimeout(TIMEOUT_SECONDS)
                .setKeepAliveTimeout(TIMEOUT_SECONDS));
    }

    /** @throws IllegalArgumentException if it is not an http or https URL */
    static RequestOptions request(String url) {
        try {
            return new RequestOptions()
                    .setMethod(HttpMethod.GET)
                    .setAbsoluteURI(url)
                    .putHeader(HttpHeaders.ACCEPT, "application/jwk-set+json, application/json");
        } catch (VertxException e) {
            throw new IllegalArgumentException("jwksUrl must be an absolute URL of http or https", e);
        }
    }

    /**
     * The body of a response with status 200; fails within the time limit. Call it on the context that handles the
     * result.
     */
    Future<Buffer> fetch(RequestOptions request) {
        JwksRequest jwksRequest = new JwksRequest();
        jwksRequest.timer = vertx.setTimer(
                TimeUnit.SECONDS.toMillis(TIMEOUT_SECONDS),
                id -> jwksRequest.fail(new IOException("no complete answer within " + TIMEOUT_SECONDS + " s")));
        http.request(request).onComplete(jwksRequest::send, jwksRequest::fail);
        return jwksRequest.body.future();
    }

    Future<Void> close() {
        return http.close();
    }

    /** One request and its response. */
    private final class JwksRequest {

        private final Promise<Buffer> body = Promise.promise();
        private final Buffer received = Buffer.buffer();
        private long timer;
        private @Nullable HttpClientRequest request;

        void send(HttpClientRequest opened) {
            request = opened;
            if (body.future().isComplete()) {
                opened.reset();
                return;
            }
            opened.setFollowRedirects(false);
            opened.send().onComplete(this::read, this::fail);
        }

        private void read(HttpClientResponse response) {
            response.exceptionHandler(this::fail);
            if (response.statusCode() != OK) {
                fail(new IOException("the answer has status " + response.statusCode()));
                return;
            }
            response.endHandler(end -> {
                vertx.cancelTimer(timer);
                body.tryComplete(received);
            });
            response.handler(this::append);
        }

        private void append(Buffer chunk) {
            if (received.length() + chunk.length() > MAX_BYTES) {
                fail(new IOException("the answer has more than " + MAX_BYTES + " bytes"));
            } else {
                received.appendBuffer(chunk);
            }
        }

        void fail(Throwable cause) {
            vertx.cancelTimer(timer);
            if (body.tryFail(cause) && request != null) {
                request.reset();
            }
        }
    }
}
