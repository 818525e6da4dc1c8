package dev.fanfare.event;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Supplier;

/**
 * Lets work of one connection be done one after the other, wherever in the node its session is, and that of others beside
 * it. Thread-safe.
 */
final class PerConnectionQueue {

    private final ConcurrentMap<String, Future<?>> last = new ConcurrentHashMap<>();

    /** How many connections have work. */
    int size() {
        return last.size();
    }

    /** Begins work when all earlier work of that connection has ended, however it did. */
    <T> Future<T> take(String connectionId, Supplier<Future<T>> work) {
        Promise<T> promise = Promise.promise();
        Future<T> mine = promise.future();
        Future<?> before = last.put(connectionId, mine);
        mine.onComplete(ended -> last.remove(connectionId, mine));
        if (before == null) {
            begin(work).onComplete(promise);
        } else {
            before.onComplete(ended -> begin(work).onComplete(promise));
        }
        return mine;
    }

    /** Work that throws has failed; what is behind it goes on. */
    private static <T> Future<T> begin(Supplier<Future<T>> work) {
        return Future.<Void>succeededFuture().compose(v -> work.get());
    }
}
