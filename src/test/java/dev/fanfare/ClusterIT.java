package dev.fanfare;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.testkit.ClusterNodes;
import dev.fanfare.testkit.JsonClient;
import dev.fanfare.testkit.ProcessNode;
import dev.fanfare.testkit.Reach;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Nodes in processes of their own that crash, hang and are replaced. Every test leaves three nodes. */
class ClusterIT {

    /** The minimum time for which a node hangs; it hangs at least until the others have removed it. */
    private static final Duration HANG = Duration.ofSeconds(Long.getLong("fanfare.faultSeconds", 0));

    private static ClusterNodes cluster;

    @BeforeAll
    static void start() throws IOException {
        cluster = ClusterNodes.start(3);
    }

    @AfterAll
    static void stop() throws IOException {
        cluster.close();
    }

    @Test
    void theLastNodeGoesOnWhenTwoAreLostAtOnce() throws Exception {
        ProcessNode last = cluster.node(2);
        try (JsonClient member = last.client("m").mayAll().json()) {
            cluster.kill(0);
            cluster.kill(1);
            Reach.exchange(member, member);
            cluster.awaitMembers(1);
            await().until(() -> last.log().split("has crashed", -1).length == 3);
            Reach.exchange(member, member);
            cluster.startNode(0);
            cluster.startNode(1);
            cluster.awaitMembers(3);
            Reach.all(cluster);
        }
    }

    @Test
    void aNodeThatHangsHoldsUpNoOtherAndIsAMemberAgainAfterwards() throws Exception {
        ProcessNode hung = cluster.node(1);
        try (JsonClient here = cluster.node(0).client("a").mayAll().json();
                JsonClient there = cluster.node(2).client("b").mayAll().json();
                JsonClient inside = hung.client("c").mayAll().json();
                JsonClient begun = cluster.node(0).client("d").mayAll().reliable();
                JsonClient moved = begun.recover(hung)) {
            inside.join("before");
            hung.pause();
            Reach.exchange(here, there);
            await().until(() -> cluster.node(0).metric("fanfare_cluster_silent_members") == 1);
            assertTrue(cluster.node(0).isReady());
            Reach.exchange(there, here);
            here.publish("before", "lost or late, as it happens");
            await().pollDelay(HANG)
                    .timeout(HANG.plus(Duration.ofMinutes(2)))
                    .until(() -> membersOf(0) == 2 && membersOf(2) == 2);
            hung.resume();
            cluster.awaitMembers(3);
            assertFound(moved, "at once");
            Reach.all(cluster);
            Reach.exchange(here, inside);
            inside.join("after");
            here.publish("after", "arrives");
            inside.await(frame -> "arrives".equals(frame.getString("data")));
            try (JsonClient back = moved.recover(cluster.node(2))) {
                for (int i = 0; i < cluster.nodes().size(); i++) {
                    assertEquals("at once", back.text());
                }
                back.acknowledge(cluster.nodes().size());
                assertFound(back, "and after another move");
            }
        }
    }

    /** Every node finds a connection by its id at once, wherever its session is. */
    private static void assertFound(JsonClient client, String text) throws IOException {
        String path = "/api/hubs/chat/connections/" + client.connectionId();
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        for (ProcessNode node : cluster.nodes()) {
            assertEquals(200, node.call("HEAD", path).status());
            assertEquals(
                    202, node.call("POST", path + "/:send", "text/plain", bytes).status());
        }
        for (int i = 0; i < cluster.nodes().size(); i++) {
            assertEquals(text, client.text());
        }
    }

    @Test
    void aNodeThatHearsOfNoneOfTheOthersIsNotReadyUntilItDoes() throws Exception {
        ProcessNode alone = cluster.node(0);
        cluster.node(1).pause();
        assertTrue(alone.isReady());
        await().until(() -> alone.metric("fanfare_cluster_silent_members") == 1);
        assertTrue(alone.isReady());
        cluster.node(2).pause();
        await().until(() -> alone.manage("/readyz").body().contains("cluster"));
        assertEquals(503, alone.manage("/readyz").status());
        cluster.node(1).resume();
        await().until(alone::isReady);
        cluster.node(2).resume();
        cluster.awaitMembers(3);
        Reach.all(cluster);
    }

    @Test
    void aShortHangIsForgotten() throws Exception {
        ProcessNode hung = cluster.node(2);
        try (JsonClient here = cluster.node(0).client("a").mayAll().json();
                JsonClient inside = hung.client("c").mayAll().json()) {
            inside.join("short");
            hung.pause();
            for (int i = 0; i < 100; i++) {
                here.publish("short", String.valueOf(i));
            }
            await().until(() -> cluster.node(0).metric("fanfare_cluster_silent_members") == 1);
            here.publish("short", "end");
            hung.resume();
            for (int i = 0; i < 100; i++) {
                assertEquals(String.valueOf(i), inside.text());
            }
            assertEquals("end", inside.text());
            cluster.awaitMembers(3);
            Reach.all(cluster);
        }
    }

    @Test
    void sessionsMoveInEveryDirectionAfterTheirFirstNodeWasReplaced() throws Exception {
        List<JsonClient> clients = new ArrayList<>();
        try {
            for (int i = 0; i < 6; i++) {
                clients.add(cluster.node(0).client("w" + i).mayAll().reliable());
                move(clients, i, 1 + i % 2);
            }
            assertEquals(0, cluster.node(0).stop());
            cluster.kill(0);
            cluster.startNode(0);
            int[][] ways = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
            for (int i = 0; i < ways.length; i++) {
                for (int node : ways[i]) {
                    move(clients, i, node);
                }
                assertFound(clients.get(clients.size() - 1), "w" + i);
            }
        } finally {
            for (JsonClient client : clients) {
                client.close();
            }
        }
    }

    /** The latest of each comes last in the list. */
    private static void move(List<JsonClient> clients, int which, int to) throws IOException {
        String user = "w" + which;
        JsonClient last = clients.stream()
                .filter(client -> user.equals(client.connected().getString("userId")))
                .reduce((one, next) -> next)
                .orElseThrow();
        clients.add(last.recover(cluster.node(to)));
    }

    private static double membersOf(int index) {
        return cluster.node(index).metric("fanfare_cluster_members");
    }
}
