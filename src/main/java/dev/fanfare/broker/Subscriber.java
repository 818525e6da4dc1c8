package dev.fanfare.broker;

import dev.fanfare.core.session.SessionState;
import io.vertx.core.Future;
import java.util.Optional;

/**
 * One who has connections: a shard. Every method may be called from any thread, returns at once and moves the work to the
 * subscriber's own; the order of calls from one thread is kept.
 */
public interface Subscriber {

    /** A publication for connections of which this subscriber may have some. */
    void deliver(Delivery delivery);

    /** Does something to those connections it has; completes on any thread. */
    Future<OperationResult> answer(Selector target, Operation operation);

    /**
     * Gives a session up, if it has it and the token is right. From then on everything that arrives for the session is
     * handed to the claimant, until {@link #release}.
     */
    Future<Optional<SessionState>> claim(Claim claim, Subscriber claimant);

    /** The claimant hears of everything itself now. Completes behind the last {@link #forward}. */
    Future<Void> release(String connectionId);

    /**
     * The claimant does not want the session that was given up: it is here again, with all that has arrived for it since.
     * Completes when it can be claimed; with false if it had ended before.
     */
    Future<Boolean> reinstate(String connectionId);

    /** A publication for a session that this subscriber claimed, from the one who had it. */
    void forward(String connectionId, Delivery delivery);

    /** Whether it stands for one on another node: what it is given leaves this node. */
    default boolean isRemote() {
        return false;
    }

    /** Completes, on any thread, when the subscriber's own is done with what it does now. */
    Future<Void> barrier();

    /** Publishers who were told to wait may go on. */
    void writable();
}
