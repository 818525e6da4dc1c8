package dev.fanfare.event;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Supplier;

/**
 * Runs the work of each connection one at a time and in order, wherever in the node its session is, and the work of
 * different connections concurrently. Thread-safe.
 */
final class PerConnectionQueue {

    private final ConcurrentMap<String, Future<?>> last = new ConcurrentHashMap<>();

    /** The number of connections with work. */
    int size() {
        return last.size();
    }

    /** Starts work when all earlier work of that connection has ended, with whatever outcome. */
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

    /** An exception fails the work; later work still runs. */
    private static <T> Future<T> begin(Supplier<Future<T>> work) {
        return Future.<Void>succeededFuture().compose(v -> work.get());
    }
}
