package dev.fanfare.broker.routing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.core.codec.WireException;
import dev.fanfare.core.codec.WireReader;
import dev.fanfare.core.codec.WireWriter;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Lists of slots between nodes. */
class RoutingWireTest {

    @Test
    void listsOfAnyDensityComeBackAsTheyWere() throws WireException {
        long seed = new Random().nextLong();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        for (int slots = 1; slots <= 1 << 24; slots <<= 2) {
            for (int count = 0; count <= 10_000; count = 1 + 3 * count) {
                SlotList list = SlotList.of(random.ints(count, 0, slots).toArray());
                assertEquals(list, read(written(list)));
            }
        }
        SlotList edges = SlotList.of(0, 127, 255, 16_511, Integer.MAX_VALUE - 1);
        assertEquals(edges, read(written(edges)));
    }

    @Test
    void fewSlotsAreDistancesAndManyABitmap() {
        int slots = 1 << 22;
        assertEquals(5 + 4, written(SlotList.of(slots - 1)).length);
        assertEquals(5, written(SlotList.NONE).length);
        SlotList all = SlotList.of(IntStream.range(0, slots).toArray());
        assertEquals(5 + slots / 8, written(all).length);
        SlotList some = SlotList.of(new Random(1).ints(100_000, 0, slots).toArray());
        int length = written(some).length;
        assertTrue(length < 150_000, () -> "bytes=" + length);
    }

    @Test
    void slotsThatDoNotExistAreRefused() {
        assertThrows(WireException.class, () -> read(distances(0x80)), "incomplete");
        assertThrows(WireException.class, () -> read(distances(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01)), "too long");
        assertThrows(WireException.class, () -> read(distances(0xff, 0xff, 0xff, 0xff, 0x7f)), "too great");
    }

    @Test
    void bitmapsOfMoreSlotsThanCanBeConfiguredAreRefused() throws WireException {
        byte[] most = new byte[RoutingWire.MAX_BITMAP_BYTES];
        assertEquals(0, read(bitmap(most)).size());
        assertThrows(WireException.class, () -> read(bitmap(new byte[most.length + 1])));
    }

    private static byte[] bitmap(byte[] bytes) {
        return WireWriter.toBytes(1, out -> {
            out.writeBoolean(true);
            out.writeBytes(bytes);
        });
    }

    private static byte[] distances(int... bytes) {
        byte[] body = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            body[i] = (byte) bytes[i];
        }
        return WireWriter.toBytes(1, out -> {
            out.writeBoolean(false);
            out.writeBytes(body);
        });
    }

    private static byte[] written(SlotList list) {
        return WireWriter.toBytes(1, out -> RoutingWire.writeSlots(out, list));
    }

    private static SlotList read(byte[] bytes) throws WireException {
        WireReader in = WireReader.of(bytes);
        SlotList list = RoutingWire.readSlots(in);
        assertFalse(in.hasMore());
        return list;
    }
}
