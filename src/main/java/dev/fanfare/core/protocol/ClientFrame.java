package dev.fanfare.core.protocol;

import dev.fanfare.core.ErrorCode;
import dev.fanfare.core.Names;
import dev.fanfare.core.Permission;
import dev.fanfare.core.Permissions;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A frame of a client, decoded and checked for form but not yet for permission. An {@code ackId} is an unsigned 64-bit
 * number, null if the client wants no answer.
 */
public sealed interface ClientFrame {

    /** Calls the method of the handler for this kind of frame. */
    void accept(ClientFrameHandler handler);

    /** Why the frame may not take effect with these permissions; null if it may. */
    @Nullable
    FrameRefusal check(Permissions permissions);

    /** The ackId, if this kind of frame has one and the client wants an answer. */
    default @Nullable Long ackId() {
        return null;
    }

    /** The id of the invokeResponse that answers the frame; null if there is none. */
    default @Nullable String answeredInvocation() {
        return null;
    }

    record JoinGroup(String group, @Nullable Long ackId) implements ClientFrame {
        @Override
        public void accept(ClientFrameHandler handler) {
            handler.on(this);
        }

        @Override
        public @Nullable FrameRefusal check(Permissions permissions) {
            return permitted(permissions, Permission.JOIN_LEAVE_GROUP, group, "join");
        }
    }

    record LeaveGroup(String group, @Nullable Long ackId) implements ClientFrame {
        @Override
        public void accept(ClientFrameHandler handler) {
            handler.on(this);
        }

        @Override
        public @Nullable FrameRefusal check(Permissions permissions) {
            return permitted(permissions, Permission.JOIN_LEAVE_GROUP, group, "leave");
        }
    }

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
            implements ClientFrame {
        @Override
        public void accept(ClientFrameHandler handler) {
            handler.on(this);
        }

        @Override
        public @Nullable FrameRefusal check(Permissions permissions) {
            return permitted(permissions, Permission.SEND_TO_GROUP, group, "send to");
        }
    }

    /** A user event for the event handler of the hub. */
    record Event(
            String event,
            Payload payload,
            Map<String, String> metadata,
            @Nullable Long ackId) implements ClientFrame {
        @Override
        public void accept(ClientFrameHandler handler) {
            handler.on(this);
        }

        @Override
        public @Nullable FrameRefusal check(Permissions permissions) {
            return allowed(event);
        }
    }

    /**
     * A call of the hub's event handler, whose answer is that of the call.
     *
     * @param invocationId chosen by the client, for the answer
     */
    record Invoke(String invocationId, String event, Payload payload) implements ClientFrame {
        @Override
        public void accept(ClientFrameHandler handler) {
            handler.on(this);
        }

        @Override
        public @Nullable FrameRefusal check(Permissions permissions) {
            return allowed(event);
        }

        @Override
        public String answeredInvocation() {
            return invocationId;
        }
    }

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
        public void accept(ClientFrameHandler handler) {
            handler.on(this);
        }

        @Override
        public FrameRefusal check(Permissions permissions) {
            return new FrameRefusal(ErrorCode.BAD_REQUEST, String.valueOf(violation.getMessage()));
        }

        @Override
        public @Nullable String answeredInvocation() {
            return invocationId;
        }

        @Override
        public String toString() {
            return "NotAllowed[ackId=" + ackId + "]";
        }
    }

    /** The client no longer waits for that answer. */
    record CancelInvocation(String invocationId) implements ClientFrame {
        @Override
        public void accept(ClientFrameHandler handler) {
            handler.on(this);
        }

        @Override
        public @Nullable FrameRefusal check(Permissions permissions) {
            return null;
        }
    }

    record Ping() implements ClientFrame {
        @Override
        public void accept(ClientFrameHandler handler) {
            handler.on(this);
        }

        @Override
        public @Nullable FrameRefusal check(Permissions permissions) {
            return null;
        }
    }

    /** Everything up to and including this sequence id has arrived. */
    record SequenceAck(long sequenceId) implements ClientFrame {
        @Override
        public void accept(ClientFrameHandler handler) {
            handler.on(this);
        }

        @Override
        public @Nullable FrameRefusal check(Permissions permissions) {
            return null;
        }
    }

    /** A new token for a connection that would end with its old one. Fanfare's extension of the protocol. */
    record RefreshToken(String token, @Nullable Long ackId) implements ClientFrame {
        @Override
        public void accept(ClientFrameHandler handler) {
            handler.on(this);
        }

        @Override
        public @Nullable FrameRefusal check(Permissions permissions) {
            return null;
        }

        @Override
        public String toString() {
            return "RefreshToken[ackId=" + ackId + "]";
        }
    }

    private static @Nullable FrameRefusal permitted(
            Permissions permissions, Permission permission, String group, String verb) {
        return permissions.permits(permission, group)
                ? null
                : new FrameRefusal(
                        ErrorCode.FORBIDDEN, "no permission to " + verb + " group '" + abbreviate(group) + "'");
    }

    private static String abbreviate(String name) {
        int end = Math.min(name.length(), 64);
        if (end < name.length() && Character.isHighSurrogate(name.charAt(end - 1))) {
            end--;
        }
        return end == name.length() ? name : name.substring(0, end) + "…";
    }

    private static @Nullable FrameRefusal allowed(String event) {
        return Names.isSystemEvent(event)
                ? new FrameRefusal(
                        ErrorCode.BAD_REQUEST,
                        "event: connect, connected, disconnected and validate are names of system events; choose another")
                : null;
    }
}
