package dev.fanfare.event;

import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.client.HttpRequest;
import io.vertx.ext.web.client.HttpResponse;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One request to a handler and its response, bounded in bytes and time. Used on the handler's event loop. */
final class Exchange {

    private final Promise<Response> answer = Promise.promise();
    private final BoundedBody body;

    /**
     * A complete response.
     *
     * @param status the HTTP status
     */
    record Response(int status, MultiMap headers, Buffer body) {
        boolean ok() {
            return status >= 200 && status < 300;
        }
    }

    private Exchange(BoundedBody body) {
        this.body = body;
    }

    /**
     * Sends a request.
     *
     * @param content the body; null for none
     * @param onLeftUnread called when a response is left unread and its connection is therefore unusable
     */
    static Exchange send(
            HttpRequest<Buffer> request,
            @Nullable Buffer content,
            long maxBytes,
            ByteBudget byteBudget,
            Consumer<BoundedBody> onLeftUnread) {
        Promise<EventException> excess = Promise.promise();
        Exchange exchange = new Exchange(new BoundedBody(maxBytes, byteBudget, excess::complete, onLeftUnread));
        excess.future().onSuccess(exchange::stop);
        HttpRequest<Buffer> bounded = request.followRedirects(false).as(exchange.body);
        (content == null ? bounded.send() : bounded.sendBuffer(content))
                .onComplete(exchange::received, exchange::failed);
        return exchange;
    }

    /** Fails only with {@link EventException}. A response of any status is a success here. */
    Future<Response> answer() {
        return answer.future();
    }

    /** Cancels the request. */
    void stop(EventException why) {
        body.stop();
        answer.tryFail(why);
    }

    private void received(HttpResponse<Buffer> response) {
        Buffer content = response.body();
        body.stop();
        answer.tryComplete(
                new Response(response.statusCode(), response.headers(), content == null ? Buffer.buffer() : content));
    }

    private void failed(Throwable cause) {
        body.stop();
        boolean late = cause instanceof TimeoutException;
        answer.tryFail(late ? EventException.timedOut() : EventException.unreachable(cause));
    }
}
