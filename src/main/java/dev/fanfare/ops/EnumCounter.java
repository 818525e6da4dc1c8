package dev.fanfare.ops;

import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;

/** One counter for each value of an enum, created in advance: counting is an array access and an addition. */
final class EnumCounter<E extends Enum<E>> {

    private final Map<E, LongAdder> counts;

    EnumCounter(Class<E> type, Function<E, LongAdder> counterOf) {
        counts = new EnumMap<>(type);
        for (E value : type.getEnumConstants()) {
            counts.put(value, counterOf.apply(value));
        }
    }

    void increment(E value) {
        add(value, 1);
    }

    void add(E value, long amount) {
        Objects.requireNonNull(counts.get(value)).add(amount);
    }

    long sum(E value) {
        return Objects.requireNonNull(counts.get(value)).sum();
    }
}
