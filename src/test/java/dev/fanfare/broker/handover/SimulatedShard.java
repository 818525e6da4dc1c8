package dev.fanfare.broker.handover;

import dev.fanfare.broker.Claim;
import dev.fanfare.broker.Delivery;
import dev.fanfare.broker.Operation;
import dev.fanfare.broker.OperationResult;
import dev.fanfare.broker.Selector;
import dev.fanfare.broker.Subscriber;
import dev.fanfare.core.ConnectionType;
import dev.fanfare.core.Permissions;
import dev.fanfare.core.session.AckIds;
import dev.fanfare.core.session.EventState;
import dev.fanfare.core.session.Identity;
import dev.fanfare.core.session.Retention;
import dev.fanfare.core.session.SessionState;
import dev.fanfare.core.session.TokenGrant;
import dev.fanfare.core.session.Unacknowledged;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Owns sessions as a shard does, and nothing else. Single-threaded. */
final class SimulatedShard implements Subscriber {

    private final Map<String, Copy> copies = new HashMap<>();
    private final List<String> ended = new ArrayList<>();
    private final Consumer<String> reinstating;
    private final Consumer<String> ending;
    private boolean overflowing;

    /**
     * @param reinstating receives the sessions that another node did not take
     * @param ending receives those of them that end at once
     */
    SimulatedShard(Consumer<String> reinstating, Consumer<String> ending) {
        this.reinstating = reinstating;
        this.ending = ending;
    }

    /** More arrives for departing sessions than is kept: one that returns ends. */
    void overflow() {
        overflowing = true;
    }

    /** A session as this shard has it. */
    private static final class Copy {
        private final SessionState state;
        private final Promise<Void> arrived = Promise.promise();
        private @Nullable Subscriber claimant;

        Copy(SessionState state) {
            this.state = state;
        }
    }

    /** A new session. */
    void begin(Claim claim) {
        Identity identity = new Identity(
                claim.connectionId(),
                claim.hub(),
                null,
                ConnectionType.INBOUND,
                "/client/hubs/hub",
                claim.subprotocol(),
                0);
        install(new SessionState(
                identity,
                new SessionState.ProtocolState(
                        new Permissions(List.of()),
                        new AckIds(1),
                        new Unacknowledged(1, 1, new Retention()),
                        new EventState()),
                SessionState.OwedAnswers.NONE,
                List.of(),
                0,
                TokenGrant.NONE,
                Map.of()));
        arrived(claim.connectionId());
    }

    void install(SessionState state) {
        copies.put(state.identity().connectionId(), new Copy(state));
    }

    void arrived(String connectionId) {
        Copy copy = copies.get(connectionId);
        if (copy != null) {
            copy.arrived.tryComplete();
        }
    }

    /** Whether the session is here and usable. */
    boolean has(String connectionId) {
        Copy copy = copies.get(connectionId);
        return copy != null && copy.claimant == null;
    }

    /** Number of sessions kept, including those that are leaving. */
    int size() {
        return copies.size();
    }

    boolean end(String connectionId) {
        boolean here = has(connectionId);
        if (here) {
            copies.remove(connectionId);
            ended.add(connectionId);
        }
        return here;
    }

    /** How many sessions have ended here. */
    int ended() {
        return ended.size();
    }

    /** How often a session has ended here. */
    int ended(String connectionId) {
        return Collections.frequency(ended, connectionId);
    }

    @Override
    public Future<Optional<SessionState>> claim(Claim claim, Subscriber claimant) {
        Copy copy = copies.get(claim.connectionId());
        return copy == null
                ? Future.succeededFuture(Optional.empty())
                : copy.arrived.future().map(v -> {
                    if (copies.get(claim.connectionId()) != copy || copy.claimant != null) {
                        return Optional.empty();
                    }
                    copy.claimant = claimant;
                    return Optional.of(copy.state);
                });
    }

    @Override
    public Future<Void> release(String connectionId) {
        Copy copy = copies.get(connectionId);
        if (copy != null && copy.claimant != null) {
            copies.remove(connectionId);
        }
        return Future.succeededFuture();
    }

    @Override
    public Future<Boolean> reinstate(String connectionId) {
        Copy copy = copies.get(connectionId);
        if (copy == null) {
            return Future.succeededFuture(false);
        }
        reinstating.accept(connectionId);
        copy.claimant = null;
        if (overflowing) {
            end(connectionId);
            ending.accept(connectionId);
        }
        return Future.succeededFuture(true);
    }

    @Override
    public Future<Void> barrier() {
        return Future.succeededFuture();
    }

    @Override
    public void forward(String connectionId, Delivery delivery) {}

    @Override
    public void deliver(Delivery delivery) {}

    @Override
    public Future<OperationResult> answer(Selector target, Operation operation) {
        return Future.succeededFuture(OperationResult.NONE);
    }

    @Override
    public void writable() {}
}
