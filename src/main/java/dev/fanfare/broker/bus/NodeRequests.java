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
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Requests to other nodes. A request fails at its deadline, and before that when its node becomes silent or leaves.
 * Thread-safe; bounded by the deadlines.
 */
final class NodeRequests {

    private final Vertx vertx;
    private final Predicate<String> answers;
    private final ToIntFunction<String> versions;
    private final Consumer<Unread> unread;
    private final ConcurrentMap<String, Set<Promise<?>>> pending = new ConcurrentHashMap<>();

    /**
     * @param answers whether a node is expected to answer; checked again after each request is registered
     * @param versions the version of the protocol to use towards a node
     * @param unread receives replies that cannot be read, on any thread
     */
    NodeRequests(Vertx vertx, Predicate<String> answers, ToIntFunction<String> versions, Consumer<Unread> unread) {
        this.vertx = vertx;
        this.answers = answers;
        this.versions = versions;
        this.unread = unread;
    }

    /** Receives a reply that arrives after its request has failed. */
    interface Late<T> {
        void arrived(T answer);
    }

    /**
     * Completes on the caller's context; with null if the reply cannot be read.
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
        Framed<Object> request = new Framed<>(body, versions.applyAsInt(node));
        vertx.eventBus().request(Addresses.node(node), request, options).onComplete(answer -> {
            remove(node, promise);
            if (answer.failed()) {
                promise.tryFail(answer.cause());
                return;
            }
            @SuppressWarnings("unchecked") // each kind of request is answered with one codec
            T value = (T) read(answer.result().body());
            if (!promise.tryComplete(value)) {
                late.arrived(value);
            }
        });
        if (!answers.test(node)) {
            fail(node); // it became silent in between
        }
        return promise.future();
    }

    /** Null if it cannot be read. */
    @SuppressWarnings("NullAway") // a promise may be completed with null
    private Object read(Object reply) {
        if (reply instanceof Framed<?> framed) {
            return framed.value();
        }
        unread.accept(reply instanceof Unread known ? known : new Unread(MessageKind.RESULT, false));
        return null;
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
