package dev.fanfare.broker.handover;

import dev.fanfare.broker.routing.SubscriptionSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Session ids, with a digest that is equal for equal sets. Confined to the registry's thread. */
final class SessionSet {

    private final Set<String> ids = new HashSet<>();
    private long digest;

    void add(String id) {
        if (ids.add(id)) {
            digest += SubscriptionSet.mix(id);
        }
    }

    void remove(String id) {
        if (ids.remove(id)) {
            digest -= SubscriptionSet.mix(id);
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
}
