package dev.fanfare.broker.routing;

import java.util.Arrays;
import java.util.function.IntConsumer;
import java.util.function.IntPredicate;

/** Slots in ascending order, each once. Immutable. */
public final class SlotList {

    public static final SlotList NONE = new SlotList(new int[0]);

    private final int[] slots;

    private SlotList(int[] slots) {
        this.slots = slots;
    }

    /** @param slots in any order, 0 and up */
    public static SlotList of(int... slots) {
        return new SlotList(Arrays.stream(slots).sorted().distinct().toArray());
    }

    /** @param slots in ascending order, each once; must not be changed afterwards */
    static SlotList ascending(int[] slots) {
        return slots.length == 0 ? NONE : new SlotList(slots);
    }

    public int size() {
        return slots.length;
    }

    public boolean isEmpty() {
        return slots.length == 0;
    }

    /** The greatest one; the list must not be empty. */
    int last() {
        return slots[slots.length - 1];
    }

    /** Those for which the condition holds. */
    SlotList where(IntPredicate condition) {
        return ascending(Arrays.stream(slots).filter(condition).toArray());
    }

    public void forEach(IntConsumer action) {
        for (int slot : slots) {
            action.accept(slot);
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SlotList list && Arrays.equals(slots, list.slots);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(slots);
    }

    @Override
    public String toString() {
        return slots.length <= 10 ? Arrays.toString(slots) : slots.length + " slots";
    }
}
