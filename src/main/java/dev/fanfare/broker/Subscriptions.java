package dev.fanfare.broker;

import dev.fanfare.core.session.SessionState;
import io.vertx.core.Future;
import java.util.Optional;
import java.util.function.Supplier;

/** The side of the broker for those who have connections. Thread-safe; futures complete on any thread. */
public interface Subscriptions {

    /** Adds a subscriber: it is asked, and hears of what is meant for single connections, from completion on. */
    Future<Void> attach(Subscriber subscriber);

    /** Removes a subscriber from everything. */
    Future<Void> detach(Subscriber subscriber);

    /** The address that carries what is published to a group. */
    String groupAddress(String hub, String group);

    /** The address that carries what is published to a user. */
    String userAddress(String hub, String userId);

    /** The address that carries what is published to a whole hub. */
    String hubAddress(String hub);

    /** From completion on, everything published to the address anywhere reaches the subscriber. */
    Future<Void> subscribe(Subscriber subscriber, String address);

    /** The subscriber no longer needs the address. */
    void unsubscribe(Subscriber subscriber, String address);

    /** Looks for the subscriber that has a session and takes it over; see {@link Subscriber#claim}. */
    Future<Optional<Claimed>> claim(Claim claim, Subscriber claimant);

    /**
     * The claimant hears of everything itself now. Completes behind the last delivery that the former subscriber
     * forwarded; each of them has been handed to the claimant directly as well by then.
     */
    Future<Void> release(Claimed claimed);

    /** A session has ended for good that began on another node. */
    void ended(String connectionId);

    /** A delivery that was waiting with a subscriber has been dealt with. */
    void settled(long bytes);

    /**
     * A session that changed hands.
     *
     * @param state all of it, as of the moment of the claim
     * @param fromAnotherNode whether it came from there
     * @param release see {@link Subscriptions#release}
     */
    record Claimed(SessionState state, boolean fromAnotherNode, Supplier<Future<Void>> release) {}
}
