package dev.fanfare.ops;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;

/**
 * Meters for the label values known at startup, and one for all others: later values add no series.
 *
 * @param <T> type of the meters
 */
final class KnownLabels<T> {

    private final Map<String, T> known;
    private final T other;

    /** @param fallback the label of all others; may be one of the known values */
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
