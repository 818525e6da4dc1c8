package dev.fanfare.broker.bus;

import dev.fanfare.broker.Claim;
import dev.fanfare.broker.Delivery;
import dev.fanfare.broker.Operation;
import dev.fanfare.broker.OperationResult;
import dev.fanfare.broker.Selector;
import dev.fanfare.broker.Subscriber;
import dev.fanfare.core.session.SessionState;
import io.vertx.core.Future;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/** A subscriber that records calls and returns what the test supplies. */
class FakeSubscriber implements Subscriber {

    final List<Delivery> deliveries = new CopyOnWriteArrayList<>();
    final List<String> released = new CopyOnWriteArrayList<>();
    final List<String> reinstated = new CopyOnWriteArrayList<>();
    final AtomicInteger claims = new AtomicInteger();
    final AtomicInteger resumed = new AtomicInteger();
    volatile Supplier<Future<OperationResult>> answers = () -> Future.succeededFuture(OperationResult.NONE);
    volatile Supplier<Future<Optional<SessionState>>> sessions = () -> Future.succeededFuture(Optional.empty());

    @Override
    public void deliver(Delivery delivery) {
        deliveries.add(delivery);
    }

    @Override
    public Future<OperationResult> answer(Selector target, Operation operation) {
        return answers.get();
    }

    @Override
    public Future<Optional<SessionState>> claim(Claim claim, Subscriber claimant) {
        claims.incrementAndGet();
        return sessions.get();
    }

    @Override
    public Future<Void> release(String connectionId) {
        released.add(connectionId);
        return Future.succeededFuture();
    }

    @Override
    public Future<Boolean> reinstate(String connectionId) {
        reinstated.add(connectionId);
        return Future.succeededFuture(true);
    }

    @Override
    public void forward(String connectionId, Delivery delivery) {
        deliveries.add(delivery);
    }

    @Override
    public Future<Void> barrier() {
        return Future.succeededFuture();
    }

    @Override
    public void writable() {
        resumed.incrementAndGet();
    }
}
