package dev.fanfare.shard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.broker.Claim;
import dev.fanfare.broker.Subscriber;
import dev.fanfare.broker.Subscriptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class LocalSubscriptionsTest {

    private final FakeSubscriptions subscriptions = new FakeSubscriptions();
    private final LocalSubscriptions localSubscriptions =
            new LocalSubscriptions(new OtherNode(), subscriptions, Runnable::run);

    @Test
    void theFirstWantSubscribesAndTheLastDropUnsubscribes() {
        localSubscriptions.acquire("a");
        localSubscriptions.acquire("a");
        assertEquals(List.of("+a"), subscriptions.calls);
        localSubscriptions.release("a");
        assertEquals(List.of("+a"), subscriptions.calls);
        localSubscriptions.release("a");
        assertEquals(List.of("+a", "-a"), subscriptions.calls);
        localSubscriptions.release("a");
        assertEquals(2, subscriptions.calls.size());
    }

    @Test
    void allWhoWantAnAddressWaitForTheSameSubscription() {
        Future<Void> first = localSubscriptions.acquire("a");
        Future<Void> second = localSubscriptions.acquire("a");
        Future<Void> third = localSubscriptions.active("a");
        assertFalse(first.isComplete() || second.isComplete() || third.isComplete());
        subscriptions.pending.get(0).complete();
        assertTrue(first.succeeded() && second.succeeded() && third.succeeded());
        assertTrue(localSubscriptions.acquire("a").succeeded());
    }

    @Test
    void anAddressNobodyWantsIsNotActive() {
        assertTrue(localSubscriptions.active("a").failed());
    }

    @Test
    void afterAFailureTheNextWantTriesAgain() {
        Future<Void> first = localSubscriptions.acquire("a");
        subscriptions.pending.get(0).fail("no such luck");
        assertTrue(first.failed());
        Future<Void> second = localSubscriptions.acquire("a");
        assertEquals(List.of("+a", "+a"), subscriptions.calls);
        subscriptions.pending.get(1).complete();
        assertTrue(second.succeeded());
    }

    @Test
    void whoFailedAndDropsLateDoesNotTakeTheAddressFromWhoSucceeded() {
        localSubscriptions.acquire("a");
        subscriptions.pending.get(0).fail("no such luck");
        Future<Void> second = localSubscriptions.acquire("a");
        subscriptions.pending.get(1).complete();
        localSubscriptions.release("a"); // the first one
        assertTrue(second.succeeded());
        assertEquals(List.of("+a", "+a"), subscriptions.calls);
        assertTrue(localSubscriptions.active("a").succeeded());
        localSubscriptions.release("a");
        assertEquals(List.of("+a", "+a", "-a"), subscriptions.calls);
    }

    @Test
    void anAnswerThatComesAfterTheDropChangesNothing() {
        localSubscriptions.acquire("a");
        localSubscriptions.release("a");
        Future<Void> again = localSubscriptions.acquire("a");
        subscriptions.pending.get(0).fail("no such luck");
        assertFalse(again.isComplete());
        subscriptions.pending.get(1).complete();
        assertTrue(again.succeeded());
    }

    private static final class FakeSubscriptions implements Subscriptions {
        final List<String> calls = new ArrayList<>();
        final List<Promise<Void>> pending = new ArrayList<>();

        @Override
        public Future<Void> subscribe(Subscriber subscriber, String address) {
            calls.add("+" + address);
            Promise<Void> promise = Promise.promise();
            pending.add(promise);
            return promise.future();
        }

        @Override
        public void unsubscribe(Subscriber subscriber, String address) {
            calls.add("-" + address);
        }

        @Override
        public Future<Void> attach(Subscriber subscriber) {
            return Future.succeededFuture();
        }

        @Override
        public Future<Void> detach(Subscriber subscriber) {
            return Future.succeededFuture();
        }

        @Override
        public String groupAddress(String hub, String group) {
            return group;
        }

        @Override
        public String userAddress(String hub, String userId) {
            return userId;
        }

        @Override
        public String hubAddress(String hub) {
            return hub;
        }

        @Override
        public Future<Optional<Claimed>> claim(Claim claim, Subscriber claimant) {
            return Future.succeededFuture(Optional.empty());
        }

        @Override
        public Future<Void> release(Claimed claimed) {
            return Future.succeededFuture();
        }

        @Override
        public void ended(String connectionId) {}

        @Override
        public void settled(long bytes) {}
    }
}
