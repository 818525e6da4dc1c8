package dev.fanfare.core.session;

import dev.fanfare.core.ErrorCode;
import dev.fanfare.core.Names;
import dev.fanfare.core.Permission;
import dev.fanfare.core.Permissions;
import dev.fanfare.core.protocol.ClientFrame;
import dev.fanfare.core.protocol.Codec;
import dev.fanfare.core.protocol.Encoded;
import dev.fanfare.core.protocol.Subprotocol;
import org.jspecify.annotations.Nullable;

/**
 * The protocol state of one connection: identity, permissions, requests, and what it has not acknowledged. Independent
 * of sockets and clocks. With a reliable subprotocol it outlives its socket. Not thread-safe.
 */
public final class Session {

    private final Identity identity;
    private final Codec codec;
    private final Permissions permissions;
    private final AckIds ackIds;
    private final @Nullable Unacknowledged unacknowledged;
    private final EventState events;

    /**
     * A new session.
     *
     * @param unacknowledged the buffer of a reliable subprotocol, null for others
     */
    public Session(
            Identity identity,
            Codec codec,
            Permissions permissions,
            AckIds ackIds,
            @Nullable Unacknowledged unacknowledged,
            EventState events) {
        this.identity = identity;
        this.codec = codec;
        this.permissions = permissions;
        this.ackIds = ackIds;
        this.unacknowledged = unacknowledged;
        this.events = events;
    }

    public Identity identity() {
        return identity;
    }

    public String connectionId() {
        return identity.connectionId();
    }

    public String hub() {
        return identity.hub();
    }

    public @Nullable String userId() {
        return identity.userId();
    }

    public Subprotocol subprotocol() {
        return identity.subprotocol();
    }

    public Codec codec() {
        return codec;
    }

    public Permissions permissions() {
        return permissions;
    }

    public AckIds ackIds() {
        return ackIds;
    }

    /** What the client has not acknowledged; null without a reliable subprotocol. */
    public @Nullable Unacknowledged unacknowledged() {
        return unacknowledged;
    }

    /** The state for event handlers. */
    public EventState events() {
        return events;
    }

    /** Whether a frame may take effect: null if so, otherwise why not. Changes nothing. */
    public @Nullable FrameRefusal check(ClientFrame frame) {
        Long ackId = ackId(frame);
        if (ackId != null && ackIds.contains(ackId)) {
            return new FrameRefusal(
                    ErrorCode.DUPLICATE,
                    "Message with ack-id: " + Long.toUnsignedString(ackId) + " has been processed");
        }
        if (frame instanceof ClientFrame.JoinGroup join) {
            return permitted(Permission.JOIN_LEAVE_GROUP, join.group(), "join");
        }
        if (frame instanceof ClientFrame.LeaveGroup leave) {
            return permitted(Permission.JOIN_LEAVE_GROUP, leave.group(), "leave");
        }
        if (frame instanceof ClientFrame.SendToGroup send) {
            return permitted(Permission.SEND_TO_GROUP, send.group(), "send to");
        }
        if (frame instanceof ClientFrame.Event event) {
            return allowed(event.event());
        }
        if (frame instanceof ClientFrame.NotAllowed not) {
            return new FrameRefusal(
                    ErrorCode.BAD_REQUEST, String.valueOf(not.violation().getMessage()));
        }
        return frame instanceof ClientFrame.Invoke invoke ? allowed(invoke.event()) : null;
    }

    private static @Nullable FrameRefusal allowed(String event) {
        return Names.isSystemEvent(event)
                ? new FrameRefusal(
                        ErrorCode.BAD_REQUEST,
                        "event: connect, connected, disconnected and validate are names of system events; choose another")
                : null;
    }

    /**
     * The answer to a request that succeeded, whose ackId is remembered to recognise repetitions; null if the client
     * wants none.
     */
    public @Nullable Encoded succeeded(@Nullable Long ackId) {
        if (ackId == null) {
            return null;
        }
        ackIds.add(ackId);
        return codec.ack(ackId, null);
    }

    /** The answer to a request that failed and may be repeated; null if the client wants none. */
    public @Nullable Encoded failed(@Nullable Long ackId, FrameRefusal frameRefusal) {
        return ackId == null
                ? null
                : codec.ack(ackId, new Codec.AckError(frameRefusal.code().inBandName(), frameRefusal.message()));
    }

    /** The ackId of a frame, if its kind has one and the client wants an answer. */
    public static @Nullable Long ackId(ClientFrame frame) {
        if (frame instanceof ClientFrame.SendToGroup send) {
            return send.ackId();
        }
        if (frame instanceof ClientFrame.JoinGroup join) {
            return join.ackId();
        }
        if (frame instanceof ClientFrame.LeaveGroup leave) {
            return leave.ackId();
        }
        if (frame instanceof ClientFrame.Event event) {
            return event.ackId();
        }
        if (frame instanceof ClientFrame.NotAllowed not) {
            return not.ackId();
        }
        return frame instanceof ClientFrame.RefreshToken refresh ? refresh.ackId() : null;
    }

    /** The id of the invokeResponse that answers a frame; null if there is none. */
    public static @Nullable String invocationId(ClientFrame frame) {
        if (frame instanceof ClientFrame.Invoke invoke) {
            return invoke.invocationId();
        }
        return frame instanceof ClientFrame.NotAllowed not ? not.invocationId() : null;
    }

    private @Nullable FrameRefusal permitted(Permission permission, String group, String verb) {
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
}
