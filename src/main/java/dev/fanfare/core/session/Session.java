package dev.fanfare.core.session;

import dev.fanfare.core.ErrorCode;
import dev.fanfare.core.Permissions;
import dev.fanfare.core.protocol.ClientFrame;
import dev.fanfare.core.protocol.Codec;
import dev.fanfare.core.protocol.Encoded;
import dev.fanfare.core.protocol.FrameRefusal;
import dev.fanfare.core.protocol.Subprotocol;
import java.util.Objects;
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

    /** A session that comes from another shard. */
    public static Session of(SessionState state, Codec codec) {
        SessionState.ProtocolState protocol = state.protocol();
        return new Session(
                state.identity(),
                codec,
                protocol.permissions(),
                protocol.ackIds(),
                protocol.unacknowledged(),
                protocol.events());
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

    /**
     * Its state, for another shard.
     *
     * @throws NullPointerException without a reliable subprotocol: only reliable sessions move
     */
    public SessionState.ProtocolState state() {
        return new SessionState.ProtocolState(
                permissions, ackIds, Objects.requireNonNull(unacknowledged, "only reliable sessions move"), events);
    }

    /** Whether a frame may take effect: null if so, otherwise why not. Changes nothing. */
    public @Nullable FrameRefusal check(ClientFrame frame) {
        Long ackId = frame.ackId();
        return ackId != null && ackIds.contains(ackId)
                ? new FrameRefusal(
                        ErrorCode.DUPLICATE,
                        "Message with ack-id: " + Long.toUnsignedString(ackId) + " has been processed")
                : frame.check(permissions);
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
}
