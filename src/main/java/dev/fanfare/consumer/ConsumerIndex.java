package dev.fanfare.consumer;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The registered clients of each hub by the names of their records, in order. A copy of what the store has: about 150 bytes
 * for each. Any thread may ask, one thread at a time changes it.
 */
final class ConsumerIndex {

    private final Map<String, NavigableMap<String, Integer>> hubs = new ConcurrentHashMap<>();
    private final AtomicInteger size = new AtomicInteger();
    private int generation;
    private volatile boolean synced;

    void syncing() {
        generation++;
    }

    void put(ConsumerKey key) {
        if (hubs.computeIfAbsent(key.hub(), hub -> new ConcurrentSkipListMap<>())
                        .put(key.name(), generation)
                == null) {
            size.incrementAndGet();
        }
    }

    void remove(ConsumerKey key) {
        NavigableMap<String, Integer> names = hubs.get(key.hub());
        if (names != null && names.remove(key.name()) != null) {
            size.decrementAndGet();
            if (names.isEmpty()) {
                hubs.remove(key.hub());
            }
        }
    }

    /** Removes what was not reported since {@link #syncing}. */
    void synced() {
        for (String hub : Set.copyOf(hubs.keySet())) {
            Set<String> gone = new HashSet<>();
            hubs.getOrDefault(hub, new ConcurrentSkipListMap<>()).forEach((name, of) -> {
                if (of != generation) {
                    gone.add(name);
                }
            });
            gone.forEach(name -> remove(new ConsumerKey(hub, name)));
        }
        synced = true;
    }

    /** Whether everything is here that the store had when this node started. */
    boolean isSynced() {
        return synced;
    }

    int size() {
        return size.get();
    }

    /**
     * Some records of a hub, in order.
     *
     * @param after the last name of the page before; null from the start
     */
    List<ConsumerKey> page(String hub, @Nullable String after, int limit) {
        NavigableMap<String, Integer> names = hubs.get(hub);
        List<ConsumerKey> page = new ArrayList<>();
        if (names != null) {
            NavigableMap<String, Integer> rest = after == null ? names : names.tailMap(after, false);
            for (String name : rest.keySet()) {
                if (page.size() == limit) {
                    break;
                }
                page.add(new ConsumerKey(hub, name));
            }
        }
        return page;
    }
}
