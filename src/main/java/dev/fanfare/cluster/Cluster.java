package dev.fanfare.cluster;

import com.hazelcast.core.Hazelcast;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxBuilder;
import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.EventBus;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The membership of a node or a guest in the cluster: a clustered Vert.x, and the list of members. It is reachable on
 * the bus before it becomes a member, so that members are answered from the beginning. With {@code cluster.enabled} off
 * this class is not used and no class of Hazelcast is loaded.
 */
public final class Cluster {

    private static final Logger log = LoggerFactory.getLogger(Cluster.class);

    private final Vertx vertx;
    private final ClusterMembers clusterMembers;
    private final ClusterOptions clusterOptions;

    private Cluster(Vertx vertx, ClusterMembers clusterMembers, ClusterOptions clusterOptions) {
        this.vertx = vertx;
        this.clusterMembers = clusterMembers;
        this.clusterOptions = clusterOptions;
    }

    /**
     * Opens the bus of a node, which other nodes do not see before it {@link #join joins}. Fails with an {@link
     * IOException} if a port cannot be bound. Closing the Vert.x leaves the cluster.
     *
     * @param builder of the Vert.x, with its transport
     * @param nodeId unique in the cluster
     * @param codecs registers codecs on the bus before it accepts connections
     */
    public static Future<Cluster> open(
            VertxBuilder builder,
            VertxOptions options,
            ClusterOptions clusterOptions,
            String nodeId,
            Consumer<EventBus> codecs) {
        return open(builder, options, clusterOptions, Grid.NODE_ID, nodeId, codecs);
    }

    /**
     * The same for a guest: on the bus, but nothing is published to it and nothing is asked of it.
     *
     * @param guestId unique in the cluster
     */
    public static Future<Cluster> openGuest(VertxOptions options, ClusterOptions clusterOptions, String guestId) {
        return open(Vertx.builder(), options, clusterOptions, Grid.GUEST_ID, guestId, bus -> {});
    }

    private static Future<Cluster> open(
            VertxBuilder builder,
            VertxOptions options,
            ClusterOptions clusterOptions,
            String role,
            String id,
            Consumer<EventBus> codecs) {
        if (clusterOptions.tls() == null) {
            log.warn("nodes communicate unencrypted, and accept anything that reaches cluster.port and cluster.busPort:"
                    + " open both to the nodes only, or set cluster.tls.enabled for the bus");
        }
        // Before any of its classes is loaded: the configuration comes too late for its first log lines.
        System.setProperty("hazelcast.logging.type", "slf4j");
        ClusterMembers clusterMembers = new ClusterMembers(role, id, codecs);
        return builder.with(options.setEventBusOptions(Bus.options(clusterOptions)))
                .withClusterManager(clusterMembers)
                .buildClustered()
                .map(vertx -> new Cluster(vertx, clusterMembers, clusterOptions));
    }

    /**
     * Becomes a member, or forms a cluster if no member can be reached. Call it once, when this process can answer
     * everything that others may ask. Fails with an {@link IOException} if {@code cluster.port} cannot be bound.
     */
    public Future<Void> join() {
        Callable<Void> join = () -> {
            try {
                clusterMembers.joined(Hazelcast.newHazelcastInstance(clusterMembers.grid(clusterOptions)));
                return null;
            } catch (RuntimeException e) {
                throw new IOException("cluster.port " + clusterOptions.port() + ": " + e.getMessage(), e);
            }
        };
        return vertx.executeBlocking(join, false);
    }

    /** The Vert.x whose event bus spans the cluster. */
    public Vertx vertx() {
        return vertx;
    }

    /** The ids of all guests. Any thread; does not block. */
    public List<String> guests() {
        return clusterMembers.guests();
    }

    /**
     * The ids of all nodes, this one included, the eldest first; empty, without even this one, if Hazelcast has shut
     * down. Any thread; does not block.
     */
    public List<String> members() {
        return clusterMembers.getNodes();
    }

    /** Sets the listener for changes; call it before {@link #join}. */
    public void watch(Watcher watcher) {
        clusterMembers.watch(watcher);
    }

    /** Is notified of changes of the nodes. Called from any thread; must not block. */
    public interface Watcher {

        /** {@link #members} has changed. */
        void changed();

        /** A node that is no longer a member has crashed: its host refuses connections to the port of its bus. */
        void crashed(String nodeId);
    }
}
