package dev.fanfare.broker.routing;

import dev.fanfare.broker.routing.RoutingMessage.DeltaAck;
import dev.fanfare.broker.routing.RoutingMessage.Heartbeat;
import dev.fanfare.broker.routing.RoutingMessage.Leave;
import dev.fanfare.broker.routing.RoutingMessage.SubscriptionDelta;
import dev.fanfare.broker.routing.RoutingMessage.WindowUpdate;
import dev.fanfare.core.codec.WireException;
import dev.fanfare.core.codec.WireReader;
import dev.fanfare.core.codec.WireVersions;
import dev.fanfare.core.codec.WireWriter;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.BitSet;

/**
 * Encodes a {@link RoutingMessage}: one byte for its kind, the sender, then the other components in order. Every version
 * can read the beginning of a {@link Heartbeat} and of a {@link Hello}, up to the versions of the sender.
 */
public final class RoutingWire {

    private static final int HEARTBEAT = 1;
    private static final int SUBSCRIPTION_DELTA = 2;
    private static final int DELTA_ACK = 3;
    private static final int WINDOW_UPDATE = 4;
    private static final int LEAVE = 5;

    /** One bit for each of the most slots that can be configured. */
    static final int MAX_BITMAP_BYTES = 2 * 1024 * 1024;

    private RoutingWire() {}

    public static void write(WireWriter out, RoutingMessage message) {
        message.accept(new RoutingFields(out));
    }

    /** Writes the components of each message. */
    private record RoutingFields(WireWriter out) implements RoutingVisitor {

        @Override
        public void on(Heartbeat heartbeat) {
            begin(HEARTBEAT, heartbeat);
            writeVersions(out, heartbeat.versions());
            out.writeLong(heartbeat.known());
            out.writeBoolean(heartbeat.all());
            out.writeLong(heartbeat.at());
            out.writeLong(heartbeat.sent());
            out.writeLong(heartbeat.received());
        }

        @Override
        public void on(SubscriptionDelta subscriptionDelta) {
            begin(SUBSCRIPTION_DELTA, subscriptionDelta);
            out.writeLong(subscriptionDelta.base());
            out.writeLong(subscriptionDelta.version());
            out.writeLong(subscriptionDelta.digest());
            writeSlots(out, subscriptionDelta.added());
            writeSlots(out, subscriptionDelta.removed());
            out.writeLong(subscriptionDelta.at());
        }

        @Override
        public void on(DeltaAck deltaAck) {
            begin(DELTA_ACK, deltaAck);
            out.writeLong(deltaAck.version());
        }

        @Override
        public void on(WindowUpdate windowUpdate) {
            begin(WINDOW_UPDATE, windowUpdate);
            out.writeLong(windowUpdate.mark());
        }

        @Override
        public void on(Leave leave) {
            begin(LEAVE, leave);
        }

        private void begin(int kind, RoutingMessage message) {
            out.writeByte(kind);
            out.writeString(message.from());
        }
    }

    public static RoutingMessage read(WireReader in) throws WireException {
        int kind = in.readByte();
        if (kind < HEARTBEAT || kind > LEAVE) {
            throw WireException.unknownKind("routing " + kind);
        }
        String from = in.readString();
        return switch (kind) {
            case HEARTBEAT ->
                new Heartbeat(
                        from,
                        readVersions(in),
                        in.readLong(),
                        in.readBoolean(),
                        in.readLong(),
                        in.readLong(),
                        in.readLong());
            case SUBSCRIPTION_DELTA ->
                new SubscriptionDelta(
                        from, in.readLong(), in.readLong(), in.readLong(), readSlots(in), readSlots(in), in.readLong());
            case DELTA_ACK -> new DeltaAck(from, in.readLong());
            case WINDOW_UPDATE -> new WindowUpdate(from, in.readLong());
            default -> new Leave(from);
        };
    }

    /**
     * Writes the slots as distances from one to the next, of seven bits in each byte, or as one bit for each slot,
     * whichever is shorter.
     */
    static void writeSlots(WireWriter out, SlotList slots) {
        byte[] distances = distances(slots);
        int bitmapBytes = slots.isEmpty() ? 0 : slots.last() / Byte.SIZE + 1;
        boolean bitmap = bitmapBytes < distances.length;
        out.writeBoolean(bitmap);
        out.writeBytes(bitmap ? bitmap(slots, bitmapBytes) : distances);
    }

    static SlotList readSlots(WireReader in) throws WireException {
        boolean bitmap = in.readBoolean();
        byte[] bytes = in.readBytes();
        if (bitmap && bytes.length > MAX_BITMAP_BYTES) {
            throw WireException.malformed("bitmap of " + bytes.length + " bytes");
        }
        return bitmap ? ofBitmap(bytes) : ofDistances(bytes);
    }

    private static byte[] bitmap(SlotList slots, int length) {
        byte[] bytes = new byte[length];
        slots.forEach(slot -> bytes[slot / Byte.SIZE] |= (byte) (1 << slot % Byte.SIZE));
        return bytes;
    }

    private static SlotList ofBitmap(byte[] bytes) {
        BitSet bits = BitSet.valueOf(bytes);
        int[] slots = new int[bits.cardinality()];
        int slot = -1;
        for (int i = 0; i < slots.length; i++) {
            slot = bits.nextSetBit(slot + 1);
            slots[i] = slot;
        }
        return SlotList.ascending(slots);
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

    private static SlotList ofDistances(byte[] bytes) throws WireException {
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
                    throw WireException.malformed("slot out of range: " + next);
                }
                slots[count++] = (int) next++;
                distance = 0;
                shift = 0;
            } else if (shift > Integer.SIZE) {
                throw WireException.malformed("distance out of range");
            }
        }
        if (shift > 0) {
            throw WireException.malformed("incomplete distance");
        }
        return SlotList.ascending(Arrays.copyOf(slots, count));
    }

    public static void writeHello(WireWriter out, Hello hello) {
        writeVersions(out, hello.versions());
        out.writeString(hello.from());
        out.writeInt(hello.slots());
        out.writeLong(hello.clockMillis());
    }

    public static Hello readHello(WireReader in) throws WireException {
        return new Hello(readVersions(in), in.readString(), in.readInt(), in.readLong());
    }

    private static void writeVersions(WireWriter out, WireVersions versions) {
        out.writeByte(versions.current());
        out.writeByte(versions.oldest());
    }

    private static WireVersions readVersions(WireReader in) throws WireException {
        int current = in.readByte();
        int oldest = in.readByte();
        if (oldest == WireVersions.NONE || oldest > current) {
            throw WireException.malformed("versions: " + oldest + " to " + current);
        }
        return new WireVersions(current, oldest);
    }
}
