package dev.fanfare.ops;

import dev.fanfare.store.StoreFigures;
import dev.fanfare.store.StoreObserver;
import dev.fanfare.store.StoreOperation;
import dev.fanfare.store.StoreOutcome;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/** What the store holds, how its operations end, and how long they and its disk take. */
final class StoreMetrics implements StoreObserver {

    private static final Duration[] BUCKETS = {
        Duration.ofNanos(250_000),
        Duration.ofMillis(1),
        Duration.ofMillis(5),
        Duration.ofMillis(25),
        Duration.ofMillis(100),
        Duration.ofMillis(500)
    };

    private static final StoreFigures NOTHING = new StoreFigures(0, 0, 0, 0, 0, 0);

    private final Map<StoreOperation, EnumCounter<StoreOutcome>> outcomes = new EnumMap<>(StoreOperation.class);
    private final Map<StoreOperation, Timer> timers = new EnumMap<>(StoreOperation.class);
    private final Timer writes;
    private final LongAdder failedWrites;
    private final AtomicReference<Supplier<StoreFigures>> figures = new AtomicReference<>(() -> NOTHING);

    StoreMetrics(MeterRegistry registry, Meters meters) {
        for (StoreOperation operation : StoreOperation.values()) {
            String label = operation.name().toLowerCase(Locale.ROOT);
            outcomes.put(
                    operation,
                    meters.counters(
                            "fanfare_store_operations_total",
                            "Operations of the store, by how they ended",
                            "outcome",
                            StoreOutcome.class,
                            Tags.of("operation", label)));
            timers.put(
                    operation,
                    Timer.builder("fanfare_store_operation_seconds")
                            .description("Time from an operation of the store to its answer")
                            .tag("operation", label)
                            .serviceLevelObjectives(BUCKETS)
                            .register(registry));
        }
        writes = Timer.builder("fanfare_store_write_seconds")
                .description("Time to write a batch of operations to the disk of the store")
                .serviceLevelObjectives(BUCKETS)
                .register(registry);
        failedWrites = meters.counter(
                "fanfare_store_failed_writes_total",
                "Writes to the disk of the store that failed, or did not end in time");
        gauge(
                meters,
                "fanfare_store_disk_wait_seconds",
                "How long something has waited for the disk of the store without any progress",
                each -> each.diskWaitMillis() / 1000.0);
        gauge(meters, "fanfare_store_entries", "Keys in the store", StoreFigures::entries);
        gauge(meters, "fanfare_store_logs", "Logs in the store", StoreFigures::logs);
        gauge(meters, "fanfare_store_bytes", "Bytes in use in the store", StoreFigures::bytes);
        gauge(meters, "fanfare_store_max_bytes", "Bytes that may be in use in the store", StoreFigures::maxBytes);
        gauge(
                meters,
                "fanfare_store_journal_bytes",
                "Bytes of the journal since the last snapshot of the store",
                StoreFigures::journalBytes);
    }

    private void gauge(Meters meters, String name, String help, ToDoubleFunction<StoreFigures> figure) {
        meters.gauge(
                name,
                help,
                Tags.empty(),
                () -> figure.applyAsDouble(Objects.requireNonNull(figures.get()).get()));
    }

    /** Registers where the gauges come from; called at each scrape. */
    void figures(Supplier<StoreFigures> source) {
        figures.set(source);
    }

    /** Operations that were refused because the store was unavailable. */
    long unavailable() {
        return outcomes.values().stream()
                .mapToLong(counter -> counter.sum(StoreOutcome.UNAVAILABLE))
                .sum();
    }

    @Override
    public void completed(StoreOperation operation, StoreOutcome outcome, long nanos) {
        Objects.requireNonNull(outcomes.get(operation)).increment(outcome);
        Objects.requireNonNull(timers.get(operation)).record(nanos, TimeUnit.NANOSECONDS);
    }

    @Override
    public void written(long nanos) {
        writes.record(nanos, TimeUnit.NANOSECONDS);
    }

    @Override
    public void writeFailed() {
        failedWrites.increment();
    }
}
