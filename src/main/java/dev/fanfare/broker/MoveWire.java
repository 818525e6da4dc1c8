package dev.fanfare.broker;

import dev.fanfare.broker.MoveMessage.Ended;
import dev.fanfare.broker.MoveMessage.Forwarded;
import dev.fanfare.broker.MoveMessage.Given;
import dev.fanfare.broker.MoveMessage.Mark;
import dev.fanfare.broker.MoveMessage.Moved;
import dev.fanfare.broker.MoveMessage.Released;
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

    private MoveWire() {}

    static void write(DataOutput out, MoveMessage message) throws IOException {
        if (message instanceof Wanted wanted) {
            out.writeByte(WANTED);
            Wire.writeString(out, wanted.from());
            writeClaim(out, wanted.claim());
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
            writeNotice(out, RELEASED, released.from(), released.connectionId());
        } else if (message instanceof Moved moved) {
            writeNotice(out, MOVED, moved.from(), moved.connectionId());
        } else if (message instanceof Ended ended) {
            writeNotice(out, ENDED, ended.from(), ended.connectionId());
        } else if (message instanceof Mark) {
            out.writeByte(MARK);
        }
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
                                Wire.readEnum(in, Subprotocol.class)));
            case GIVEN -> new Given(in.readBoolean() ? SessionWire.read(in) : null, Wire.readOptional(in));
            case FORWARDED -> new Forwarded(Wire.readString(in), Wire.readBytes(in));
            case RELEASED -> new Released(Wire.readString(in), Wire.readString(in));
            case MOVED -> new Moved(Wire.readString(in), Wire.readString(in));
            case ENDED -> new Ended(Wire.readString(in), Wire.readString(in));
            case MARK -> new Mark();
            default -> throw new IOException("unknown kind: " + kind);
        };
    }
}
