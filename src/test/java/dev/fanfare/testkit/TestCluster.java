package dev.fanfare.testkit;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Nodes of a cluster in this process, on free ports of the loopback interface. */
public final class TestCluster implements AutoCloseable {

    private final List<Integer> ports;
    private final String[] settings;
    private final List<TestNode> nodes = new ArrayList<>();

    private TestCluster(int size, String... settings) {
        this.ports = FreePorts.take(2 * size);
        this.settings = settings;
    }

    /**
     * Starts nodes one after the other.
     *
     * @param settings of all of them, as for {@link TestNode#start(String...)}
     */
    public static TestCluster start(int size, String... settings) {
        TestCluster cluster = new TestCluster(size, settings);
        try {
            for (int i = 0; i < size; i++) {
                cluster.startNext();
            }
        } catch (Throwable e) { // also checked exceptions, which Vert.x throws undeclared
            cluster.close();
            throw e;
        }
        return cluster;
    }

    /** Ports for more nodes than those that start at once. */
    public static TestCluster of(int size, String... settings) {
        return new TestCluster(size, settings);
    }

    /**
     * Starts one more.
     *
     * @param more settings of this one only
     */
    public TestNode startNext(String... more) {
        int index = nodes.size();
        String members = ports.stream()
                .limit(index == 0 ? 1 : ports.size() / 2) // so that the first one waits for no other
                .map(port -> "127.0.0.1:" + port)
                .collect(Collectors.joining(","));
        Stream<String> own = Stream.of(
                "CLUSTER_ENABLED=true",
                "CLUSTER_HOST=127.0.0.1",
                "CLUSTER_MEMBERS=" + members,
                "CLUSTER_PORT=" + ports.get(index),
                "CLUSTER_BUS_PORT=" + ports.get(ports.size() / 2 + index));
        TestNode node = TestNode.start(Stream.of(own, Arrays.stream(settings), Arrays.stream(more))
                .flatMap(all -> all)
                .toArray(String[]::new));
        nodes.add(node);
        return node;
    }

    /** The ports between nodes: of the grid, then of the bus. */
    public List<Integer> ports() {
        return List.copyOf(ports);
    }

    public TestNode node(int index) {
        return nodes.get(index);
    }

    public List<TestNode> nodes() {
        return List.copyOf(nodes);
    }

    @Override
    public void close() {
        nodes.forEach(TestNode::close);
    }
}
