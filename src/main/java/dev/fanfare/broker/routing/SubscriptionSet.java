package dev.fanfare.broker.routing;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * The slots that one node subscribes to, one bit each, and their version, which counts the changes: copies of one
 * version are equal. A copy that is still empty takes no memory, any other one an eighth of a byte for each slot.
 * Confined to the thread of the {@link RoutingTable}, except {@link #contains}.
 */
public final class SubscriptionSet {

    /** The version of a copy that is still empty. */
    public static final long NOTHING = -1;

    private static final AtomicLongArray EMPTY = new AtomicLongArray(0);

    private final int slots;
    private volatile AtomicLongArray bits = EMPTY;
    private int size;
    private long version;
    private long digest;

    /**
     * @param slots the number of slots, 1 and up
     * @param version 0 for the original, {@link #NOTHING} for a copy
     */
    SubscriptionSet(int slots, long version) {
        this.slots = slots;
        this.version = version;
    }

    /** Any thread. */
    boolean contains(int slot) {
        return contains(bits, slot);
    }

    private static boolean contains(AtomicLongArray bits, int slot) {
        int word = slot >> 6;
        return word < bits.length() && (bits.get(word) & 1L << slot) != 0;
    }

    long version() {
        return version;
    }

    /** A sum over all slots that reveals a copy which has diverged. */
    long digest() {
        return digest;
    }

    /** The bytes of its bits. */
    long bytes() {
        return (long) Long.BYTES * bits.length();
    }

    SlotList all() {
        int[] all = new int[size];
        int next = 0;
        AtomicLongArray words = bits;
        for (int word = 0; word < words.length(); word++) {
            for (long left = words.get(word); left != 0; left &= left - 1) {
                all[next++] = (word << 6) + Long.numberOfTrailingZeros(left);
            }
        }
        return SlotList.ascending(all);
    }

    /** Applies one change and returns the resulting version. */
    long change(int slot, boolean subscribed) {
        put(slot, subscribed);
        version++;
        return version;
    }

    /** Applies the changes up to a version of another node. */
    void apply(long newVersion, SlotList added, SlotList removed) {
        added.forEach(slot -> put(slot, true));
        removed.forEach(slot -> put(slot, false));
        version = newVersion;
    }

    /** Replaces the copy with all slots of another node. Readers see the old copy or the new one. */
    void replace(long newVersion, SlotList all) {
        SubscriptionSet next = new SubscriptionSet(slots, newVersion);
        next.apply(newVersion, all, SlotList.NONE);
        size = next.size;
        digest = next.digest;
        bits = next.bits;
        version = newVersion;
    }

    /** Skips slots that do not exist, which a node with other settings may send: the digest reveals that. */
    private void put(int slot, boolean subscribed) {
        if (slot < 0 || slot >= slots || contains(slot) == subscribed) {
            return;
        }
        if (bits == EMPTY) {
            bits = new AtomicLongArray((slots + Long.SIZE - 1) / Long.SIZE);
        }
        AtomicLongArray words = bits;
        words.set(slot >> 6, words.get(slot >> 6) ^ 1L << slot);
        size += subscribed ? 1 : -1;
        digest += subscribed ? mix(slot) : -mix(slot);
    }

    /** Spreads the bits (the finalizer of MurmurHash3), so that sums of different sets differ. */
    private static long mix(int slot) {
        long h = (slot + 1L) * 0x9e3779b97f4a7c15L;
        h = (h ^ (h >>> 33)) * 0xff51afd7ed558ccdL;
        h = (h ^ (h >>> 33)) * 0xc4ceb9fe1a85ec53L;
        return h ^ (h >>> 33);
    }
}
