package dev.fanfare.broker;

import dev.fanfare.core.session.SessionState;
import io.vertx.core.Future;
import java.util.Optional;

/**
 * A component that has connections: a shard. Any thread may call its methods; each returns at once and runs on the
 * subscriber's own thread, in the order of the calls from one thread.
 */
public interface Subscriber {

    /** A publication for connections that this subscriber may have. */
    void deliver(Delivery delivery);

    /** Performs an operation on the connections it has. Completes on any thread. */
    Future<OperationResult> answer(Selector target, Operation operation);

    /**
     * Hands over a session, if it is here and the token is valid. From then on everything that arrives for the session
     * is forwarded to the claimant, until {@link #release}.
     */
    Future<Optional<SessionState>> claim(Claim claim, Subscriber claimant);

    /** The claimant receives everything directly. Completes behind the last {@link #forward}. */
    Future<Void> release(String connectionId);

    /**
     * The claimant did not take the session: resumes it here with everything that has arrived since. Completes when it
     * can be claimed again; with false if it had ended.
     */
    Future<Boolean> reinstate(String connectionId);

    /** A publication for a session that this subscriber claimed, from the former owner. */
    void forward(String connectionId, Delivery delivery);

    /** Whether it stands for a shard of another node: what it is given leaves this node. */
    default boolean isRemote() {
        return false;
    }

    /** Completes, on any thread, when the subscriber's thread has finished its current work. */
    Future<Void> barrier();

    /** Publishers that are waiting may resume. */
    void writable();
}
