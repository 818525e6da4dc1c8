package dev.fanfare.broker;

import dev.fanfare.core.session.SessionState;
import io.vertx.core.Future;
import java.util.Optional;
import java.util.function.Supplier;

/** The interface to the cluster for components that have connections. Thread-safe; futures complete on any thread. */
public interface Subscriptions {

    /** Adds a subscriber. From completion on it answers operations and receives what is sent to single connections. */
    Future<Void> attach(Subscriber subscriber);

    /** Removes a subscriber from everything. */
    Future<Void> detach(Subscriber subscriber);

    /** The slot that carries what is published to a group. */
    int groupSlot(String hub, String group);

    /** The slot that carries what is published to a user. */
    int userSlot(String hub, String userId);

    /** The slot that carries what is published to a whole hub. */
    int hubSlot(String hub);

    /** From completion on, everything published to the slot on any node reaches the subscriber. */
    Future<Void> subscribe(Subscriber subscriber, int slot);

    /** The subscriber no longer needs the slot. */
    void unsubscribe(Subscriber subscriber, int slot);

    /** Finds the subscriber that owns a session and takes the session over; see {@link Subscriber#claim}. */
    Future<Optional<Claimed>> claim(Claim claim, Subscriber claimant);

    /**
     * The claimant receives everything directly. Completes behind the last delivery that the former owner forwarded; by
     * then each of them has reached the claimant directly as well.
     */
    Future<Void> release(Claimed claimed);

    /** A session that began on another node has ended for good. */
    void ended(String connectionId);

    /** A delivery that was queued at a subscriber has been processed. */
    void settled(long bytes);

    /**
     * A session that was taken over.
     *
     * @param state all of it, as of the moment of the claim
     * @param fromAnotherNode whether it was on another node
     * @param release see {@link Subscriptions#release}
     */
    record Claimed(SessionState state, boolean fromAnotherNode, Supplier<Future<Void>> release) {}
}
