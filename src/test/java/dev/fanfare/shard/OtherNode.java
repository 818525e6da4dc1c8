package dev.fanfare.shard;

import dev.fanfare.broker.Claim;
import dev.fanfare.broker.Delivery;
import dev.fanfare.broker.Operation;
import dev.fanfare.broker.OperationResult;
import dev.fanfare.broker.Selector;
import dev.fanfare.broker.Subscriber;
import dev.fanfare.core.session.SessionState;
import io.vertx.core.Future;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/** A shard of another node, as seen by the former shard of a session. */
class OtherNode implements Subscriber {

    final AtomicInteger forwarded = new AtomicInteger();

    @Override
    public void forward(String connectionId, Delivery delivery) {
        forwarded.incrementAndGet();
        delivery.release();
    }

    @Override
    public boolean isRemote() {
        return true;
    }

    @Override
    public void deliver(Delivery delivery) {}

    @Override
    public Future<OperationResult> answer(Selector target, Operation operation) {
        return Future.succeededFuture(OperationResult.NONE);
    }

    @Override
    public Future<Optional<SessionState>> claim(Claim claim, Subscriber claimant) {
        return Future.succeededFuture(Optional.empty());
    }

    @Override
    public Future<Void> release(String connectionId) {
        return Future.succeededFuture();
    }

    @Override
    public Future<Boolean> reinstate(String connectionId) {
        return Future.succeededFuture(true);
    }

    @Override
    public Future<Void> barrier() {
        return Future.succeededFuture();
    }

    @Override
    public void writable() {}
}
