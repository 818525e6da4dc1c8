package dev.fanfare.broker.cluster;

import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import dev.fanfare.config.Config;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.io.IOException;
import java.util.List;

/**
 * The place of a node or a guest in the cluster: a clustered Vert.x, and the list of members. With cluster.enabled off nobody
 * touches this class, and no class of Hazelcast is loaded.
 */
public final class Cluster {

    private final Vertx vertx;
    private final Membership membership;

    private Cluster(Vertx vertx, Membership membership) {
        this.vertx = vertx;
        this.membership = membership;
    }

    /**
     * Joins the cluster, or begins one if no member can be reached. Fails with an {@link IOException} if something cannot
     * be listened to. Closing the Vert.x leaves the cluster.
     *
     * @param nodeId unique in the cluster
     */
    public static Future<Cluster> join(VertxOptions options, Config.Cluster config, String nodeId) {
        return join(options, config, Grid.NODE_ID, nodeId);
    }

    /**
     * The same for one who is no node: on the bus, but nothing is published to it and nothing is asked of it.
     *
     * @param guestId unique in the cluster
     */
    public static Future<Cluster> visit(VertxOptions options, Config.Cluster config, String guestId) {
        return join(options, config, Grid.GUEST_ID, guestId);
    }

    private static Future<Cluster> join(VertxOptions options, Config.Cluster config, String role, String id) {
        // Before any of its classes is loaded: the configuration is too late for its first words.
        System.setProperty("hazelcast.logging.type", "slf4j");
        Promise<HazelcastInstance> joined = Promise.promise();
        // It waits for sockets and other members, and there is no Vert.x yet that could do this.
        Thread thread = new Thread(
                () -> {
                    try {
                        joined.complete(Hazelcast.newHazelcastInstance(Grid.config(config, role, id)));
                    } catch (RuntimeException e) {
                        joined.fail(new IOException("cluster.port " + config.port() + ": " + e.getMessage(), e));
                    }
                },
                "fanfare-join");
        thread.start();
        return joined.future().compose(grid -> start(options, config, id, grid));
    }

    private static Future<Cluster> start(
            VertxOptions options, Config.Cluster config, String id, HazelcastInstance grid) {
        Membership membership = new Membership(id, grid);
        return Vertx.builder()
                .with(options.setEventBusOptions(Bus.options(config)))
                .withClusterManager(membership)
                .buildClustered()
                .map(vertx -> new Cluster(vertx, membership))
                .onFailure(failure -> grid.getLifecycleService().terminate());
    }

    /** The Vert.x whose event bus spans the cluster. */
    public Vertx vertx() {
        return vertx;
    }

    /** The ids of all guests. Any thread; does not wait. */
    public List<String> guests() {
        return membership.guests();
    }

    /**
     * The ids of all nodes, this one included, the eldest first; none, not even this one, if the grid has ended. Any
     * thread; does not wait.
     */
    public List<String> members() {
        return membership.getNodes();
    }
}
