package dev.fanfare.core.protocol;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A frame of a client, decoded and checked for form but not yet for permission. An {@code ackId} is an unsigned 64-bit
 * number, null if the client wants no answer.
 */
public sealed interface ClientFrame {

    record JoinGroup(String group, @Nullable Long ackId) implements ClientFrame {}

    record LeaveGroup(String group, @Nullable Long ackId) implements ClientFrame {}

    /**
     * A publish.
     *
     * @param noEcho whether the sending connection is left out
     * @param ttlSeconds how long copies may wait for slow receivers, 0 to 300; 0 = no limit
     */
    record SendToGroup(
            String group,
            Payload payload,
            boolean noEcho,
            int ttlSeconds,
            Map<String, String> metadata,
            @Nullable Long ackId)
            implements ClientFrame {}

    /** A user event for the event handler of the hub. */
    record Event(
            String event,
            Payload payload,
            Map<String, String> metadata,
            @Nullable Long ackId) implements ClientFrame {}

    /**
     * A call of the hub's event handler, whose answer is that of the call.
     *
     * @param invocationId chosen by the client, for the answer
     */
    record Invoke(String invocationId, String event, Payload payload) implements ClientFrame {}

    /**
     * A well-formed request with a name or metadata that is not allowed. It has one of the two ids, and is answered
     * with it.
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

    /** The client no longer waits for that answer. */
    record CancelInvocation(String invocationId) implements ClientFrame {}

    record Ping() implements ClientFrame {}

    /** Everything up to and including this sequence id has arrived. */
    record SequenceAck(long sequenceId) implements ClientFrame {}

    /** A new token for a connection that would end with its old one. Fanfare's extension of the protocol. */
    record RefreshToken(String token, @Nullable Long ackId) implements ClientFrame {
        @Override
        public String toString() {
            return "RefreshToken[ackId=" + ackId + "]";
        }
    }
}
