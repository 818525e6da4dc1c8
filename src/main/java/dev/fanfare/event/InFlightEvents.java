package dev.fanfare.event;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** The events that handlers have not answered yet. Thread-safe. */
final class InFlightEvents {

    private final Set<PendingEvent> pending = ConcurrentHashMap.newKeySet();
    private final AtomicInteger others = new AtomicInteger();
    private volatile @Nullable Promise<Void> none;

    void add(PendingEvent pendingEvent) {
        pending.add(pendingEvent);
        pendingEvent.answer().onComplete(ended -> {
            pending.remove(pendingEvent);
            checkNone();
        });
    }

    /** Waits for other work too, which cannot be given up. */
    void await(Future<?> work) {
        others.incrementAndGet();
        work.onComplete(ended -> {
            others.decrementAndGet();
            checkNone();
        });
    }

    int count() {
        return pending.size();
    }

    /** Completes when none is left. Called once, when no more are added. */
    Future<Void> none() {
        Promise<Void> promise = Promise.promise();
        none = promise;
        checkNone();
        return promise.future();
    }

    private void checkNone() {
        Promise<Void> waiting = none;
        if (waiting != null && pending.isEmpty() && others.get() == 0) {
            waiting.tryComplete();
        }
    }

    /** Gives up all events. Returns how many. */
    int abandon() {
        int count = 0;
        for (PendingEvent pendingEvent : pending) {
            pendingEvent.fail(EventException.stopped());
            count++;
        }
        return count;
    }
}
