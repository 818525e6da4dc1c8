package dev.fanfare.shard;

import dev.fanfare.broker.Subscriber;
import dev.fanfare.broker.Subscriptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The addresses that a shard subscribes to, with a reference count of the groups, users and hubs that need each. Confined to
 * the shard's thread. See {@code src/docs/decisions/0001}.
 */
final class LocalSubscriptions {

    private final Subscriber subscriber;
    private final Subscriptions subscriptions;
    private final Consumer<Runnable> onShard;
    private final Map<String, Interest> interests = new HashMap<>();

    /** @param onShard runs a task on the shard's thread */
    LocalSubscriptions(Subscriber subscriber, Subscriptions subscriptions, Consumer<Runnable> onShard) {
        this.subscriber = subscriber;
        this.subscriptions = subscriptions;
        this.onShard = onShard;
    }

    private static final class Interest {
        Promise<Void> active = Promise.promise();
        int count;
    }

    /**
     * Adds a reference to an address, and subscribes if it is the first. Completes on the shard's thread, at once if the
     * subscription is active. Each call must be paired with {@link #release}, also after a failure.
     */
    Future<Void> want(String address) {
        Interest interest = interests.get(address);
        if (interest == null) {
            interest = new Interest();
            interests.put(address, interest);
            subscribe(address, interest.active);
        } else if (interest.active.future().failed()) {
            interest.active = Promise.promise();
            subscribe(address, interest.active);
        }
        interest.count++;
        return interest.active.future();
    }

    private void subscribe(String address, Promise<Void> active) {
        subscriptions
                .subscribe(subscriber, address)
                .onComplete(result -> onShard.accept(() -> active.complete(null, result.cause())));
    }

    /** Completes on the shard's thread when the subscription to an acquired address is active. */
    Future<Void> active(String address) {
        Interest interest = interests.get(address);
        return interest == null
                ? Future.failedFuture(new IllegalStateException("not subscribed: address=" + address))
                : interest.active.future();
    }

    /** Drops a reference to an address, and unsubscribes if it was the last. */
    void drop(String address) {
        Interest interest = interests.get(address);
        if (interest != null && --interest.count == 0) {
            interests.remove(address);
            subscriptions.unsubscribe(subscriber, address);
        }
    }
}
