package dev.fanfare.broker.handover;

import dev.fanfare.broker.Claim;
import dev.fanfare.broker.Publication;
import dev.fanfare.core.session.SessionState;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The messages that move a session between nodes. Each goes to the address of a node, so that it keeps its order with
 * publications. {@code src/docs/decisions/0005-sessions-move.md} shows the sequence.
 */
public sealed interface HandoverMessage {

    /** Calls the method of the visitor for this message. */
    <R> R accept(HandoverVisitor<R> visitor);

    /**
     * Asks for a session. The reply is a {@link ClaimReply}.
     *
     * @param attempt numbers the claims of the sender; never reused
     * @param withinMillis counted from receipt; after that the sender no longer takes the session
     */
    record ClaimRequest(String from, Claim claim, long attempt, long withinMillis) implements HandoverMessage {
        @Override
        public <R> R accept(HandoverVisitor<R> visitor) {
            return visitor.on(this);
        }
    }

    /** The sender owns the session that the receiver handed over. */
    record ClaimTaken(String from, String connectionId, long attempt) implements HandoverMessage {
        @Override
        public <R> R accept(HandoverVisitor<R> visitor) {
            return visitor.on(this);
        }
    }

    /** The sender did not take the session that the receiver handed over: the reply was late or never arrived. */
    record ClaimDeclined(String from, String connectionId, long attempt) implements HandoverMessage {
        @Override
        public <R> R accept(HandoverVisitor<R> visitor) {
            return visitor.on(this);
        }
    }

    /**
     * Asks the claimant whether it has taken a session. It replies with {@link ClaimTaken} or {@link ClaimDeclined}, or not
     * at all while the claim is open.
     */
    record ClaimQuery(String from, String connectionId, long attempt) implements HandoverMessage {
        @Override
        public <R> R accept(HandoverVisitor<R> visitor) {
            return visitor.on(this);
        }
    }

    /**
     * The reply to a claim: the session, or a hint about its owner, or neither.
     *
     * @param state what the claimant owns from now on; the sender forwards publications until {@link Release}
     * @param owner the node that owns the session, as far as the sender knows
     */
    record ClaimReply(
            @Nullable SessionState state, @Nullable String owner) implements HandoverMessage {

        public static final ClaimReply NOTHING = new ClaimReply(null, null);

        @Override
        public <R> R accept(HandoverVisitor<R> visitor) {
            return visitor.on(this);
        }
    }

    /** A publication for a session that the receiver claimed. */
    record Forward(String connectionId, Publication publication) implements HandoverMessage {
        @Override
        public <R> R accept(HandoverVisitor<R> visitor) {
            return visitor.on(this);
        }
    }

    /**
     * The sender receives everything for a session directly. The reply is {@link ClaimReply#NOTHING}, behind the last
     * {@link Forward}.
     */
    record Release(String from, String connectionId, long attempt) implements HandoverMessage {
        @Override
        public <R> R accept(HandoverVisitor<R> visitor) {
            return visitor.on(this);
        }
    }

    /**
     * The reply is {@link ClaimReply#NOTHING}, behind every publication that the receiver has begun: it routes later
     * ones by the subscriptions that it knows by then.
     */
    record Barrier() implements HandoverMessage {
        @Override
        public <R> R accept(HandoverVisitor<R> visitor) {
            return visitor.on(this);
        }
    }

    /** A session whose home is the receiver is owned by the sender now. The reply is {@link ClaimReply#NOTHING}. */
    record OwnerChanged(String from, String connectionId) implements HandoverMessage {
        @Override
        public <R> R accept(HandoverVisitor<R> visitor) {
            return visitor.on(this);
        }
    }

    /** A session whose home is the receiver has ended at the sender. */
    record SessionEnded(String from, String connectionId) implements HandoverMessage {
        @Override
        public <R> R accept(HandoverVisitor<R> visitor) {
            return visitor.on(this);
        }
    }

    /**
     * A digest of the ids of all sessions that the sender owns and whose home is the receiver. Sent every second, and
     * to a node that becomes reachable: earlier reports may be lost.
     */
    record SessionsDigest(String from, long digest) implements HandoverMessage {
        @Override
        public <R> R accept(HandoverVisitor<R> visitor) {
            return visitor.on(this);
        }
    }

    /**
     * Asks for the sessions behind {@link SessionsDigest}.
     *
     * @param requestId returned with the reply
     */
    record SessionsRequest(String from, long requestId) implements HandoverMessage {
        @Override
        public <R> R accept(HandoverVisitor<R> visitor) {
            return visitor.on(this);
        }
    }

    /** All sessions that the sender owns and whose home is the receiver. */
    record SessionsReply(String from, long requestId, List<String> connectionIds) implements HandoverMessage {
        @Override
        public <R> R accept(HandoverVisitor<R> visitor) {
            return visitor.on(this);
        }
    }
}
