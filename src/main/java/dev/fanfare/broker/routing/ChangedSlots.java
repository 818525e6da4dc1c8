package dev.fanfare.broker.routing;

import java.util.Arrays;

/**
 * The slots that have changed since a peer was last sent the subscriptions of this node. Bounded by four entries for
 * each slot, however often it changes. Single-threaded.
 */
final class ChangedSlots {

    private static final int[] NONE = {};
    private static final int FIRST = 8;

    /** In any order, up to {@link #count}; a slot may occur several times. */
    private int[] slots = NONE;

    private int count;

    void add(int slot) {
        if (count == slots.length) {
            removeDuplicates();
            if (2 * count >= slots.length) {
                slots = Arrays.copyOf(slots, Math.max(FIRST, 2 * count));
            }
        }
        slots[count++] = slot;
    }

    boolean isEmpty() {
        return count == 0;
    }

    /** Removes all and returns them. */
    SlotList take() {
        removeDuplicates();
        SlotList all = SlotList.ascending(Arrays.copyOf(slots, count));
        clear();
        return all;
    }

    void clear() {
        count = 0;
        if (slots.length > FIRST) {
            slots = NONE;
        }
    }

    int capacity() {
        return slots.length;
    }

    private void removeDuplicates() {
        Arrays.sort(slots, 0, count);
        int kept = 0;
        for (int i = 0; i < count; i++) {
            if (i == 0 || slots[i] != slots[i - 1]) {
                slots[kept++] = slots[i];
            }
        }
        count = kept;
    }
}
