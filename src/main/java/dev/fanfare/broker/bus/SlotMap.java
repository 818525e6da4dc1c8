package dev.fanfare.broker.bus;

import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Values by slot: a hash table that one thread changes and any thread reads, without a lock and without an object for the
 * slot. Readers see the chain of an index before a change or after it, since its entries never change. Chosen
 * names of groups do not make chains long, since the multiplier is random. Bounded by the number of slots.
 */
final class SlotMap<V> {

    static final int MIN_INDEXES = 16;

    private final int multiplier;
    private volatile AtomicReferenceArray<@Nullable SlotEntry<V>> chains = new AtomicReferenceArray<>(MIN_INDEXES);
    private volatile int size;

    private static final class SlotEntry<V> {
        private final int slot;
        private final V value;
        private final @Nullable SlotEntry<V> next;

        SlotEntry(int slot, V value, @Nullable SlotEntry<V> next) {
            this.slot = slot;
            this.value = value;
            this.next = next;
        }
    }

    /** @param multiplier random; spreads the slots over the chains, the upper bits of the product being the index */
    SlotMap(int multiplier) {
        this.multiplier = multiplier | 1;
    }

    private int index(int slot, AtomicReferenceArray<@Nullable SlotEntry<V>> all) {
        int bits = Integer.numberOfTrailingZeros(all.length());
        return (slot * multiplier) >>> (Integer.SIZE - bits);
    }

    /** The value of a slot; null if there is none. Any thread. */
    @Nullable
    V get(int slot) {
        AtomicReferenceArray<@Nullable SlotEntry<V>> all = chains;
        SlotEntry<V> entry = all.get(index(slot, all));
        while (entry != null && entry.slot != slot) {
            entry = entry.next;
        }
        return entry == null ? null : entry.value;
    }

    /** The number of values. Any thread. */
    int size() {
        return size;
    }

    /** Adds the value of a slot that has none. */
    void add(int slot, V value) {
        if (get(slot) != null) {
            throw new IllegalArgumentException("slot=" + slot + " has a value");
        }
        if (size == chains.length()) {
            resize(2 * size);
        }
        prepend(chains, slot, value);
        count(1);
    }

    private void prepend(AtomicReferenceArray<@Nullable SlotEntry<V>> all, int slot, V value) {
        int index = index(slot, all);
        all.set(index, new SlotEntry<>(slot, value, all.get(index)));
    }

    void forEach(Consumer<V> action) {
        AtomicReferenceArray<@Nullable SlotEntry<V>> all = chains;
        for (int index = 0; index < all.length(); index++) {
            for (SlotEntry<V> entry = all.get(index); entry != null; entry = entry.next) {
                action.accept(entry.value);
            }
        }
    }

    /** Removes the values for which the condition holds, which is tested once for each. */
    void removeIf(Predicate<V> condition) {
        AtomicReferenceArray<@Nullable SlotEntry<V>> all = chains;
        for (int index = 0; index < all.length(); index++) {
            SlotEntry<V> before = all.get(index);
            SlotEntry<V> after = without(before, condition);
            if (before != after) {
                all.set(index, after);
            }
        }
        int fitting = MIN_INDEXES;
        while (fitting < size) {
            fitting *= 2;
        }
        if (all.length() > 4 * fitting) {
            resize(fitting);
        }
    }

    private @Nullable SlotEntry<V> without(@Nullable SlotEntry<V> entry, Predicate<V> condition) {
        if (entry == null) {
            return null;
        }
        SlotEntry<V> rest = without(entry.next, condition);
        if (condition.test(entry.value)) {
            count(-1);
            return rest;
        }
        return rest == entry.next ? entry : new SlotEntry<>(entry.slot, entry.value, rest);
    }

    private void resize(int indexes) {
        AtomicReferenceArray<@Nullable SlotEntry<V>> all = chains;
        AtomicReferenceArray<@Nullable SlotEntry<V>> resized = new AtomicReferenceArray<>(indexes);
        for (int index = 0; index < all.length(); index++) {
            for (SlotEntry<V> entry = all.get(index); entry != null; entry = entry.next) {
                prepend(resized, entry.slot, entry.value);
            }
        }
        chains = resized;
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // one thread changes it
    private void count(int difference) {
        size += difference;
    }
}
