package dev.fanfare.broker.handover;

import dev.fanfare.broker.Claim;
import dev.fanfare.core.session.SessionState;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What nodes tell one another when a session moves between them. All of it goes to the address of a node, so that it keeps
 * its order with publications.
 */
public sealed interface HandoverMessage {

    /**
     * Asks for a session. Answered with {@link Given}.
     *
     * @param attempt which of the sender's claims this is; never used again
     * @param withinMillis from when it is received; later the sender does not want it any more
     */
    record ClaimRequest(String from, Claim claim, long attempt, long withinMillis) implements HandoverMessage {}

    /** The sender has the session that it was given. */
    record ClaimTaken(String from, String connectionId, long attempt) implements HandoverMessage {}

    /** The sender does not want the session that it was given: it came too late, or never. */
    record ClaimDeclined(String from, String connectionId, long attempt) implements HandoverMessage {}

    /** Asks what became of a session that the receiver was given. Answered with one of those that say so, or not yet. */
    record ClaimQuery(String from, String connectionId, long attempt) implements HandoverMessage {}

    /**
     * The answer: a session, or where it is by now, or neither.
     *
     * @param state what the asking node has from now on; the sender forwards until {@link Released}
     * @param owner the node that has it
     */
    record ClaimReply(
            @Nullable SessionState state, @Nullable String owner) implements HandoverMessage {

        public static final ClaimReply NOTHING = new ClaimReply(null, null);
    }

    /** A publication for a session that the receiver was given, in bytes. */
    @SuppressWarnings("ArrayRecordComponent") // written once, read once
    record Forward(String connectionId, byte[] publication) implements HandoverMessage {}

    /** The sender hears of everything for a session itself. Answered with {@link Given#NOTHING} behind the last forwarded. */
    record Release(String from, String connectionId, long attempt) implements HandoverMessage {}

    /**
     * Answered with {@link Given#NOTHING} behind every publication that the receiver has begun by now: whatever comes later
     * it sends to those whom it knows to listen by now.
     */
    record Barrier() implements HandoverMessage {}

    /** A session that the receiver gave its id is with the sender now. Answered with {@link Given#NOTHING}. */
    record OwnerChanged(String from, String connectionId) implements HandoverMessage {}

    /** A session that the receiver gave its id has ended with the sender. */
    record SessionEnded(String from, String connectionId) implements HandoverMessage {}

    /**
     * A sum over the ids of all sessions that the receiver gave their ids and the sender has. Sent every second, and to a node
     * that comes in touch: what the receiver was told before may be lost.
     */
    record SessionsDigest(String from, long digest) implements HandoverMessage {}

    /** Asks for the sessions behind {@link Holding}. The question is a number that comes back with the answer. */
    record SessionsRequest(String from, long requestId) implements HandoverMessage {}

    /** All sessions that the receiver gave their ids and the sender has. */
    record SessionsReply(String from, long requestId, List<String> connectionIds) implements HandoverMessage {}
}
