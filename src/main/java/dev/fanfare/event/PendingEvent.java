package dev.fanfare.event;

import dev.fanfare.ops.Metrics;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import org.jspecify.annotations.Nullable;

/**
 * An event for one handler, from when it is raised until it is answered or given up. Thread-safe except for the fields
 * of its queue.
 */
final class PendingEvent {

    private final CloudEvent event;
    private final Metrics.EventKind kind;
    private final Promise<Exchange.Response> answer = Promise.promise();

    // Used by the queue, on the handler's event loop.
    int attempts;
    boolean inFlight;
    long deadlineMillis;
    long timer;

    @Nullable
    Exchange exchange;

    PendingEvent(CloudEvent event, Metrics.EventKind kind) {
        this.event = event;
        this.kind = kind;
    }

    CloudEvent event() {
        return event;
    }

    /** Whether the answer decides if the client may connect, or register to do so. */
    boolean isConnect() {
        return kind == Metrics.EventKind.CONNECT || kind == Metrics.EventKind.REGISTER;
    }

    /** Whether a caller waits for the answer; otherwise it may wait until the handler has recovered. */
    boolean blocking() {
        return isConnect() || kind == Metrics.EventKind.USER;
    }

    /** Completes with an answer of a success status; fails only with {@link EventException}. */
    Future<Exchange.Response> answer() {
        return answer.future();
    }

    boolean over() {
        return answer.future().isComplete();
    }

    void complete(Exchange.Response given) {
        answer.tryComplete(given);
    }

    /** Gives it up. Any thread. */
    void fail(EventException why) {
        answer.tryFail(why);
    }
}
