package dev.fanfare.broker;

import dev.fanfare.core.session.SessionState;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What nodes tell one another when a session moves between them. All of it goes to the address of a node, so that it keeps
 * its order with publications.
 */
sealed interface MoveMessage {

    /**
     * Asks for a session. Answered with {@link Given}.
     *
     * @param attempt which of the sender's claims this is; never used again
     * @param withinMillis from when it is received; later the sender does not want it any more
     */
    record Wanted(String from, Claim claim, long attempt, long withinMillis) implements MoveMessage {}

    /** The sender has the session that it was given. */
    record Taken(String from, String connectionId, long attempt) implements MoveMessage {}

    /** The sender does not want the session that it was given: it came too late, or never. */
    record Declined(String from, String connectionId, long attempt) implements MoveMessage {}

    /** Asks what became of a session that the receiver was given. Answered with one of those that say so, or not yet. */
    record Pending(String from, String connectionId, long attempt) implements MoveMessage {}

    /**
     * The answer: a session, or where it is by now, or neither.
     *
     * @param state what the asking node has from now on; the sender forwards until {@link Released}
     * @param away the node that has it
     */
    record Given(@Nullable SessionState state, @Nullable String away) implements MoveMessage {

        static final Given NOTHING = new Given(null, null);
    }

    /** A publication for a session that the receiver was given, in bytes. */
    @SuppressWarnings("ArrayRecordComponent") // written once, read once
    record Forwarded(String connectionId, byte[] publication) implements MoveMessage {}

    /** The sender hears of everything for a session itself. Answered with {@link Given#NOTHING} behind the last forwarded. */
    record Released(String from, String connectionId, long attempt) implements MoveMessage {}

    /**
     * Answered with {@link Given#NOTHING} behind every publication that the receiver has begun by now: whatever comes later
     * it sends to those whom it knows to listen by now.
     */
    record Mark() implements MoveMessage {}

    /** A session that the receiver gave its id is with the sender now. Answered with {@link Given#NOTHING}. */
    record Moved(String from, String connectionId) implements MoveMessage {}

    /** A session that the receiver gave its id has ended with the sender. */
    record Ended(String from, String connectionId) implements MoveMessage {}

    /**
     * A sum over the ids of all sessions that the receiver gave their ids and the sender has. Sent every second, and to a node
     * that comes in touch: what the receiver was told before may be lost.
     */
    record Holding(String from, long digest) implements MoveMessage {}

    /** Asks for the sessions behind {@link Holding}. The question is a number that comes back with the answer. */
    record Tell(String from, long question) implements MoveMessage {}

    /** All sessions that the receiver gave their ids and the sender has. */
    record Held(String from, long question, List<String> connectionIds) implements MoveMessage {}
}
