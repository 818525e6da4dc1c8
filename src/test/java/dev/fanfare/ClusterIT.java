package dev.fanfare;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.testkit.ClusterNodes;
import dev.fanfare.testkit.JsonClient;
import dev.fanfare.testkit.ProcessNode;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Nodes that crash, hang, and are replaced, in processes of their own. Every test leaves three nodes. */
class ClusterIT {

    private static final AtomicInteger ROUND = new AtomicInteger();

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
            exchange(member, member);
            cluster.awaitMembers(1);
            exchange(member, member);
            cluster.startNode(0);
            cluster.startNode(1);
            cluster.awaitMembers(3);
            everyNodeReachesEveryNode();
        }
    }

    @Test
    void nobodyWaitsLongForANodeThatHangsAndItIsOneOfThemWhenItGoesOn() throws Exception {
        ProcessNode hung = cluster.node(1);
        try (JsonClient here = cluster.node(0).client("a").mayAll().json();
                JsonClient there = cluster.node(2).client("b").mayAll().json();
                JsonClient inside = hung.client("c").mayAll().json()) {
            inside.join("before");
            hung.pause();
            exchange(here, there);
            await().until(() -> cluster.node(0).metric("fanfare_cluster_silent_members") == 1);
            assertTrue(cluster.node(0).isReady());
            exchange(there, here);
            here.publish("before", "lost or late, as it happens");
            awaitMembersOf(2, 0, 2);
            hung.resume();
            cluster.awaitMembers(3);
            everyNodeReachesEveryNode();
            exchange(here, inside);
            inside.join("after");
            here.publish("after", "arrives");
            inside.await(frame -> "arrives".equals(frame.getString("data")));
        }
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
            everyNodeReachesEveryNode();
        }
    }

    @Test
    void nodesAreReplacedOneAfterTheOther() throws Exception {
        for (int i = 0; i < 3; i++) {
            ProcessNode other = cluster.node((i + 1) % 3);
            try (JsonClient staying = other.client("s").mayAll().json()) {
                assertEquals(0, cluster.node(i).stop());
                cluster.kill(i);
                exchange(staying, staying);
                cluster.startNode(i);
                exchange(staying, staying);
                try (JsonClient replaced = cluster.node(i).client("r").mayAll().json()) {
                    exchange(staying, replaced);
                    exchange(replaced, staying);
                }
            }
        }
        cluster.awaitMembers(3);
        everyNodeReachesEveryNode();
    }

    private static void awaitMembersOf(int count, int... indices) {
        await().atMost(120, TimeUnit.SECONDS).until(() -> {
            for (int index : indices) {
                if (cluster.node(index).metric("fanfare_cluster_members") != count) {
                    return false;
                }
            }
            return true;
        });
    }

    /** Joins a group of its own, and is reached by the next publication. */
    private static void exchange(JsonClient member, JsonClient publisher) throws IOException {
        String group = "g" + ROUND.incrementAndGet();
        member.join(group);
        publisher.publish(group, group);
        assertEquals(group, member.text());
    }

    private static void everyNodeReachesEveryNode() throws IOException {
        for (int from = 0; from < 3; from++) {
            for (int to = 0; to < 3; to++) {
                try (JsonClient member = cluster.node(to).client("m").mayAll().json();
                        JsonClient publisher =
                                cluster.node(from).client("p").mayAll().json()) {
                    exchange(member, publisher);
                }
            }
        }
        assertFalse(
                cluster.node(0).log().contains("ERROR"), () -> cluster.node(0).log());
    }
}
