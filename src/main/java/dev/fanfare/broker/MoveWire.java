package dev.fanfare.broker;

import dev.fanfare.broker.MoveMessage.Declined;
import dev.fanfare.broker.MoveMessage.Ended;
import dev.fanfare.broker.MoveMessage.Forwarded;
import dev.fanfare.broker.MoveMessage.Given;
import dev.fanfare.broker.MoveMessage.Held;
import dev.fanfare.broker.MoveMessage.Holding;
import dev.fanfare.broker.MoveMessage.Mark;
import dev.fanfare.broker.MoveMessage.Moved;
import dev.fanfare.broker.MoveMessage.Pending;
import dev.fanfare.broker.MoveMessage.Released;
import dev.fanfare.broker.MoveMessage.Taken;
import dev.fanfare.broker.MoveMessage.Tell;
import dev.fanfare.broker.MoveMessage.Wanted;
import dev.fanfare.core.protocol.Subprotocol;
import java.io.DataInputStream;
import java.io.DataOutput;
import java.io.IOException;

/** The bytes of a {@link MoveMessage}: a kind, and the rest in the order of the components. */
final class MoveWire {

    private static final int WANTED = 1;
    private static final int GIVEN = 2;
    private static final int FORWARDED = 3;
    private static final int RELEASED = 4;
    private static final int MOVED = 5;
    private static final int ENDED = 6;
    private static final int MARK = 7;
    private static final int TAKEN = 8;
    private static final int DECLINED = 9;
    private static final int PENDING = 10;
    private static final int HOLDING = 11;
    private static final int TELL = 12;
    private static final int HELD = 13;

    private MoveWire() {}

    static void write(DataOutput out, MoveMessage message) throws IOException {
        if (message instanceof Wanted wanted) {
            out.writeByte(WANTED);
            Wire.writeString(out, wanted.from());
            writeClaim(out, wanted.claim());
            out.writeLong(wanted.attempt());
            out.writeLong(wanted.withinMillis());
        } else if (message instanceof Given given) {
            out.writeByte(GIVEN);
            out.writeBoolean(given.state() != null);
            if (given.state() != null) {
                SessionWire.write(out, given.state());
            }
            Wire.writeOptional(out, given.away());
        } else if (message instanceof Forwarded forwarded) {
            out.writeByte(FORWARDED);
            Wire.writeString(out, forwarded.connectionId());
            Wire.writeBytes(out, forwarded.publication());
        } else if (message instanceof Released released) {
            writeAttempt(out, RELEASED, released.from(), released.connectionId(), released.attempt());
        } else if (message instanceof Taken taken) {
            writeAttempt(out, TAKEN, taken.from(), taken.connectionId(), taken.attempt());
        } else if (message instanceof Declined declined) {
            writeAttempt(out, DECLINED, declined.from(), declined.connectionId(), declined.attempt());
        } else if (message instanceof Pending pending) {
            writeAttempt(out, PENDING, pending.from(), pending.connectionId(), pending.attempt());
        } else if (message instanceof Moved moved) {
            writeNotice(out, MOVED, moved.from(), moved.connectionId());
        } else if (message instanceof Ended ended) {
            writeNotice(out, ENDED, ended.from(), ended.connectionId());
        } else if (message instanceof Mark) {
            out.writeByte(MARK);
        } else if (message instanceof Holding holding) {
            out.writeByte(HOLDING);
            Wire.writeString(out, holding.from());
            out.writeLong(holding.digest());
        } else if (message instanceof Tell tell) {
            out.writeByte(TELL);
            Wire.writeString(out, tell.from());
            out.writeLong(tell.question());
        } else if (message instanceof Held held) {
            out.writeByte(HELD);
            Wire.writeString(out, held.from());
            out.writeLong(held.question());
            Wire.writeStrings(out, held.connectionIds());
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

    static MoveMessage read(DataInputStream in) throws IOException {
        int kind = in.readByte();
        return switch (kind) {
            case WANTED ->
                new Wanted(
                        Wire.readString(in),
                        new Claim(
                                Wire.readString(in),
                                Wire.readString(in),
                                Wire.readString(in),
                                Wire.readEnum(in, Subprotocol.class)),
                        in.readLong(),
                        in.readLong());
            case GIVEN -> new Given(in.readBoolean() ? SessionWire.read(in) : null, Wire.readOptional(in));
            case FORWARDED -> new Forwarded(Wire.readString(in), Wire.readBytes(in));
            case RELEASED -> new Released(Wire.readString(in), Wire.readString(in), in.readLong());
            case TAKEN -> new Taken(Wire.readString(in), Wire.readString(in), in.readLong());
            case DECLINED -> new Declined(Wire.readString(in), Wire.readString(in), in.readLong());
            case PENDING -> new Pending(Wire.readString(in), Wire.readString(in), in.readLong());
            case HOLDING -> new Holding(Wire.readString(in), in.readLong());
            case TELL -> new Tell(Wire.readString(in), in.readLong());
            case HELD -> new Held(Wire.readString(in), in.readLong(), Wire.readStrings(in));
            case MOVED -> new Moved(Wire.readString(in), Wire.readString(in));
            case ENDED -> new Ended(Wire.readString(in), Wire.readString(in));
            case MARK -> new Mark();
            default -> throw new IOException("unknown kind: " + kind);
        };
    }
}
