package dev.fanfare.client;

import java.util.Collection;
import java.util.Comparator;

/**
 * Chooses one of several nodes for a key. Every node that knows the same candidates chooses the same one, and of a node that
 * is gone each of the others gets an even part ("highest random weight", Thaler and Ravishankar 1998).
 */
final class Rendezvous {

    private Rendezvous() {}

    /** The one of them whose key it is. */
    static String choose(Collection<String> nodes, DurableKey key) {
        return nodes.stream()
                .max(Comparator.comparingLong((String node) -> weight(node, key))
                        .thenComparing(Comparator.naturalOrder()))
                .orElseThrow();
    }

    private static long weight(String node, DurableKey key) {
        long hash = 1469598103934665603L;
        for (String part : new String[] {node, key.hub(), key.connectionId()}) {
            for (int i = 0; i < part.length(); i++) {
                hash = (hash ^ part.charAt(i)) * 1099511628211L;
            }
            hash = (hash ^ '/') * 1099511628211L;
        }
        hash = (hash ^ (hash >>> 33)) * 0xff51afd7ed558ccdL;
        hash = (hash ^ (hash >>> 33)) * 0xc4ceb9fe1a85ec53L;
        return (hash ^ (hash >>> 33)) >>> 1;
    }
}
