package dev.fanfare.broker;

import dev.fanfare.broker.ViewMessage.Gone;
import dev.fanfare.broker.ViewMessage.Look;
import dev.fanfare.broker.ViewMessage.Seen;
import dev.fanfare.broker.ViewMessage.Settled;
import dev.fanfare.broker.ViewMessage.Told;
import java.io.DataInputStream;
import java.io.DataOutput;
import java.io.IOException;

/** The bytes of what nodes say about themselves: a kind, who says so, and the rest in the order of the components. */
final class ViewWire {

    private static final int LOOK = 1;
    private static final int TOLD = 2;
    private static final int SEEN = 3;
    private static final int SETTLED = 4;
    private static final int GONE = 5;

    private ViewWire() {}

    static void write(DataOutput out, ViewMessage message) throws IOException {
        out.writeByte(kind(message));
        Wire.writeString(out, message.from());
        if (message instanceof Look look) {
            out.writeLong(look.known());
            out.writeBoolean(look.all());
            out.writeLong(look.at());
            out.writeLong(look.sent());
            out.writeLong(look.received());
        } else if (message instanceof Told told) {
            out.writeLong(told.base());
            out.writeLong(told.version());
            out.writeLong(told.digest());
            Wire.writeStrings(out, told.added());
            Wire.writeStrings(out, told.removed());
            out.writeLong(told.at());
        } else if (message instanceof Seen seen) {
            out.writeLong(seen.version());
        } else if (message instanceof Settled settled) {
            out.writeLong(settled.mark());
        }
    }

    private static int kind(ViewMessage message) {
        if (message instanceof Look) {
            return LOOK;
        }
        if (message instanceof Told) {
            return TOLD;
        }
        if (message instanceof Seen) {
            return SEEN;
        }
        return message instanceof Settled ? SETTLED : GONE;
    }

    static ViewMessage read(DataInputStream in) throws IOException {
        int kind = in.readByte();
        String from = Wire.readString(in);
        return switch (kind) {
            case LOOK -> new Look(from, in.readLong(), in.readBoolean(), in.readLong(), in.readLong(), in.readLong());
            case TOLD ->
                new Told(
                        from,
                        in.readLong(),
                        in.readLong(),
                        in.readLong(),
                        Wire.readStrings(in),
                        Wire.readStrings(in),
                        in.readLong());
            case SEEN -> new Seen(from, in.readLong());
            case SETTLED -> new Settled(from, in.readLong());
            case GONE -> new Gone(from);
            default -> throw new IOException("unknown kind: " + kind);
        };
    }

    static void writeHello(DataOutput out, Hello hello) throws IOException {
        out.writeInt(hello.slots());
        out.writeLong(hello.clockMillis());
    }

    static Hello readHello(DataInputStream in) throws IOException {
        return new Hello(in.readInt(), in.readLong());
    }
}
