package dev.fanfare.broker.handover;

import dev.fanfare.broker.Claim;
import dev.fanfare.broker.handover.HandoverMessage.Barrier;
import dev.fanfare.broker.handover.HandoverMessage.ClaimDeclined;
import dev.fanfare.broker.handover.HandoverMessage.ClaimQuery;
import dev.fanfare.broker.handover.HandoverMessage.ClaimReply;
import dev.fanfare.broker.handover.HandoverMessage.ClaimRequest;
import dev.fanfare.broker.handover.HandoverMessage.ClaimTaken;
import dev.fanfare.broker.handover.HandoverMessage.Forward;
import dev.fanfare.broker.handover.HandoverMessage.OwnerChanged;
import dev.fanfare.broker.handover.HandoverMessage.Release;
import dev.fanfare.broker.handover.HandoverMessage.SessionEnded;
import dev.fanfare.broker.handover.HandoverMessage.SessionsDigest;
import dev.fanfare.broker.handover.HandoverMessage.SessionsReply;
import dev.fanfare.broker.handover.HandoverMessage.SessionsRequest;
import dev.fanfare.broker.wire.SessionWire;
import dev.fanfare.broker.wire.Wire;
import dev.fanfare.core.protocol.Subprotocol;
import java.io.DataInputStream;
import java.io.DataOutput;
import java.io.IOException;

/** Encodes a {@link HandoverMessage}: one byte for its kind, then the components in order. */
public final class HandoverWire {

    private static final int CLAIM_REQUEST = 1;
    private static final int CLAIM_REPLY = 2;
    private static final int FORWARD = 3;
    private static final int RELEASE = 4;
    private static final int OWNER_CHANGED = 5;
    private static final int SESSION_ENDED = 6;
    private static final int BARRIER = 7;
    private static final int CLAIM_TAKEN = 8;
    private static final int CLAIM_DECLINED = 9;
    private static final int CLAIM_QUERY = 10;
    private static final int SESSIONS_DIGEST = 11;
    private static final int SESSIONS_REQUEST = 12;
    private static final int SESSIONS_REPLY = 13;

    private static final Bodies BODIES = new Bodies();

    private HandoverWire() {}

    public static void write(DataOutput out, HandoverMessage message) throws IOException {
        message.accept(BODIES).write(out);
    }

    /** The encoding of each message. */
    private static final class Bodies implements HandoverVisitor<Wire.Body> {

        @Override
        public Wire.Body on(ClaimRequest claimRequest) {
            return out -> {
                out.writeByte(CLAIM_REQUEST);
                Wire.writeString(out, claimRequest.from());
                writeClaim(out, claimRequest.claim());
                out.writeLong(claimRequest.attempt());
                out.writeLong(claimRequest.withinMillis());
            };
        }

        @Override
        public Wire.Body on(ClaimTaken claimTaken) {
            return out ->
                    writeAttempt(out, CLAIM_TAKEN, claimTaken.from(), claimTaken.connectionId(), claimTaken.attempt());
        }

        @Override
        public Wire.Body on(ClaimDeclined claimDeclined) {
            return out -> writeAttempt(
                    out, CLAIM_DECLINED, claimDeclined.from(), claimDeclined.connectionId(), claimDeclined.attempt());
        }

        @Override
        public Wire.Body on(ClaimQuery claimQuery) {
            return out ->
                    writeAttempt(out, CLAIM_QUERY, claimQuery.from(), claimQuery.connectionId(), claimQuery.attempt());
        }

        @Override
        public Wire.Body on(ClaimReply claimReply) {
            return out -> {
                out.writeByte(CLAIM_REPLY);
                out.writeBoolean(claimReply.state() != null);
                if (claimReply.state() != null) {
                    SessionWire.write(out, claimReply.state());
                }
                Wire.writeOptional(out, claimReply.owner());
            };
        }

        @Override
        public Wire.Body on(Forward forward) {
            return out -> {
                out.writeByte(FORWARD);
                Wire.writeString(out, forward.connectionId());
                Wire.writeBytes(out, forward.publication());
            };
        }

        @Override
        public Wire.Body on(Release release) {
            return out -> writeAttempt(out, RELEASE, release.from(), release.connectionId(), release.attempt());
        }

        @Override
        public Wire.Body on(Barrier barrier) {
            return out -> out.writeByte(BARRIER);
        }

        @Override
        public Wire.Body on(OwnerChanged ownerChanged) {
            return out -> writeNotice(out, OWNER_CHANGED, ownerChanged.from(), ownerChanged.connectionId());
        }

        @Override
        public Wire.Body on(SessionEnded sessionEnded) {
            return out -> writeNotice(out, SESSION_ENDED, sessionEnded.from(), sessionEnded.connectionId());
        }

        @Override
        public Wire.Body on(SessionsDigest sessionsDigest) {
            return out -> {
                out.writeByte(SESSIONS_DIGEST);
                Wire.writeString(out, sessionsDigest.from());
                out.writeLong(sessionsDigest.digest());
            };
        }

        @Override
        public Wire.Body on(SessionsRequest sessionsRequest) {
            return out -> {
                out.writeByte(SESSIONS_REQUEST);
                Wire.writeString(out, sessionsRequest.from());
                out.writeLong(sessionsRequest.requestId());
            };
        }

        @Override
        public Wire.Body on(SessionsReply sessionsReply) {
            return out -> {
                out.writeByte(SESSIONS_REPLY);
                Wire.writeString(out, sessionsReply.from());
                out.writeLong(sessionsReply.requestId());
                Wire.writeStrings(out, sessionsReply.connectionIds());
            };
        }
    }

    private static void writeAttempt(DataOutput out, int kind, String from, String connectionId, long attempt)
            throws IOException {
        writeNotice(out, kind, from, connectionId);
        out.writeLong(attempt);
    }

    private static void writeNotice(DataOutput out, int kind, String from, String connectionId) throws IOException {
        out.writeByte(kind);
        Wire.writeString(out, from);
        Wire.writeString(out, connectionId);
    }

    private static void writeClaim(DataOutput out, Claim claim) throws IOException {
        Wire.writeString(out, claim.hub());
        Wire.writeString(out, claim.connectionId());
        Wire.writeString(out, claim.token());
        Wire.writeEnum(out, claim.subprotocol());
    }

    public static HandoverMessage read(DataInputStream in) throws IOException {
        int kind = in.readByte();
        return switch (kind) {
            case CLAIM_REQUEST ->
                new ClaimRequest(
                        Wire.readString(in),
                        new Claim(
                                Wire.readString(in),
                                Wire.readString(in),
                                Wire.readString(in),
                                Wire.readEnum(in, Subprotocol.class)),
                        in.readLong(),
                        in.readLong());
            case CLAIM_REPLY -> new ClaimReply(in.readBoolean() ? SessionWire.read(in) : null, Wire.readOptional(in));
            case FORWARD -> new Forward(Wire.readString(in), Wire.readBytes(in));
            case RELEASE -> new Release(Wire.readString(in), Wire.readString(in), in.readLong());
            case CLAIM_TAKEN -> new ClaimTaken(Wire.readString(in), Wire.readString(in), in.readLong());
            case CLAIM_DECLINED -> new ClaimDeclined(Wire.readString(in), Wire.readString(in), in.readLong());
            case CLAIM_QUERY -> new ClaimQuery(Wire.readString(in), Wire.readString(in), in.readLong());
            case SESSIONS_DIGEST -> new SessionsDigest(Wire.readString(in), in.readLong());
            case SESSIONS_REQUEST -> new SessionsRequest(Wire.readString(in), in.readLong());
            case SESSIONS_REPLY -> new SessionsReply(Wire.readString(in), in.readLong(), Wire.readStrings(in));
            case OWNER_CHANGED -> new OwnerChanged(Wire.readString(in), Wire.readString(in));
            case SESSION_ENDED -> new SessionEnded(Wire.readString(in), Wire.readString(in));
            case BARRIER -> new Barrier();
            default -> throw new IOException("unknown kind: " + kind);
        };
    }
}
