package dev.fanfare.store.cluster;

import dev.fanfare.core.MonotonicClock;
import dev.fanfare.store.Store;
import dev.fanfare.store.StoreContract;
import dev.fanfare.store.StoreFigures;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;

/** The replicated store, on three nodes. */
class ReplicatedStoreTest extends StoreContract {

    @SuppressWarnings("NullAway.Init")
    private StoreNodes nodes;

    @Override
    protected Store open(MonotonicClock clock) {
        nodes = new StoreNodes(vertx, clock, MAX_BYTES);
        start(nodes, "n0");
        start(nodes, "n1");
        start(nodes, "n2");
        nodes.see("n0", "n1", "n2");
        nodes.awaitHealthy("n0", "n1", "n2");
        return nodes.get("n0");
    }

    protected void start(StoreNodes all, String node) {
        all.start(node);
    }

    @AfterEach
    void closeOthers() {
        nodes.all().forEach(each -> await(each.close()));
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
        for (ReplicatedStore each : nodes.all()) {
            entries += each.figures().entries();
            logs += each.figures().logs();
            bytes += each.figures().bytes();
        }
        return new StoreFigures(entries / 2, logs / 2, bytes / 2, MAX_BYTES, 0, 0);
    }
}
