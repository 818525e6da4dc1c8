package dev.fanfare.broker.routing;

import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The addresses that one node subscribes to, and their version, which counts the changes: copies of one version are
 * equal. Confined to the thread of the {@link RoutingTable}, except {@link #contains}.
 */
public final class SubscriptionSet {

    /** The version of a copy that is still empty. */
    public static final long NOTHING = -1;

    private volatile Set<String> addresses = ConcurrentHashMap.newKeySet();
    private long version;
    private long digest;

    /** @param version 0 for the original, {@link #NOTHING} for a copy */
    SubscriptionSet(long version) {
        this.version = version;
    }

    /** Any thread. */
    boolean contains(String address) {
        return addresses.contains(address);
    }

    long version() {
        return version;
    }

    /** A sum over all addresses that reveals a copy which has diverged. */
    long digest() {
        return digest;
    }

    List<String> all() {
        return List.copyOf(addresses);
    }

    /** Applies one change and returns the resulting version. */
    long change(String address, boolean subscribed) {
        put(address, subscribed);
        version++;
        return version;
    }

    /** Applies the changes up to a version of another node. */
    void apply(long newVersion, Collection<String> added, Collection<String> removed) {
        added.forEach(address -> put(address, true));
        removed.forEach(address -> put(address, false));
        version = newVersion;
    }

    /** Replaces the copy with all addresses of another node. */
    void replace(long newVersion, Collection<String> all) {
        Set<String> next = ConcurrentHashMap.newKeySet(Math.max(16, all.size()));
        next.addAll(all);
        digest = next.stream().mapToLong(SubscriptionSet::mix).sum();
        addresses = next;
        version = newVersion;
    }

    private void put(String address, boolean subscribed) {
        boolean changed = subscribed ? addresses.add(address) : addresses.remove(address);
        if (changed) {
            digest += subscribed ? mix(address) : -mix(address);
        }
    }

    /** Spreads the bits (the finalizer of MurmurHash3), so that sums of different sets differ. */
    public static long mix(String address) {
        long h = address.hashCode() * 0x9e3779b97f4a7c15L;
        h = (h ^ (h >>> 33)) * 0xff51afd7ed558ccdL;
        h = (h ^ (h >>> 33)) * 0xc4ceb9fe1a85ec53L;
        return h ^ (h >>> 33);
    }
}
