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

    private static final int A = 1;

    private final FakeSubscriptions subscriptions = new FakeSubscriptions();
    private final LocalSubscriptions localSubscriptions =
            new LocalSubscriptions(new OtherNode(), subscriptions, Runnable::run);

    @Test
    void theFirstWantSubscribesAndTheLastDropUnsubscribes() {
        localSubscriptions.acquire(A);
        localSubscriptions.acquire(A);
        assertEquals(List.of("+1"), subscriptions.calls);
        localSubscriptions.release(A);
        assertEquals(List.of("+1"), subscriptions.calls);
        localSubscriptions.release(A);
        assertEquals(List.of("+1", "-1"), subscriptions.calls);
        localSubscriptions.release(A);
        assertEquals(2, subscriptions.calls.size());
    }

    @Test
    void allWhoWantASlotWaitForTheSameSubscription() {
        Future<Void> first = localSubscriptions.acquire(A);
        Future<Void> second = localSubscriptions.acquire(A);
        Future<Void> third = localSubscriptions.active(A);
        assertFalse(first.isComplete() || second.isComplete() || third.isComplete());
        subscriptions.pending.get(0).complete();
        assertTrue(first.succeeded() && second.succeeded() && third.succeeded());
        assertTrue(localSubscriptions.acquire(A).succeeded());
    }

    @Test
    void aSlotNobodyWantsIsNotActive() {
        assertTrue(localSubscriptions.active(A).failed());
    }

    @Test
    void afterAFailureTheNextWantTriesAgain() {
        Future<Void> first = localSubscriptions.acquire(A);
        subscriptions.pending.get(0).fail("no such luck");
        assertTrue(first.failed());
        Future<Void> second = localSubscriptions.acquire(A);
        assertEquals(List.of("+1", "+1"), subscriptions.calls);
        subscriptions.pending.get(1).complete();
        assertTrue(second.succeeded());
    }

    @Test
    void whoFailedAndDropsLateDoesNotTakeTheSlotFromWhoSucceeded() {
        localSubscriptions.acquire(A);
        subscriptions.pending.get(0).fail("no such luck");
        Future<Void> second = localSubscriptions.acquire(A);
        subscriptions.pending.get(1).complete();
        localSubscriptions.release(A); // the first one
        assertTrue(second.succeeded());
        assertEquals(List.of("+1", "+1"), subscriptions.calls);
        assertTrue(localSubscriptions.active(A).succeeded());
        localSubscriptions.release(A);
        assertEquals(List.of("+1", "+1", "-1"), subscriptions.calls);
    }

    @Test
    void anAnswerThatComesAfterTheDropChangesNothing() {
        localSubscriptions.acquire(A);
        localSubscriptions.release(A);
        Future<Void> again = localSubscriptions.acquire(A);
        subscriptions.pending.get(0).fail("no such luck");
        assertFalse(again.isComplete());
        subscriptions.pending.get(1).complete();
        assertTrue(again.succeeded());
    }

    private static final class FakeSubscriptions implements Subscriptions {
        final List<String> calls = new ArrayList<>();
        final List<Promise<Void>> pending = new ArrayList<>();

        @Override
        public Future<Void> subscribe(Subscriber subscriber, int slot) {
            calls.add("+" + slot);
            Promise<Void> promise = Promise.promise();
            pending.add(promise);
            return promise.future();
        }

        @Override
        public void unsubscribe(Subscriber subscriber, int slot) {
            calls.add("-" + slot);
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
        public int groupSlot(String hub, String group) {
            return 0;
        }

        @Override
        public int userSlot(String hub, String userId) {
            return 0;
        }

        @Override
        public int hubSlot(String hub) {
            return 0;
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
