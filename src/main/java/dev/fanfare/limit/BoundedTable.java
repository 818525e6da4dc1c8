package dev.fanfare.limit;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Values by key, of which those that are not in use are forgotten when there are too many, the least recently used ones first.
 * Keys that strangers choose take a bounded amount of memory: as much as the values in use, and {@code capacity} others. In
 * stripes, so that threads seldom wait for each other. Thread-safe.
 *
 * @param <K> what strangers choose
 * @param <V> what is counted for it
 */
final class BoundedTable<K, V> {

    private static final int STRIPES = 16;

    /** Values in use that are passed over, and become the most recently used ones, for each new value. */
    private static final int PASSED_OVER = 8;

    private final List<Map<K, V>> stripes = new ArrayList<>();
    private final int perStripe;
    private final Predicate<V> inUse;

    /** @param inUse asked under the lock of a stripe; must be cheap */
    BoundedTable(int capacity, Predicate<V> inUse) {
        this.perStripe = Math.max(1, capacity / STRIPES);
        this.inUse = inUse;
        for (int i = 0; i < STRIPES; i++) {
            stripes.add(new LinkedHashMap<>(16, 0.75f, true));
        }
    }

    /**
     * Applies a function to the value of a key while no other thread can forget it.
     *
     * @param created makes the value if there is none
     */
    <R extends @Nullable Object> R with(K key, Supplier<V> created, Function<V, R> function) {
        Map<K, V> stripe = stripe(key);
        synchronized (stripe) {
            V value = stripe.get(key);
            if (value == null) {
                value = created.get();
                stripe.put(key, value);
                forgetOne(stripe);
            }
            return function.apply(value);
        }
    }

    private void forgetOne(Map<K, V> stripe) {
        List<K> used = new ArrayList<>(0);
        Iterator<Map.Entry<K, V>> eldest = stripe.entrySet().iterator();
        while (stripe.size() > perStripe && used.size() < PASSED_OVER && eldest.hasNext()) {
            Map.Entry<K, V> entry = eldest.next();
            if (inUse.test(entry.getValue())) {
                used.add(entry.getKey());
            } else {
                eldest.remove();
            }
        }
        used.forEach(stripe::get);
    }

    /** The value of a key, or what stands for none. */
    V getOrDefault(K key, V none) {
        Map<K, V> stripe = stripe(key);
        synchronized (stripe) {
            return stripe.getOrDefault(key, none);
        }
    }

    int size() {
        int size = 0;
        for (Map<K, V> stripe : stripes) {
            synchronized (stripe) {
                size += stripe.size();
            }
        }
        return size;
    }

    private Map<K, V> stripe(K key) {
        int hash = key.hashCode() * 0x9E3779B9; // neighbouring networks are in different stripes
        return stripes.get((hash >>> 16) & (STRIPES - 1));
    }
}
