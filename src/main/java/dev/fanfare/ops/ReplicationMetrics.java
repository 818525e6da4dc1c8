package dev.fanfare.ops;

import dev.fanfare.store.ReplicationFigures;
import dev.fanfare.store.cluster.StoreTraffic;
import io.micrometer.core.instrument.Tags;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** How the store is replicated. Everything is 0 without a replicated store. */
final class ReplicationMetrics {

    private final Meters meters;
    private final AtomicReference<Supplier<ReplicationFigures>> figures =
            new AtomicReference<>(() -> ReplicationFigures.NONE);
    /** The registry references them weakly. */
    private final List<AtomicReference<LongSupplier>> counts = new ArrayList<>();

    private final AtomicReference<@Nullable StoreTraffic> traffic = new AtomicReference<>();

    ReplicationMetrics(Meters meters) {
        this.meters = meters;
        gauge(
                "fanfare_store_members",
                "Nodes of the replicated store, as this node knows them",
                Tags.empty(),
                ReplicationFigures::members);
        partitions("primary", ReplicationFigures::primaries);
        partitions("backup", ReplicationFigures::backups);
        partitions("learner", ReplicationFigures::learners);
        partitions("single", ReplicationFigures::singleCopies);
        partitions("unavailable", ReplicationFigures::unavailable);
        gauge(
                "fanfare_store_single_entries",
                "Keys and logs of which this node has the only copy",
                Tags.empty(),
                ReplicationFigures::singleEntries);
        counter(
                "fanfare_store_lost_partitions_total",
                "Partitions of the store that began anew, as all copies were lost",
                Tags.empty(),
                StoreTraffic::lostPartitions);
        counter(
                "fanfare_store_sent_bytes_total",
                "Bytes that the store sent to other nodes",
                Tags.empty(),
                StoreTraffic::sentBytes);
        counter(
                "fanfare_store_received_bytes_total",
                "Bytes that the store received from other nodes",
                Tags.empty(),
                StoreTraffic::receivedBytes);
        for (StoreTraffic.SkipReason reason : StoreTraffic.SkipReason.values()) {
            counter(
                    "fanfare_store_skipped_messages_total",
                    "Messages between the stores of nodes that were skipped",
                    Tags.of("reason", reason.name().toLowerCase(Locale.ROOT)),
                    source -> source.skipped(reason));
        }
    }

    private void partitions(String state, ToDoubleFunction<ReplicationFigures> figure) {
        gauge("fanfare_store_partitions", "Partitions of the replicated store", Tags.of("state", state), figure);
    }

    private void gauge(String name, String help, Tags tags, ToDoubleFunction<ReplicationFigures> figure) {
        meters.gauge(
                name,
                help,
                tags,
                () -> figure.applyAsDouble(Objects.requireNonNull(figures.get()).get()));
    }

    private void counter(String name, String help, Tags tags, ToLongFunction<StoreTraffic> count) {
        AtomicReference<LongSupplier> source = new AtomicReference<>(() -> {
            StoreTraffic current = traffic.get();
            return current == null ? 0 : count.applyAsLong(current);
        });
        counts.add(source);
        meters.counter(name, help, tags, source);
    }

    /** Registers where the numbers come from; called at each scrape. */
    void source(Supplier<ReplicationFigures> newFigures, StoreTraffic newTraffic) {
        figures.set(newFigures);
        traffic.set(newTraffic);
    }
}
