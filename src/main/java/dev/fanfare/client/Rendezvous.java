package dev.fanfare.client;

import java.util.Collection;
import java.util.Comparator;

/**
 * Chooses one of several nodes for a key ("highest random weight", Thaler and Ravishankar 1998). All nodes that know
 * the same candidates choose the same one, and when a node leaves, its keys are spread evenly over the others.
 */
final class Rendezvous {

    private Rendezvous() {}

    /** The node that the key belongs to. */
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
