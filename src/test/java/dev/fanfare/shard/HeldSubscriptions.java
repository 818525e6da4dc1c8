package dev.fanfare.shard;

import dev.fanfare.broker.Claim;
import dev.fanfare.broker.Subscriber;
import dev.fanfare.broker.Subscriptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;

/** Subscriptions of a broker that a test can delay or fail. */
final class HeldSubscriptions implements Subscriptions {

    private final Subscriptions broker;

    /** Delays these subscriptions until the future completes; a failure fails them. */
    volatile Function<String, Future<Void>> subscribing = address -> Future.succeededFuture();

    /** Delays the answers to claims. */
    volatile Future<Void> claiming = Future.succeededFuture();

    HeldSubscriptions(Subscriptions broker) {
        this.broker = broker;
    }

    /** Makes subscriptions to some addresses fail. */
    void fail(Predicate<String> addresses) {
        subscribing = address -> addresses.test(address)
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
    public String groupAddress(String hub, String group) {
        return broker.groupAddress(hub, group);
    }

    @Override
    public String userAddress(String hub, String userId) {
        return broker.userAddress(hub, userId);
    }

    @Override
    public String hubAddress(String hub) {
        return broker.hubAddress(hub);
    }

    @Override
    public Future<Void> subscribe(Subscriber subscriber, String address) {
        Future<Void> held = subscribing.apply(address);
        return broker.subscribe(subscriber, address).compose(v -> held);
    }

    @Override
    public void unsubscribe(Subscriber subscriber, String address) {
        broker.unsubscribe(subscriber, address);
    }

    @Override
    public Future<Optional<Claimed>> claim(Claim claim, Subscriber claimant) {
        Future<Void> held = claiming;
        Promise<Optional<Claimed>> promise = Promise.promise();
        broker.claim(claim, claimant).onComplete(result -> held.onComplete(v -> promise.handle(result)));
        return promise.future();
    }

    @Override
    public Future<Void> release(Claimed claimed) {
        return broker.release(claimed);
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
