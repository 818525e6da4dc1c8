package dev.fanfare.store.cluster;

import dev.fanfare.core.MonotonicClock;
import dev.fanfare.core.codec.WireVersions;
import dev.fanfare.store.ReplicationFigures;
import dev.fanfare.store.StoreObserver;
import dev.fanfare.store.file.FileJournal;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/** Nodes of a replicated store in one process, whose bus is not clustered. Their clock can be made to hurry. */
final class StoreNodes {

    private static final int TICK_MILLIS = 10;
    private static final long HURRY_NANOS = 50_000_000;

    private final Vertx vertx;
    private final MonotonicClock clock;
    private final long maxBytes;
    private final Map<String, ReplicatedStore> stores = new LinkedHashMap<>();
    private final AtomicLong hurry = new AtomicLong();

    StoreNodes(Vertx vertx, MonotonicClock clock, long maxBytes) {
        this.vertx = vertx;
        this.clock = clock;
        this.maxBytes = maxBytes;
    }

    /** Starts a node, which has no view yet. */
    ReplicatedStore start(String node) {
        return start(node, (ReplicaFiles) null);
    }

    /** Starts a node that keeps its state in a folder. */
    ReplicatedStore start(String node, Path folder) {
        return start(node, folder, FileJournal::new, StoreObserver.NONE);
    }

    /** Starts a node that keeps its state in a folder, on a disk of the test. */
    ReplicatedStore start(String node, Path folder, Function<Path, FileJournal> journals, StoreObserver observer) {
        return start(node, new ReplicaFiles(folder, Set.of(), this::nanos, InstantSource.system(), observer, journals));
    }

    private ReplicatedStore start(String node, @Nullable ReplicaFiles files) {
        ReplicatedStore store = new ReplicatedStore(
                node,
                maxBytes,
                files,
                other -> WireVersions.OURS.current(),
                this::nanos,
                StoreObserver.NONE,
                TICK_MILLIS);
        stores.put(node, store);
        try {
            vertx.deployVerticle(store).await(20, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new AssertionError(e);
        }
        return store;
    }

    private long nanos() {
        return clock.nanos() + hurry.get();
    }

    /** Ends a node as if its process had. */
    void stop(String node) {
        ReplicatedStore stopped = Objects.requireNonNull(stores.remove(node));
        try {
            stopped.close().await(20, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new AssertionError(e);
        }
        stores.values().forEach(store -> store.crashed(node));
    }

    ReplicatedStore get(String node) {
        return Objects.requireNonNull(stores.get(node));
    }

    List<ReplicatedStore> all() {
        return List.copyOf(stores.values());
    }

    /** These nodes see each other, and no others. */
    void see(String... nodes) {
        for (String node : nodes) {
            get(node).view(List.of(nodes));
        }
    }

    /** Waits until these nodes are one cluster with two copies of everything. */
    void awaitHealthy(String... nodes) {
        hurryUntil(() ->
                List.of(nodes).stream().allMatch(node -> isHealthy(get(node).replication(), nodes.length)));
    }

    private static boolean isHealthy(ReplicationFigures figures, int members) {
        return figures.members() == members
                && figures.unavailable() == 0
                && (figures.singleCopies() == 0 || members == 1)
                && figures.learners() == 0;
    }

    /** Lets time pass quickly until something is true. */
    void hurryUntil(BooleanSupplier condition) {
        Awaitility.await()
                .pollInterval(Duration.ofMillis(2))
                .atMost(Duration.ofSeconds(20))
                .until(() -> {
                    hurry.addAndGet(HURRY_NANOS);
                    return condition.getAsBoolean();
                });
    }
}
