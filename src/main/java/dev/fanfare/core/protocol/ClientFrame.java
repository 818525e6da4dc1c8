package dev.fanfare.core.protocol;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a client said, decoded and checked for form but not yet for permission. An {@code ackId} is an unsigned 64-bit
 * number and null where the client wants no answer.
 */
public sealed interface ClientFrame {

    record JoinGroup(String group, @Nullable Long ackId) implements ClientFrame {}

    record LeaveGroup(String group, @Nullable Long ackId) implements ClientFrame {}

    /**
     * A publish.
     *
     * @param noEcho whether the sending connection is left out
     * @param ttlSeconds 0 to 300; how long copies may wait for slow receivers; 0 = for ever
     */
    record SendToGroup(
            String group,
            Payload payload,
            boolean noEcho,
            int ttlSeconds,
            Map<String, String> metadata,
            @Nullable Long ackId)
            implements ClientFrame {}

    /** A user event for whoever handles the events of the hub. */
    record Event(
            String event,
            Payload payload,
            Map<String, String> metadata,
            @Nullable Long ackId) implements ClientFrame {}

    /**
     * A call of whoever handles the events of the hub, whose answer belongs to it.
     *
     * @param invocationId chosen by the client, for the answer
     */
    record Invoke(String invocationId, String event, Payload payload) implements ClientFrame {}

    /**
     * A request that is well-formed and has a name or metadata that is not allowed. It has one of the two ids, with which it is
     * answered.
     *
     * @param violation what is not allowed
     */
    record NotAllowed(
            ProtocolViolation violation,
            @Nullable Long ackId,
            @Nullable String invocationId) implements ClientFrame {
        @Override
        public String toString() {
            return "NotAllowed[ackId=" + ackId + "]";
        }
    }

    /** The client does not wait for that answer any more. */
    record CancelInvocation(String invocationId) implements ClientFrame {}

    record Ping() implements ClientFrame {}

    /** Everything up to this sequence id, inclusive, has arrived. */
    record SequenceAck(long sequenceId) implements ClientFrame {}

    /** A new token for a connection that would end with its old one. Fanfare's own addition to the protocol. */
    record RefreshToken(String token, @Nullable Long ackId) implements ClientFrame {
        @Override
        public String toString() {
            return "RefreshToken[ackId=" + ackId + "]";
        }
    }
}
