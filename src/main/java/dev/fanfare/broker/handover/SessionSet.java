package dev.fanfare.broker.handover;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Session ids, with a digest that is equal for equal sets. Confined to the registry's thread. */
final class SessionSet {

    private final Set<String> ids = new HashSet<>();
    private long digest;

    void add(String id) {
        if (ids.add(id)) {
            digest += mix(id);
        }
    }

    void remove(String id) {
        if (ids.remove(id)) {
            digest -= mix(id);
        }
    }

    boolean contains(String id) {
        return ids.contains(id);
    }

    boolean isEmpty() {
        return ids.isEmpty();
    }

    int size() {
        return ids.size();
    }

    long digest() {
        return digest;
    }

    List<String> all() {
        return List.copyOf(ids);
    }

    /** Spreads the bits (the finalizer of MurmurHash3), so that sums of different sets differ. */
    private static long mix(String id) {
        long h = id.hashCode() * 0x9e3779b97f4a7c15L;
        h = (h ^ (h >>> 33)) * 0xff51afd7ed558ccdL;
        h = (h ^ (h >>> 33)) * 0xc4ceb9fe1a85ec53L;
        return h ^ (h >>> 33);
    }
}
