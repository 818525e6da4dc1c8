package dev.fanfare;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fanfare.auth.TokenMinter;
import dev.fanfare.testkit.AnyNode;
import dev.fanfare.testkit.FreePorts;
import dev.fanfare.testkit.JsonClient;
import dev.fanfare.testkit.TestNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The access key of a cluster is replaced under load, with that also the authority of the certificates between nodes. */
class ReloadedKeysIT {

    private static final String OLD_KEY = AnyNode.ACCESS_KEY;
    private static final String NEW_KEY = "a-new-access-key-of-at-least-32-bytes";
    private static final int NODES = 3;

    @TempDir
    private Path folder;

    private final List<Integer> ports = FreePorts.take(2 * NODES);

    private volatile TokenMinter minter = new TokenMinter(OLD_KEY, InstantSource.system());

    private TestNode start(int index, String keys) throws IOException {
        String members = ports.stream()
                .limit(index == 0 ? 1 : NODES)
                .map(port -> "127.0.0.1:" + port)
                .collect(Collectors.joining(","));
        Path file = folder.resolve(index + ".yaml");
        write(file, keys);
        return TestNode.startWith(
                file,
                "CLUSTER_ENABLED=true",
                "CLUSTER_HOST=127.0.0.1",
                "CLUSTER_MEMBERS=" + members,
                "CLUSTER_PORT=" + ports.get(index),
                "CLUSTER_BUS_PORT=" + ports.get(NODES + index));
    }

    private static void write(Path file, String keys) throws IOException {
        Files.writeString(file, "auth: {accessKeys: [" + keys + "]}\n");
    }

    private int post(TestNode node, String path) {
        return node.call(minter, "POST", path, "text/plain", new byte[] {'x'}).status();
    }

    private void reload(List<TestNode> nodes, String keys) throws IOException {
        for (int i = 0; i < nodes.size(); i++) {
            write(folder.resolve(i + ".yaml"), keys);
            assertEquals(200, post(nodes.get(i), "/api/configuration/:reload"));
        }
    }

    /** Bytes between nodes that did not arrive. */
    private static double lost(List<TestNode> nodes) {
        return nodes.stream()
                .mapToDouble(node -> node.metric("fanfare_remote_lost_bytes_total")
                        + node.metric("fanfare_remote_missed_bytes_total"))
                .sum();
    }

    @Test
    void theKeyOfAClusterIsReplacedUnderLoad() throws IOException, InterruptedException {
        try (TestNode one = start(0, OLD_KEY);
                TestNode two = start(1, OLD_KEY);
                JsonClient client = two.client("u").mayAll().json()) {
            List<TestNode> nodes = List.of(one, two);
            client.join("g");
            client.join("other");
            double lost = lost(nodes);
            AtomicBoolean over = new AtomicBoolean();
            AtomicInteger refused = new AtomicInteger();
            AtomicInteger accepted = new AtomicInteger();
            Thread load = new Thread(() -> {
                while (!over.get()) {
                    int status = post(one, "/api/hubs/chat/groups/other/:send");
                    (status == 202 ? accepted : refused).incrementAndGet();
                }
            });
            load.start();
            reload(nodes, OLD_KEY + ", " + NEW_KEY);
            minter = new TokenMinter(NEW_KEY, InstantSource.system());
            reload(nodes, NEW_KEY + ", " + OLD_KEY);
            int before = accepted.get();
            Awaitility.await().until(() -> accepted.get() > before + 5);
            reload(nodes, NEW_KEY);
            int afterwards = accepted.get();
            Awaitility.await().until(() -> accepted.get() > afterwards + 5);
            over.set(true);
            load.join();
            assertEquals(0, refused.get());
            for (int i = 0; i < accepted.get(); i++) {
                assertEquals("x", client.text()); // over the connections between the nodes
            }
            assertEquals(lost, lost(nodes));
            nodes.forEach(node -> assertEquals(2, node.metric("fanfare_cluster_members")));

            minter = new TokenMinter(OLD_KEY, InstantSource.system());
            assertEquals(401, post(one, "/api/hubs/chat/groups/g/:send"));
            minter = new TokenMinter(NEW_KEY, InstantSource.system());
            try (TestNode three = start(2, NEW_KEY)) { // knows the new key only
                Awaitility.await().until(() -> one.metric("fanfare_cluster_members") == NODES);
                assertEquals(202, post(three, "/api/hubs/chat/groups/g/:send"));
                assertEquals("x", client.text());
            }
        }
    }
}
