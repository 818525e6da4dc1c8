package dev.fanfare.ops;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;

/**
 * Registers meters that read numbers kept elsewhere, so that counting only costs a {@link LongAdder}. The registry
 * references counters weakly: the caller must keep them.
 */
final class Meters {

    private final MeterRegistry registry;

    Meters(MeterRegistry registry) {
        this.registry = registry;
    }

    LongAdder counter(String name, String help, Tags tags) {
        LongAdder count = new LongAdder();
        FunctionCounter.builder(name, count, LongAdder::sum)
                .description(help)
                .tags(tags)
                .register(registry);
        return count;
    }

    /** A counter whose value is kept elsewhere. */
    void counter(String name, String help, Tags tags, AtomicReference<LongSupplier> source) {
        FunctionCounter.builder(
                        name, source, s -> Objects.requireNonNull(s.get()).getAsLong())
                .description(help)
                .tags(tags)
                .register(registry);
    }

    LongAdder counter(String name, String help) {
        return counter(name, help, Tags.empty());
    }

    /** A counter of seconds to which nanoseconds are added. */
    LongAdder secondsCounter(String name, String help) {
        LongAdder nanos = new LongAdder();
        FunctionCounter.builder(name, nanos, sum -> sum.sum() / 1e9)
                .description(help)
                .register(registry);
        return nanos;
    }

    /** A counter for each value of the enum; the label's value is the constant's name in lower case. */
    <E extends Enum<E>> EnumCounter<E> counters(String name, String help, String label, Class<E> type, Tags more) {
        return new EnumCounter<>(
                type, value -> counter(name, help, more.and(label, value.name().toLowerCase(Locale.ROOT))));
    }

    <E extends Enum<E>> EnumCounter<E> counters(String name, String help, String label, Class<E> type) {
        return counters(name, help, label, type, Tags.empty());
    }

    void gauge(String name, String help, Tags tags, DoubleSupplier value) {
        Gauge.builder(name, value::getAsDouble)
                .description(help)
                .tags(tags)
                .strongReference(true)
                .register(registry);
    }
}
