package dev.fanfare.guest;

import dev.fanfare.cluster.Cluster;
import dev.fanfare.cluster.ClusterOptions;
import dev.fanfare.operations.FanfareClient;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.time.InstantSource;
import java.util.UUID;

/**
 * A member of the cluster that is not a node: receives events on its event bus and calls operations of nodes. It is trusted
 * like a node. Thread-safe.
 */
public final class Guest {

    private final Vertx vertx;
    private final FanfareClient operations;

    private Guest(Vertx vertx) {
        this.vertx = vertx;
        this.operations = FanfareClient.create(vertx);
    }

    /**
     * Joins a cluster, or waits in an empty one for its first node. Fails with an {@link java.io.IOException} if it cannot
     * listen on a configured address.
     *
     * @param clusterOptions the addresses of this process and of the other members
     */
    public static Future<Guest> join(ClusterOptions clusterOptions) {
        String id = UUID.randomUUID().toString();
        return Cluster.openGuest(new VertxOptions(), clusterOptions, id, InstantSource.system())
                .compose(cluster -> {
                    watch(cluster);
                    return GuestEndpoint.open(cluster.vertx(), id, cluster::members)
                            .compose(v -> cluster.join())
                            .map(v -> new Guest(cluster.vertx()))
                            .recover(failure ->
                                    cluster.vertx().close().transform(closed -> Future.failedFuture(failure)));
                });
    }

    private static void watch(Cluster cluster) {
        cluster.watch(new Cluster.Watcher() {
            @Override
            public void changed() {
                GuestEndpoint.changed(cluster.vertx(), cluster.members());
            }

            @Override
            public void crashed(String nodeId) {
                // Reported by changed() already.
            }
        });
    }

    /** The Vert.x instance whose event bus receives the events, at {@code fanfare.events.{hub}}. */
    public Vertx vertx() {
        return vertx;
    }

    /** The client for operations of the nodes. */
    public FanfareClient operations() {
        return operations;
    }

    /** Leaves the cluster and closes the Vert.x instance. */
    public Future<Void> leave() {
        return vertx.close();
    }
}
