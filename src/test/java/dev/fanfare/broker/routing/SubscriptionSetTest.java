package dev.fanfare.broker.routing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SubscriptionSetTest {

    private static final int SLOTS = 65_536;

    @Test
    void ninePeersWithAllOf65536SlotsTake72KiB() {
        SlotList all = SlotList.of(IntStream.range(0, SLOTS).toArray());
        long bytes = 0;
        for (int peer = 0; peer < 9; peer++) {
            SubscriptionSet theirs = new SubscriptionSet(SLOTS, SubscriptionSet.NOTHING);
            theirs.replace(1, all);
            assertTrue(theirs.contains(0) && theirs.contains(SLOTS - 1));
            bytes += theirs.bytes();
        }
        assertEquals(9 * SLOTS / 8, bytes);
        assertEquals(0, new SubscriptionSet(SLOTS, SubscriptionSet.NOTHING).bytes());
    }

    @Test
    void randomChangesAndReplacementsAgreeWithASet() {
        long seed = new Random().nextLong();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        int slots = 1 + random.nextInt(200);
        SubscriptionSet original = new SubscriptionSet(slots, 0);
        SubscriptionSet copy = new SubscriptionSet(slots, SubscriptionSet.NOTHING);
        TreeSet<Integer> expected = new TreeSet<>();
        for (int i = 0; i < 2000; i++) {
            int slot = random.nextInt(slots);
            boolean subscribed = random.nextBoolean();
            original.change(slot, subscribed);
            if (subscribed ? expected.add(slot) : expected.remove(slot)) {
                SlotList changed = SlotList.of(slot);
                copy.apply(
                        original.version(), subscribed ? changed : SlotList.NONE, subscribed ? SlotList.NONE : changed);
            }
            if (random.nextInt(50) == 0) {
                copy.replace(original.version(), original.all());
            }
            assertEquals(SlotList.of(expected.stream().mapToInt(n -> n).toArray()), copy.all());
            assertEquals(original.all(), copy.all());
            assertEquals(original.digest(), copy.digest());
        }
        for (int slot = 0; slot < slots; slot++) {
            assertEquals(expected.contains(slot), copy.contains(slot));
        }
    }

    /** The digest of the sender counts them, so that the copy is never relied on. */
    @Test
    void slotsOfANodeWithMoreSlotsAreSkippedAndTheDigestDiffers() {
        SubscriptionSet larger = new SubscriptionSet(100, 0);
        larger.change(64, true);
        SubscriptionSet copy = new SubscriptionSet(64, SubscriptionSet.NOTHING);
        copy.replace(larger.version(), larger.all());
        assertFalse(copy.contains(64));
        assertNotEquals(larger.digest(), copy.digest());
    }

    @Test
    void theDigestCountsSlotZero() {
        SubscriptionSet set = new SubscriptionSet(1, 0);
        set.change(0, true);
        assertNotEquals(0, set.digest());
    }

    @Test
    void changedSlotsAreBoundedHoweverOftenTheyChange() {
        ChangedSlots changed = new ChangedSlots();
        int[] slots = {5, 3, 9, 3, 0, 7, 1};
        for (int i = 0; i < 1_000_000; i++) {
            changed.add(slots[i % slots.length]);
        }
        assertTrue(changed.capacity() <= 4 * slots.length, () -> "capacity=" + changed.capacity());
        assertEquals(SlotList.of(slots), changed.take());
        assertTrue(changed.isEmpty());
        int[] many = new Random(1).ints(10_000, 0, 1000).toArray();
        Arrays.stream(many).forEach(changed::add);
        assertEquals(SlotList.of(many), changed.take());
    }
}
