package dev.fanfare.shard;

import dev.fanfare.broker.Claim;
import dev.fanfare.broker.Subscriber;
import dev.fanfare.broker.Subscriptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/** Subscriptions of a broker that a test can delay or fail. */
final class HeldSubscriptions implements Subscriptions {

    private final Subscriptions broker;

    /** Delays these subscriptions until the future completes; a failure fails them. */
    volatile IntFunction<Future<Void>> subscribing = slot -> Future.succeededFuture();

    /** Delays the answers to claims. */
    volatile Future<Void> claiming = Future.succeededFuture();

    /** Replaces the answers to claims; null for those of the broker. */
    volatile @Nullable Future<Optional<Claimed>> claimed;

    /** How many sessions claimants have asked their former shards to release. */
    final AtomicInteger releases = new AtomicInteger();

    /** The slots from which shards have unsubscribed. */
    final Set<Integer> unsubscribed = ConcurrentHashMap.newKeySet();

    HeldSubscriptions(Subscriptions broker) {
        this.broker = broker;
    }

    /** Makes subscriptions to some slots fail. */
    void fail(IntPredicate slots) {
        subscribing = slot -> slots.test(slot)
                ? Future.failedFuture(new IllegalStateException("no such luck"))
                : Future.succeededFuture();
    }

    @Override
    public Future<Void> attach(Subscriber subscriber) {
        return broker.attach(subscriber);
    }

    @Override
    public Future<Void> detach(Subscriber subscriber) {
        return broker.detach(subscriber);
    }

    @Override
    public int groupSlot(String hub, String group) {
        return broker.groupSlot(hub, group);
    }

    @Override
    public int userSlot(String hub, String userId) {
        return broker.userSlot(hub, userId);
    }

    @Override
    public int hubSlot(String hub) {
        return broker.hubSlot(hub);
    }

    @Override
    public Future<Void> subscribe(Subscriber subscriber, int slot) {
        Future<Void> held = subscribing.apply(slot);
        return broker.subscribe(subscriber, slot).compose(v -> held);
    }

    @Override
    public void unsubscribe(Subscriber subscriber, int slot) {
        broker.unsubscribe(subscriber, slot);
        unsubscribed.add(slot);
    }

    @Override
    public Future<Optional<Claimed>> claim(Claim claim, Subscriber claimant) {
        Future<Optional<Claimed>> answer = claimed;
        if (answer != null) {
            return answer;
        }
        Future<Void> held = claiming;
        Promise<Optional<Claimed>> promise = Promise.promise();
        broker.claim(claim, claimant).onComplete(result -> held.onComplete(v -> promise.handle(result)));
        return promise.future();
    }

    @Override
    public Future<Void> release(Claimed claimed) {
        Future<Void> released = this.claimed == null
                ? broker.release(claimed)
                : claimed.release().get();
        releases.incrementAndGet();
        return released;
    }

    @Override
    public void ended(String connectionId) {
        broker.ended(connectionId);
    }

    @Override
    public void settled(long bytes) {
        broker.settled(bytes);
    }
}
