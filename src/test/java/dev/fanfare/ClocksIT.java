package dev.fanfare;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.testkit.ClusterNodes;
import dev.fanfare.testkit.JsonClient;
import dev.fanfare.testkit.Place;
import dev.fanfare.testkit.ProcessNode;
import dev.fanfare.testkit.Reach;
import dev.fanfare.testkit.ShiftedClock;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Nodes of one cluster whose clocks are an hour apart. */
class ClocksIT {

    /** A little less than the most that may be tolerated. */
    private static final Duration HOUR = Duration.ofMinutes(59);

    /** Longer than the leases of the store and the silence after which a member is noticed. */
    private static final Duration LEASES = Duration.ofSeconds(7);

    @Test
    void aClusterDoesNotDependOnTheTimeOfDay(@TempDir Path folder) throws Exception {
        List<ShiftedClock> clocks = ShiftedClock.create(folder, 3);
        List<Place> places = new ArrayList<>(Place.here(3));
        for (int i = 0; i < 3; i++) {
            places.set(i, clocks.get(i).at(places.get(i)));
        }
        try (ClusterNodes cluster =
                ClusterNodes.at(places, "AUTH_CLOCK_TOLERANCE_SECONDS=3600", "STORE_ENGINE=replicated")) {
            cluster.startEldest();
            ProcessNode eldest = cluster.node(0);
            await().until(eldest::isReady);
            try (JsonClient early = eldest.client("early").mayAll().json()) {
                clocks.get(0).set(HOUR);
                ProcessNode behind = cluster.startNode(1);
                awaitHealthy(cluster);
                try (JsonClient late = behind.client("late").mayAll().json()) {
                    clocks.get(1).set(HOUR.negated());
                    await().during(LEASES).until(() -> isHealthy(cluster));
                    Reach.exchange(early, late);
                    Reach.exchange(late, early);
                }
            }
            Reach.all(cluster);
            refuse(places);
            assertTrue(isHealthy(cluster));
        }
    }

    /** With the default tolerance. */
    private static void refuse(List<Place> places) throws IOException {
        try (ClusterNodes cluster = ClusterNodes.at(places, "STORE_ENGINE=replicated")) {
            IOException refusal = assertThrows(IOException.class, () -> cluster.startNode(2));
            String text = String.valueOf(refusal.getMessage());
            assertTrue(
                    text.matches("(?s).*the clock is 3[45]\\d\\d\\.\\d+ s (ahead of|behind) that of node \\S+ of this"
                            + " cluster; auth\\.clockToleranceSeconds allows 60\\.0.*"),
                    text);
        }
    }

    private static void awaitHealthy(ClusterNodes cluster) {
        await().until(() -> isHealthy(cluster));
    }

    private static boolean isHealthy(ClusterNodes cluster) {
        return cluster.nodes().stream()
                .allMatch(node -> node.isReady()
                        && node.metric("fanfare_cluster_members") == 2
                        && node.metric("fanfare_cluster_silent_members") == 0
                        && node.metric("fanfare_store_partitions{state=\"unavailable\"}") == 0
                        && node.metric("fanfare_store_partitions{state=\"single\"}") == 0);
    }
}
