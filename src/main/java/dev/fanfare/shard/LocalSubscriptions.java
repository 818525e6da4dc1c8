package dev.fanfare.shard;

import dev.fanfare.broker.Subscriber;
import dev.fanfare.broker.Subscriptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The addresses a shard wants to hear of, each counted by how many groups, users and hubs it stands for. Belongs to the
 * shard's thread.
 */
final class LocalSubscriptions {

    private final Subscriber subscriber;
    private final Subscriptions subscriptions;
    private final Consumer<Runnable> onShard;
    private final Map<String, Interest> interests = new HashMap<>();

    /** @param onShard runs something on the shard's thread */
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
     * Wants an address, once more for each call. Completes on the shard's thread, at once if it hears of the address
     * already. Whether or not it succeeds, {@link #drop} takes it back.
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

    /** Completes on the shard's thread when an address that was wanted before is being heard of. */
    Future<Void> active(String address) {
        Interest interest = interests.get(address);
        return interest == null
                ? Future.failedFuture(new IllegalStateException("not wanted: address=" + address))
                : interest.active.future();
    }

    /** No longer wants an address it wanted before. */
    void drop(String address) {
        Interest interest = interests.get(address);
        if (interest != null && --interest.count == 0) {
            interests.remove(address);
            subscriptions.unsubscribe(subscriber, address);
        }
    }
}
