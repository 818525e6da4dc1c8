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
    private final Map<String, Usage> usages = new HashMap<>();

    /** @param onShard runs a task on the shard's thread */
    LocalSubscriptions(Subscriber subscriber, Subscriptions subscriptions, Consumer<Runnable> onShard) {
        this.subscriber = subscriber;
        this.subscriptions = subscriptions;
        this.onShard = onShard;
    }

    private static final class Usage {
        Promise<Void> active = Promise.promise();
        int count;
    }

    /**
     * Adds a reference to an address, and subscribes if it is the first. Completes on the shard's thread, at once if the
     * subscription is active. Each call must be paired with {@link #release}, also after a failure.
     */
    Future<Void> acquire(String address) {
        Usage usage = usages.get(address);
        if (usage == null) {
            usage = new Usage();
            usages.put(address, usage);
            subscribe(address, usage.active);
        } else if (usage.active.future().failed()) {
            usage.active = Promise.promise();
            subscribe(address, usage.active);
        }
        usage.count++;
        return usage.active.future();
    }

    private void subscribe(String address, Promise<Void> active) {
        subscriptions
                .subscribe(subscriber, address)
                .onComplete(result -> onShard.accept(() -> active.complete(null, result.cause())));
    }

    /** Completes on the shard's thread when the subscription to an acquired address is active. */
    Future<Void> active(String address) {
        Usage usage = usages.get(address);
        return usage == null
                ? Future.failedFuture(new IllegalStateException("not subscribed: address=" + address))
                : usage.active.future();
    }

    /** Drops a reference to an address, and unsubscribes if it was the last. */
    void release(String address) {
        Usage usage = usages.get(address);
        if (usage != null && --usage.count == 0) {
            usages.remove(address);
            subscriptions.unsubscribe(subscriber, address);
        }
    }
}
