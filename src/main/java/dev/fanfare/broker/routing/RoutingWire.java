package dev.fanfare.broker.routing;

import dev.fanfare.broker.routing.RoutingMessage.DeltaAck;
import dev.fanfare.broker.routing.RoutingMessage.Heartbeat;
import dev.fanfare.broker.routing.RoutingMessage.Leave;
import dev.fanfare.broker.routing.RoutingMessage.SubscriptionDelta;
import dev.fanfare.broker.routing.RoutingMessage.WindowUpdate;
import dev.fanfare.broker.wire.Wire;
import java.io.DataInputStream;
import java.io.DataOutput;
import java.io.IOException;

/** Encodes a {@link RoutingMessage}: one byte for its kind, the sender, then the other components in order. */
public final class RoutingWire {

    private static final int HEARTBEAT = 1;
    private static final int SUBSCRIPTION_DELTA = 2;
    private static final int DELTA_ACK = 3;
    private static final int WINDOW_UPDATE = 4;
    private static final int LEAVE = 5;

    private RoutingWire() {}

    public static void write(DataOutput out, RoutingMessage message) throws IOException {
        out.writeByte(kind(message));
        Wire.writeString(out, message.from());
        if (message instanceof Heartbeat heartbeat) {
            out.writeLong(heartbeat.known());
            out.writeBoolean(heartbeat.all());
            out.writeLong(heartbeat.at());
            out.writeLong(heartbeat.sent());
            out.writeLong(heartbeat.received());
        } else if (message instanceof SubscriptionDelta subscriptionDelta) {
            out.writeLong(subscriptionDelta.base());
            out.writeLong(subscriptionDelta.version());
            out.writeLong(subscriptionDelta.digest());
            Wire.writeStrings(out, subscriptionDelta.added());
            Wire.writeStrings(out, subscriptionDelta.removed());
            out.writeLong(subscriptionDelta.at());
        } else if (message instanceof DeltaAck deltaAck) {
            out.writeLong(deltaAck.version());
        } else if (message instanceof WindowUpdate windowUpdate) {
            out.writeLong(windowUpdate.mark());
        }
    }

    private static int kind(RoutingMessage message) {
        if (message instanceof Heartbeat) {
            return HEARTBEAT;
        }
        if (message instanceof SubscriptionDelta) {
            return SUBSCRIPTION_DELTA;
        }
        if (message instanceof DeltaAck) {
            return DELTA_ACK;
        }
        return message instanceof WindowUpdate ? WINDOW_UPDATE : LEAVE;
    }

    public static RoutingMessage read(DataInputStream in) throws IOException {
        int kind = in.readByte();
        String from = Wire.readString(in);
        return switch (kind) {
            case HEARTBEAT ->
                new Heartbeat(from, in.readLong(), in.readBoolean(), in.readLong(), in.readLong(), in.readLong());
            case SUBSCRIPTION_DELTA ->
                new SubscriptionDelta(
                        from,
                        in.readLong(),
                        in.readLong(),
                        in.readLong(),
                        Wire.readStrings(in),
                        Wire.readStrings(in),
                        in.readLong());
            case DELTA_ACK -> new DeltaAck(from, in.readLong());
            case WINDOW_UPDATE -> new WindowUpdate(from, in.readLong());
            case LEAVE -> new Leave(from);
            default -> throw new IOException("unknown kind: " + kind);
        };
    }

    public static void writeHello(DataOutput out, Hello hello) throws IOException {
        out.writeInt(hello.slots());
        out.writeLong(hello.clockMillis());
    }

    public static Hello readHello(DataInputStream in) throws IOException {
        return new Hello(in.readInt(), in.readLong());
    }
}
