package dev.fanfare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.testkit.JsonClient;
import dev.fanfare.testkit.TestCluster;
import dev.fanfare.testkit.TestNode;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Clients on three nodes, each in a group of its own. The figures for many of them are in decision 0001. */
class SmallGroupsIT {

    private static final int NODES = 3;
    private static final int CLIENTS = 240;

    /** Addresses of each node besides groups: itself, the hub, and the slot of the users. */
    private static final int OWN_ADDRESSES = 4;

    private final List<JsonClient> clients = new ArrayList<>();
    private TestCluster cluster;

    @BeforeEach
    void start() {
        cluster = TestCluster.start(NODES);
    }

    @AfterEach
    void stop() throws Exception {
        for (JsonClient client : clients) {
            client.close();
        }
        cluster.close();
    }

    @Test
    void aPublishReachesTheNodeOfItsGroupAndHardlyAnyOther() throws Exception {
        for (int i = 0; i < CLIENTS; i++) {
            JsonClient client = cluster.node(i % NODES).client("a").mayAll().json();
            clients.add(client);
            client.join("own-" + i);
        }
        double listened = sum("fanfare_registered_addresses");
        assertTrue(listened <= CLIENTS + NODES * OWN_ADDRESSES, () -> "addresses=" + listened);

        double before = sum("fanfare_remote_sent_total");
        try (JsonClient publisher = cluster.node(0).client("a").mayAll().json()) {
            for (int i = 0; i < CLIENTS; i++) {
                publisher.publish("own-" + i, String.valueOf(i));
                assertEquals(String.valueOf(i), clients.get(i).text());
            }
        }
        int needed = CLIENTS / NODES * (NODES - 1);
        double sent = sum("fanfare_remote_sent_total") - before;
        assertTrue(sent >= needed && sent < 1.25 * needed, () -> "sent=" + sent + " needed=" + needed);
    }

    private double sum(String series) {
        return cluster.nodes().stream()
                .mapToDouble((TestNode node) -> node.metric(series))
                .sum();
    }
}
