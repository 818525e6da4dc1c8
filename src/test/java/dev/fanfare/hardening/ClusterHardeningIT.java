package dev.fanfare.hardening;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.testkit.JsonClient;
import dev.fanfare.testkit.TestCluster;
import dev.fanfare.testkit.TestNode;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Nodes of different clusters, and unauthenticated peers on the ports between nodes. */
@Tag("attack")
class ClusterHardeningIT {

    @Test
    void nodesThatDifferInSlotsDoNotStart() {
        try (TestCluster cluster = TestCluster.of(2)) {
            cluster.startNext();
            Throwable refused = assertThrows(Exception.class, () -> cluster.startNext("GROUPS_SLOTS=512"));
            assertTrue(
                    String.valueOf(refused.getMessage()).startsWith("groups.slots is 512, but node "),
                    refused::toString);
        }
    }

    @Test
    void nodesWithTlsTalkOnlyToPeersWithACertificateOfTheirAuthority(@TempDir Path ours, @TempDir Path theirs)
            throws Exception {
        try (TestCluster cluster = TestCluster.of(3)) {
            String[] certified = settings(TestChain.in(ours), ours);
            TestNode first = cluster.startNext(certified);
            TestNode second = cluster.startNext(certified);
            exchange(first, second);
            TestNode stranger = cluster.startNext(settings(TestChain.in(theirs), theirs));
            assertApart(stranger, first, second, "certificate");
            exchange(first, second);
            try (JsonClient member = stranger.client("m").mayAll().json();
                    JsonClient publisher = first.client("p").mayAll().json()) {
                member.join("secret");
                publisher.publish("secret", "not for strangers");
                publisher.publish("secret", "nor this");
                member.assertNothingCame();
            }
        }
    }

    @Test
    void strangersAtTheDoorsBetweenNodesDoNoHarm() throws Exception {
        long seed = new Random().nextLong();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        try (TestCluster cluster = TestCluster.start(2)) {
            for (int port : cluster.ports()) {
                for (int i = 0; i < 20; i++) {
                    byte[] bytes = new byte[1 + random.nextInt(2000)];
                    random.nextBytes(bytes);
                    // Read as a length, it is one that a peer may send.
                    bytes[0] = 0;
                    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                        OutputStream out = socket.getOutputStream();
                        out.write(bytes);
                        out.flush();
                    } catch (IOException e) {
                        // The node may close the connection while we write.
                    }
                }
            }
            exchange(cluster.node(0), cluster.node(1));
            exchange(cluster.node(1), cluster.node(0));
        }
    }

    @Test
    void clustersOfOneAuthorityThatMeetRefuseEachOther(@TempDir Path authority) throws Exception {
        String[] certified = settings(TestChain.in(authority), authority);
        try (TestCluster cluster = TestCluster.of(3, certified)) {
            TestNode first = cluster.startNext();
            TestNode second = cluster.startNext();
            assertApart(cluster.startNext("CLUSTER_NAME=other"), first, second, "cluster_name");
        }
    }

    @Test
    void nodesWithoutAnAccessKeyInCommonRefuseEachOther() throws Exception {
        try (TestCluster cluster = TestCluster.of(3)) {
            TestNode first = cluster.startNext();
            TestNode second = cluster.startNext();
            TestNode stranger = cluster.startNext("AUTH_ACCESS_KEYS=another-key-that-has-at-least-32-bytes");
            assertApart(stranger, first, second, "certificate");
        }
    }

    private static void assertApart(TestNode stranger, TestNode first, TestNode second, String reason) {
        String refused = "fanfare_cluster_refused_total{reason=\"" + reason + "\"}";
        await().until(() -> first.metric(refused) > 0 && second.metric(refused) > 0);
        assertEquals(1, stranger.metric("fanfare_cluster_members"));
        assertEquals(2, first.metric("fanfare_cluster_members"));
        assertEquals(200, first.manage("/readyz").status());
    }

    private static void exchange(TestNode one, TestNode other) throws IOException {
        try (JsonClient member = one.client("m").mayAll().json();
                JsonClient publisher = other.client("p").mayAll().json()) {
            member.join("g");
            publisher.publish("g", "hello");
            assertEquals("hello", member.text());
        }
    }

    private static String[] settings(TestChain chain, Path authority) throws Exception {
        return new String[] {
            "CLUSTER_TLS_MODE=files",
            "CLUSTER_TLS_KEY_FILE=" + chain.keyFile(),
            "CLUSTER_TLS_CERTIFICATE_FILE=" + chain.chainFile(),
            "CLUSTER_TLS_CA_FILE=" + chain.rootFile(authority)
        };
    }
}
