package dev.fanfare.testkit;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;

/**
 * A cluster of nodes, each in a process of its own, on fixed ports of the loopback interface. Any of them can be killed,
 * made to hang, and started again at its place.
 */
public final class ClusterNodes implements AutoCloseable {

    private final List<Integer> gridPorts;
    private final List<Integer> busPorts;
    private final Map<String, String> settings;
    private final Map<Integer, ProcessNode> nodes = new HashMap<>();

    private ClusterNodes(int size, Map<String, String> settings) {
        List<Integer> ports = FreePorts.take(2 * size);
        this.gridPorts = ports.subList(0, size);
        this.busPorts = ports.subList(size, 2 * size);
        this.settings = settings;
    }

    /**
     * Starts so many nodes and waits until all are ready and know of each other.
     *
     * @param settings environment variables without {@code FANFARE_}, such as {@code LIMITS_CONNECTIONS=2}
     */
    public static ClusterNodes start(int size, String... settings) throws IOException {
        Map<String, String> environment = new HashMap<>();
        for (String setting : settings) {
            int equals = setting.indexOf('=');
            environment.put("FANFARE_" + setting.substring(0, equals), setting.substring(equals + 1));
        }
        ClusterNodes cluster = new ClusterNodes(size, environment);
        try {
            for (int i = 0; i < size; i++) {
                cluster.startNode(i);
            }
            cluster.awaitMembers(size);
        } catch (IOException | RuntimeException | Error e) {
            cluster.close();
            throw e;
        }
        return cluster;
    }

    /** Starts the node of this index, which is not running, and waits until it serves. */
    public ProcessNode startNode(int index) throws IOException {
        Map<String, String> environment = new HashMap<>(Map.of(
                "FANFARE_AUTH_ACCESS_KEYS",
                AnyNode.ACCESS_KEY,
                "FANFARE_SHUTDOWN_TIMEOUT_SECONDS",
                "10",
                "FANFARE_CLUSTER_ENABLED",
                "true",
                "FANFARE_CLUSTER_HOST",
                "127.0.0.1",
                "FANFARE_CLUSTER_PORT",
                String.valueOf(gridPorts.get(index)),
                "FANFARE_CLUSTER_BUS_PORT",
                String.valueOf(busPorts.get(index)),
                "FANFARE_CLUSTER_MEMBERS",
                gridPorts.stream().map(port -> "127.0.0.1:" + port).collect(Collectors.joining(","))));
        environment.putAll(settings);
        ProcessNode node = ProcessNode.start(environment);
        nodes.put(index, node);
        return node;
    }

    /** The node of this index, which was started. */
    public ProcessNode node(int index) {
        ProcessNode node = nodes.get(index);
        if (node == null) {
            throw new IllegalStateException("node=" + index + " is not running");
        }
        return node;
    }

    /** Sends SIGKILL to the node of this index. */
    public void kill(int index) throws IOException {
        node(index).close();
        nodes.remove(index);
    }

    /** Waits until every running node is ready, and knows of so many members none of whom is silent. */
    public void awaitMembers(int count) {
        Awaitility.await()
                .atMost(Patience.LIMIT.multipliedBy(2))
                .until(() -> nodes.values().stream()
                        .allMatch(node -> node.isReady()
                                && node.metric("fanfare_cluster_members") == count
                                && node.metric("fanfare_cluster_silent_members") == 0
                                && node.metric("fanfare_cluster_view_age_seconds") < 2));
    }

    @Override
    public void close() throws IOException {
        for (ProcessNode node : nodes.values()) {
            node.close();
        }
    }
}
