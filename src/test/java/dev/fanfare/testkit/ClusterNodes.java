package dev.fanfare.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;

/**
 * A cluster of nodes, each in a process of its own, on the loopback interface or in a {@link NodeNetwork}. Any of them can
 * be killed, made to hang, and started again at its place.
 */
public final class ClusterNodes implements AutoCloseable {

    private final List<Place> places;
    private final Map<String, String> settings;
    private final Map<Integer, ProcessNode> nodes = new ConcurrentHashMap<>();
    private List<String> program;

    private ClusterNodes(List<Place> places, List<String> program, Map<String, String> settings) {
        this.places = places;
        this.program = program;
        this.settings = settings;
    }

    /**
     * Starts so many nodes, the first one before the others, and waits until all are ready and know of each other.
     *
     * @param settings environment variables without {@code FANFARE_}, such as {@code LIMITS_CONNECTIONS=2}
     */
    public static ClusterNodes start(int size, String... settings) throws IOException {
        return start(Place.here(size), BrokerProcess.program(), settings);
    }

    /** The same with another program: the command that runs it. */
    public static ClusterNodes start(List<String> program, int size, String... settings) throws IOException {
        return start(Place.here(size), program, settings);
    }

    /** The same, each in its place of a network. */
    public static ClusterNodes start(NodeNetwork network, String... settings) throws IOException {
        return start(network.places(), BrokerProcess.program(), settings);
    }

    /** Places for so many nodes on the loopback interface, none of which is started. */
    public static ClusterNodes of(int size, String... settings) {
        return of(Place.here(size), BrokerProcess.program(), settings);
    }

    /** The same, in the places of a network. */
    public static ClusterNodes of(NodeNetwork network, String... settings) {
        return of(network.places(), BrokerProcess.program(), settings);
    }

    /** The same, in these places. */
    public static ClusterNodes at(List<Place> places, String... settings) {
        return of(places, BrokerProcess.program(), settings);
    }

    private static ClusterNodes of(List<Place> places, List<String> program, String... settings) {
        Map<String, String> environment = new HashMap<>();
        for (String setting : settings) {
            int equals = setting.indexOf('=');
            environment.put("FANFARE_" + setting.substring(0, equals), setting.substring(equals + 1));
        }
        return new ClusterNodes(places, program, environment);
    }

    private static ClusterNodes start(List<Place> places, List<String> program, String... settings) throws IOException {
        ClusterNodes cluster = of(places, program, settings);
        try {
            cluster.startEldest();
            cluster.startTogether(1);
            cluster.awaitMembers(places.size());
        } catch (IOException | RuntimeException | Error e) {
            cluster.close();
            throw e;
        }
        return cluster;
    }

    /** Starts all nodes at the same moment, and waits until they serve. */
    public void startTogether() {
        startTogether(0);
    }

    private void startTogether(int first) {
        List<CompletableFuture<?>> starting = new ArrayList<>();
        for (int i = first; i < places.size(); i++) {
            int index = i;
            starting.add(CompletableFuture.runAsync(() -> startUnchecked(index), task -> new Thread(task).start()));
        }
        CompletableFuture.allOf(starting.toArray(CompletableFuture[]::new)).join();
    }

    /** Starts the first node, which waits for no other. */
    public void startEldest() throws IOException {
        nodes.put(0, newNode(0, Map.of("FANFARE_CLUSTER_MEMBERS", places.get(0).member())));
    }

    private void startUnchecked(int index) {
        try {
            startNode(index);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Starts the node of this index, which is not running, and waits until it serves. */
    public ProcessNode startNode(int index) throws IOException {
        ProcessNode node = newNode(index, Map.of());
        nodes.put(index, node);
        return node;
    }

    private ProcessNode newNode(int index, Map<String, String> own) throws IOException {
        Place place = places.get(index);
        Map<String, String> environment = new HashMap<>(Map.of(
                "FANFARE_AUTH_ACCESS_KEYS",
                AnyNode.ACCESS_KEY,
                "FANFARE_SHUTDOWN_TIMEOUT_SECONDS",
                "10",
                "FANFARE_SERVER_HOST",
                place.host(),
                "FANFARE_MANAGEMENT_HOST",
                place.host(),
                "FANFARE_CLUSTER_ENABLED",
                "true",
                "FANFARE_CLUSTER_HOST",
                place.clusterHost(),
                "FANFARE_CLUSTER_PORT",
                String.valueOf(place.gridPort()),
                "FANFARE_CLUSTER_BUS_PORT",
                String.valueOf(place.busPort()),
                "FANFARE_CLUSTER_MEMBERS",
                places.stream().map(Place::member).collect(Collectors.joining(","))));
        environment.putAll(settings);
        environment.putAll(own);
        return ProcessNode.start(environment, place, program);
    }

    /** What nodes run that are started from now on: the command. */
    public void runFromNowOn(List<String> arguments) {
        program = arguments;
    }

    /** The node of this index, which was started. */
    public ProcessNode node(int index) {
        ProcessNode node = nodes.get(index);
        if (node == null) {
            throw new IllegalStateException("node=" + index + " is not running");
        }
        return node;
    }

    /** Where the node of this index is reached by other nodes: its ports of the grid and of the bus. */
    public List<InetSocketAddress> doors(int index) {
        Place place = places.get(index);
        return List.of(
                new InetSocketAddress(place.clusterHost(), place.gridPort()),
                new InetSocketAddress(place.clusterHost(), place.busPort()));
    }

    /** Those that are running. */
    public Collection<ProcessNode> nodes() {
        return List.copyOf(nodes.values());
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
