package dev.fanfare.event;

import dev.fanfare.ops.Metrics;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import org.jspecify.annotations.Nullable;

/**
 * An event for one handler, from when it was raised until it is answered or given up. Thread-safe, but for what its lane
 * keeps in it.
 */
final class PendingEvent {

    private final CloudEvent event;
    private final Metrics.Event kind;
    private final Promise<Exchange.Response> answer = Promise.promise();

    // Of the lane.
    int attempts;
    boolean inFlight;
    long deadlineMillis;
    long timer;

    @Nullable
    Exchange exchange;

    PendingEvent(CloudEvent event, Metrics.Event kind) {
        this.event = event;
        this.kind = kind;
    }

    CloudEvent event() {
        return event;
    }

    /** Whether the answer decides who may connect. */
    boolean isConnect() {
        return kind == Metrics.Event.CONNECT;
    }

    /** Whether somebody waits for the answer; else it may come when the handler is well again. */
    boolean blocking() {
        return kind == Metrics.Event.CONNECT || kind == Metrics.Event.USER;
    }

    /** An answer with a status of success; fails with {@link EventException} only. */
    Future<Exchange.Response> answer() {
        return answer.future();
    }

    boolean over() {
        return answer.future().isComplete();
    }

    void complete(Exchange.Response given) {
        answer.tryComplete(given);
    }

    /** Gives it up, from any thread. */
    void fail(EventException why) {
        answer.tryFail(why);
    }
}
