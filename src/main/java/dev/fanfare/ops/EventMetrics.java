package dev.fanfare.ops;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/** Outcomes of events, by kind, and how long handlers take. */
final class EventMetrics {

    private static final Duration[] BUCKETS = {
        Duration.ofMillis(5),
        Duration.ofMillis(25),
        Duration.ofMillis(100),
        Duration.ofMillis(500),
        Duration.ofMillis(2500),
        Duration.ofSeconds(10)
    };

    private final Map<Metrics.EventKind, EnumCounter<Metrics.EventOutcome>> outcomes =
            new EnumMap<>(Metrics.EventKind.class);
    private final Map<Metrics.EventKind, Timer> timers = new EnumMap<>(Metrics.EventKind.class);
    private final LongAdder retries;
    private final LongAdder published;
    private final LongAdder dropped;

    EventMetrics(MeterRegistry registry, Meters meters) {
        for (Metrics.EventKind eventKind : Metrics.EventKind.values()) {
            String label = eventKind.name().toLowerCase(Locale.ROOT);
            outcomes.put(
                    eventKind,
                    meters.counters(
                            "fanfare_events_total",
                            "Events for handlers, by their outcome",
                            "outcome",
                            Metrics.EventOutcome.class,
                            Tags.of("event", label)));
            timers.put(eventKind, timer(registry, label));
        }
        retries = meters.counter("fanfare_event_retries_total", "Events that were sent once more");
        published = bus(meters, "published");
        dropped = bus(meters, "dropped");
    }

    private static Timer timer(MeterRegistry registry, String event) {
        return Timer.builder("fanfare_event_seconds")
                .description("Time from an event to the end of its delivery, retries included")
                .tag("event", event)
                .serviceLevelObjectives(BUCKETS)
                .register(registry);
    }

    private static LongAdder bus(Meters meters, String outcome) {
        return meters.counter("fanfare_bus_events_total", "Events for the event bus", Tags.of("outcome", outcome));
    }

    void ended(Metrics.EventKind eventKind, Metrics.EventOutcome outcome, long nanos) {
        Objects.requireNonNull(outcomes.get(eventKind)).increment(outcome);
        if (outcome != Metrics.EventOutcome.UNHANDLED) {
            Objects.requireNonNull(timers.get(eventKind)).record(nanos, TimeUnit.NANOSECONDS);
        }
    }

    void retried() {
        retries.increment();
    }

    void onBus(boolean wasPublished) {
        (wasPublished ? published : dropped).increment();
    }
}
