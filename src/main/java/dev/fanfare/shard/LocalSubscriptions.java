package dev.fanfare.shard;

import dev.fanfare.broker.Subscriber;
import dev.fanfare.broker.Subscriptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The slots that a shard subscribes to, with a reference count of the groups, users and hubs that need each. Confined to
 * the shard's thread. See {@code src/docs/decisions/0001}.
 */
final class LocalSubscriptions {

    private final Subscriber subscriber;
    private final Subscriptions subscriptions;
    private final Consumer<Runnable> onShard;
    private final Map<Integer, Usage> usages = new HashMap<>();

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
     * Adds a reference to a slot, and subscribes if it is the first. Completes on the shard's thread, at once if the
     * subscription is active. Each call must be paired with {@link #release}, also after a failure.
     */
    Future<Void> acquire(int slot) {
        Usage usage = usages.get(slot);
        if (usage == null) {
            usage = new Usage();
            usages.put(slot, usage);
            subscribe(slot, usage.active);
        } else if (usage.active.future().failed()) {
            usage.active = Promise.promise();
            subscribe(slot, usage.active);
        }
        usage.count++;
        return usage.active.future();
    }

    private void subscribe(int slot, Promise<Void> active) {
        subscriptions
                .subscribe(subscriber, slot)
                .onComplete(result -> onShard.accept(() -> active.complete(null, result.cause())));
    }

    /** Completes on the shard's thread when the subscription to an acquired slot is active. */
    Future<Void> active(int slot) {
        Usage usage = usages.get(slot);
        return usage == null
                ? Future.failedFuture(new IllegalStateException("not subscribed: slot=" + slot))
                : usage.active.future();
    }

    /** Drops a reference to a slot, and unsubscribes if it was the last. */
    void release(int slot) {
        Usage usage = usages.get(slot);
        if (usage != null && --usage.count == 0) {
            usages.remove(slot);
            subscriptions.unsubscribe(subscriber, slot);
        }
    }
}
