package dev.fanfare.ops;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;

/**
 * Meters for the values of a label that are known at start, and one for all others: whatever comes later adds no series.
 *
 * @param <T> what is counted with
 */
final class KnownLabels<T> {

    private final Map<String, T> known;
    private final T other;

    /** @param fallback the value for all others; may be one of those known */
    KnownLabels(Collection<String> values, String fallback, Function<String, T> meterOf) {
        Map<String, T> meters = new HashMap<>();
        values.forEach(value -> meters.computeIfAbsent(value, meterOf));
        other = meters.computeIfAbsent(fallback, meterOf);
        known = Map.copyOf(meters);
    }

    T of(String value) {
        return known.getOrDefault(value, other);
    }
}
