package dev.fanfare.store.cluster;

import dev.fanfare.core.MonotonicClock;
import dev.fanfare.core.codec.WireVersions;
import dev.fanfare.store.ReplicationFigures;
import dev.fanfare.store.StoreObserver;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.awaitility.Awaitility;

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
        ReplicatedStore store = new ReplicatedStore(
                node,
                maxBytes,
                other -> WireVersions.OURS.current(),
                () -> clock.nanos() + hurry.get(),
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

    ReplicatedStore get(String node) {
        return stores.get(node);
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
