package dev.fanfare.broker.bus;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.internal.ContextInternal;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Requests to other nodes. A request fails at its deadline, and before that when its node becomes silent or leaves.
 * Thread-safe; bounded by the deadlines.
 */
final class NodeRequests {

    private final Vertx vertx;
    private final Predicate<String> answers;
    private final ConcurrentMap<String, Set<Promise<?>>> pending = new ConcurrentHashMap<>();

    /** @param answers whether a node is expected to answer; checked again after each request is registered */
    NodeRequests(Vertx vertx, Predicate<String> answers) {
        this.vertx = vertx;
        this.answers = answers;
    }

    /** Receives a reply that arrives after its request has failed. */
    interface Late<T> {
        void arrived(T answer);
    }

    /**
     * Completes on the caller's context.
     *
     * @param options with the deadline
     */
    <T> Future<@Nullable T> request(String node, Object body, DeliveryOptions options, Late<@Nullable T> late) {
        Promise<@Nullable T> promise = ((ContextInternal) vertx.getOrCreateContext()).promise();
        if (!answers.test(node)) {
            promise.fail(unreachable(node));
            return promise.future();
        }
        add(node, promise);
        vertx.eventBus().<T>request(Addresses.node(node), body, options).onComplete(answer -> {
            remove(node, promise);
            if (answer.failed()) {
                promise.tryFail(answer.cause());
            } else if (!promise.tryComplete(answer.result().body())) {
                late.arrived(answer.result().body());
            }
        });
        if (!answers.test(node)) {
            fail(node); // it became silent in between
        }
        return promise.future();
    }

    private void add(String node, Promise<?> promise) {
        pending.compute(node, (id, promises) -> {
            Set<Promise<?>> all = promises == null ? ConcurrentHashMap.newKeySet() : promises;
            all.add(promise);
            return all;
        });
    }

    private void remove(String node, Promise<?> promise) {
        pending.computeIfPresent(node, (id, promises) -> {
            promises.remove(promise);
            return promises.isEmpty() ? null : promises;
        });
    }

    /** Fails all requests to a node that no longer answers. */
    void fail(String node) {
        Set<Promise<?>> waiting = pending.get(node);
        if (waiting != null) {
            List.copyOf(waiting).forEach(promise -> promise.tryFail(unreachable(node)));
        }
    }

    /** Number of requests without a reply. */
    int size() {
        return pending.values().stream().mapToInt(Set::size).sum();
    }

    private static Throwable unreachable(String node) {
        return new UnreachableException(node);
    }

    /** The node is silent, or has left. */
    private static final class UnreachableException extends RuntimeException {
        private static final long serialVersionUID = 1;

        UnreachableException(String node) {
            super("node=" + node + " is silent or has left", null, false, false);
        }
    }
}
