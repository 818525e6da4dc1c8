package dev.fanfare.store.cluster;

import dev.fanfare.core.MonotonicClock;
import dev.fanfare.core.codec.WireVersions;
import dev.fanfare.store.ReplicationFigures;
import dev.fanfare.store.Store;
import dev.fanfare.store.StoreContract;
import dev.fanfare.store.StoreFigures;
import dev.fanfare.store.StoreObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;

/** The replicated store, on three nodes of one process whose bus is not clustered. */
class ReplicatedStoreTest extends StoreContract {

    private static final List<String> NODES = List.of("n0", "n1", "n2");
    private static final int TICK_MILLIS = 10;

    private final List<ReplicatedStore> stores = new ArrayList<>();

    /** Added to the clock while the nodes find each other, which takes them seconds otherwise. */
    private final AtomicLong hurry = new AtomicLong();

    @Override
    protected Store open(MonotonicClock clock) {
        for (String node : NODES) {
            ReplicatedStore opened = new ReplicatedStore(
                    node,
                    MAX_BYTES,
                    other -> WireVersions.OURS.current(),
                    () -> clock.nanos() + hurry.get(),
                    StoreObserver.NONE,
                    TICK_MILLIS);
            stores.add(opened);
            await(vertx.deployVerticle(opened));
        }
        stores.forEach(each -> each.view(NODES));
        eventually(() -> {
            hurry.addAndGet(50_000_000);
            return stores.stream().allMatch(each -> isInSync(each.replication()));
        });
        return stores.get(0);
    }

    private static boolean isInSync(ReplicationFigures figures) {
        return figures.members() == NODES.size()
                && figures.unavailable() == 0
                && figures.singleCopies() == 0
                && figures.learners() == 0;
    }

    @AfterEach
    void closeOthers() {
        stores.forEach(each -> await(each.close()));
    }

    /** In one partition, which is on two nodes; others are on others. */
    @Override
    protected String beside(String name) {
        return IntStream.iterate(0, i -> i + 1)
                .mapToObj(i -> name + "-" + i)
                .filter(each -> Partitions.of(each) == 0)
                .findFirst()
                .orElseThrow();
    }

    /** Each entry is on two nodes. */
    @Override
    protected StoreFigures figures() {
        long entries = 0;
        long logs = 0;
        long bytes = 0;
        for (ReplicatedStore each : stores) {
            entries += each.figures().entries();
            logs += each.figures().logs();
            bytes += each.figures().bytes();
        }
        return new StoreFigures(entries / 2, logs / 2, bytes / 2, MAX_BYTES, 0);
    }
}
