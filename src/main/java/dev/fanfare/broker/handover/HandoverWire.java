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
import dev.fanfare.core.codec.WireException;
import dev.fanfare.core.codec.WireReader;
import dev.fanfare.core.codec.WireWriter;
import dev.fanfare.core.protocol.Subprotocol;
import dev.fanfare.core.session.SessionState;

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

    public static void write(WireWriter out, HandoverMessage message) {
        message.accept(BODIES).write(out);
    }

    /** The encoding of each message. */
    private static final class Bodies implements HandoverVisitor<WireWriter.Body> {

        @Override
        public WireWriter.Body on(ClaimRequest claimRequest) {
            return out -> {
                out.writeByte(CLAIM_REQUEST);
                out.writeString(claimRequest.from());
                out.writeBlock(block -> writeClaim(block, claimRequest.claim()));
                out.writeLong(claimRequest.attempt());
                out.writeLong(claimRequest.withinMillis());
            };
        }

        @Override
        public WireWriter.Body on(ClaimTaken claimTaken) {
            return out ->
                    writeAttempt(out, CLAIM_TAKEN, claimTaken.from(), claimTaken.connectionId(), claimTaken.attempt());
        }

        @Override
        public WireWriter.Body on(ClaimDeclined claimDeclined) {
            return out -> writeAttempt(
                    out, CLAIM_DECLINED, claimDeclined.from(), claimDeclined.connectionId(), claimDeclined.attempt());
        }

        @Override
        public WireWriter.Body on(ClaimQuery claimQuery) {
            return out ->
                    writeAttempt(out, CLAIM_QUERY, claimQuery.from(), claimQuery.connectionId(), claimQuery.attempt());
        }

        @Override
        public WireWriter.Body on(ClaimReply claimReply) {
            return out -> {
                out.writeByte(CLAIM_REPLY);
                SessionState state = claimReply.state();
                out.writeBoolean(state != null);
                if (state != null) {
                    out.writeBlock(block -> SessionWire.write(block, state));
                }
                out.writeOptional(claimReply.owner());
            };
        }

        @Override
        public WireWriter.Body on(Forward forward) {
            return out -> {
                out.writeByte(FORWARD);
                out.writeString(forward.connectionId());
                out.writeBlock(block -> Wire.writePublication(block, forward.publication()));
            };
        }

        @Override
        public WireWriter.Body on(Release release) {
            return out -> writeAttempt(out, RELEASE, release.from(), release.connectionId(), release.attempt());
        }

        @Override
        public WireWriter.Body on(Barrier barrier) {
            return out -> out.writeByte(BARRIER);
        }

        @Override
        public WireWriter.Body on(OwnerChanged ownerChanged) {
            return out -> writeNotice(out, OWNER_CHANGED, ownerChanged.from(), ownerChanged.connectionId());
        }

        @Override
        public WireWriter.Body on(SessionEnded sessionEnded) {
            return out -> writeNotice(out, SESSION_ENDED, sessionEnded.from(), sessionEnded.connectionId());
        }

        @Override
        public WireWriter.Body on(SessionsDigest sessionsDigest) {
            return out -> {
                out.writeByte(SESSIONS_DIGEST);
                out.writeString(sessionsDigest.from());
                out.writeLong(sessionsDigest.digest());
            };
        }

        @Override
        public WireWriter.Body on(SessionsRequest sessionsRequest) {
            return out -> {
                out.writeByte(SESSIONS_REQUEST);
                out.writeString(sessionsRequest.from());
                out.writeLong(sessionsRequest.requestId());
            };
        }

        @Override
        public WireWriter.Body on(SessionsReply sessionsReply) {
            return out -> {
                out.writeByte(SESSIONS_REPLY);
                out.writeString(sessionsReply.from());
                out.writeLong(sessionsReply.requestId());
                out.writeStrings(sessionsReply.connectionIds());
            };
        }
    }

    private static void writeAttempt(WireWriter out, int kind, String from, String connectionId, long attempt) {
        writeNotice(out, kind, from, connectionId);
        out.writeLong(attempt);
    }

    private static void writeNotice(WireWriter out, int kind, String from, String connectionId) {
        out.writeByte(kind);
        out.writeString(from);
        out.writeString(connectionId);
    }

    private static void writeClaim(WireWriter out, Claim claim) {
        out.writeString(claim.hub());
        out.writeString(claim.connectionId());
        out.writeString(claim.token());
        out.writeEnum(claim.subprotocol());
    }

    private static Claim readClaim(WireReader in) throws WireException {
        return new Claim(in.readString(), in.readString(), in.readString(), in.readEnum(Subprotocol.class));
    }

    public static HandoverMessage read(WireReader in) throws WireException {
        int kind = in.readByte();
        return switch (kind) {
            case CLAIM_REQUEST ->
                new ClaimRequest(in.readString(), readClaim(in.readBlock()), in.readLong(), in.readLong());
            case CLAIM_REPLY ->
                new ClaimReply(in.readBoolean() ? SessionWire.read(in.readBlock()) : null, in.readOptional());
            case FORWARD -> new Forward(in.readString(), Wire.readPublication(in.readBlock()));
            case RELEASE -> new Release(in.readString(), in.readString(), in.readLong());
            case CLAIM_TAKEN -> new ClaimTaken(in.readString(), in.readString(), in.readLong());
            case CLAIM_DECLINED -> new ClaimDeclined(in.readString(), in.readString(), in.readLong());
            case CLAIM_QUERY -> new ClaimQuery(in.readString(), in.readString(), in.readLong());
            case SESSIONS_DIGEST -> new SessionsDigest(in.readString(), in.readLong());
            case SESSIONS_REQUEST -> new SessionsRequest(in.readString(), in.readLong());
            case SESSIONS_REPLY -> new SessionsReply(in.readString(), in.readLong(), in.readStrings());
            case OWNER_CHANGED -> new OwnerChanged(in.readString(), in.readString());
            case SESSION_ENDED -> new SessionEnded(in.readString(), in.readString());
            case BARRIER -> new Barrier();
            default -> throw WireException.unknownKind("handover " + kind);
        };
    }
}
