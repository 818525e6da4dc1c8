package dev.fanfare.broker.routing;

import dev.fanfare.broker.routing.RoutingMessage.DeltaAck;
import dev.fanfare.broker.routing.RoutingMessage.Heartbeat;
import dev.fanfare.broker.routing.RoutingMessage.Leave;
import dev.fanfare.broker.routing.RoutingMessage.SubscriptionDelta;
import dev.fanfare.broker.routing.RoutingMessage.WindowUpdate;
import dev.fanfare.broker.wire.Wire;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutput;
import java.io.IOException;
import java.util.Arrays;
import java.util.BitSet;

/** Encodes a {@link RoutingMessage}: one byte for its kind, the sender, then the other components in order. */
public final class RoutingWire {

    private static final int HEARTBEAT = 1;
    private static final int SUBSCRIPTION_DELTA = 2;
    private static final int DELTA_ACK = 3;
    private static final int WINDOW_UPDATE = 4;
    private static final int LEAVE = 5;

    /** One bit for each of the most slots that can be configured. */
    static final int MAX_BITMAP_BYTES = 2 * 1024 * 1024;

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
            writeSlots(out, subscriptionDelta.added());
            writeSlots(out, subscriptionDelta.removed());
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
                        from, in.readLong(), in.readLong(), in.readLong(), readSlots(in), readSlots(in), in.readLong());
            case DELTA_ACK -> new DeltaAck(from, in.readLong());
            case WINDOW_UPDATE -> new WindowUpdate(from, in.readLong());
            case LEAVE -> new Leave(from);
            default -> throw new IOException("unknown kind: " + kind);
        };
    }

    /**
     * Writes the slots as distances from one to the next, of seven bits in each byte, or as one bit for each slot,
     * whichever is shorter.
     */
    static void writeSlots(DataOutput out, SlotList slots) throws IOException {
        byte[] distances = distances(slots);
        int bitmapBytes = slots.isEmpty() ? 0 : slots.last() / Byte.SIZE + 1;
        boolean bitmap = bitmapBytes < distances.length;
        out.writeBoolean(bitmap);
        Wire.writeBytes(out, bitmap ? bitmap(slots, bitmapBytes) : distances);
    }

    static SlotList readSlots(DataInputStream in) throws IOException {
        boolean bitmap = in.readBoolean();
        byte[] bytes = Wire.readBytes(in);
        if (bitmap && bytes.length > MAX_BITMAP_BYTES) {
            throw new IOException("bitmap of " + bytes.length + " bytes");
        }
        return bitmap ? ofBitmap(bytes) : ofDistances(bytes);
    }

    private static byte[] bitmap(SlotList slots, int length) {
        byte[] bytes = new byte[length];
        slots.forEach(slot -> bytes[slot / Byte.SIZE] |= (byte) (1 << slot % Byte.SIZE));
        return bytes;
    }

    private static SlotList ofBitmap(byte[] bytes) {
        return SlotList.ascending(BitSet.valueOf(bytes).stream().toArray());
    }

    private static byte[] distances(SlotList slots) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(2 * slots.size());
        int[] next = {0};
        slots.forEach(slot -> {
            int left = slot - next[0];
            for (; left > 0x7f; left >>>= 7) {
                out.write(left | 0x80);
            }
            out.write(left);
            next[0] = slot + 1;
        });
        return out.toByteArray();
    }

    private static SlotList ofDistances(byte[] bytes) throws IOException {
        int[] slots = new int[bytes.length];
        int count = 0;
        long next = 0;
        long distance = 0;
        int shift = 0;
        for (byte each : bytes) {
            distance |= (each & 0x7fL) << shift;
            shift += 7;
            if (each >= 0) {
                next += distance;
                if (next >= Integer.MAX_VALUE) {
                    throw new IOException("slot out of range: " + next);
                }
                slots[count++] = (int) next++;
                distance = 0;
                shift = 0;
            } else if (shift > Integer.SIZE) {
                throw new IOException("distance out of range");
            }
        }
        if (shift > 0) {
            throw new IOException("incomplete distance");
        }
        return SlotList.ascending(Arrays.copyOf(slots, count));
    }

    public static void writeHello(DataOutput out, Hello hello) throws IOException {
        out.writeInt(hello.slots());
        out.writeLong(hello.clockMillis());
    }

    public static Hello readHello(DataInputStream in) throws IOException {
        return new Hello(in.readInt(), in.readLong());
    }
}
