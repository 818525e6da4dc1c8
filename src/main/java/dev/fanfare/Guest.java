package dev.fanfare;

import dev.fanfare.broker.bus.GuestEndpoint;
import dev.fanfare.broker.cluster.Cluster;
import dev.fanfare.config.Config;
import dev.fanfare.operations.FanfareClient;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.util.UUID;

/**
 * JVM code that is in the cluster without being a node: it hears events on its event bus and asks nodes for operations. It is
 * trusted like a node. Thread-safe.
 */
public final class Guest {

    private final Vertx vertx;
    private final FanfareClient operations;

    private Guest(Vertx vertx) {
        this.vertx = vertx;
        this.operations = FanfareClient.create(vertx);
    }

    /**
     * Joins a cluster, or waits in an empty one for its first node. Fails with an {@link java.io.IOException} if something
     * cannot be listened to.
     *
     * @param config as that of a node: where this process is reached, and where the others are
     */
    public static Future<Guest> join(Config.Cluster config) {
        String id = UUID.randomUUID().toString();
        return Cluster.openGuest(new VertxOptions(), config, id).compose(cluster -> {
            watch(cluster);
            return GuestEndpoint.open(cluster.vertx(), id, cluster::members)
                    .compose(v -> cluster.join())
                    .map(v -> new Guest(cluster.vertx()))
                    .recover(failure -> cluster.vertx().close().transform(closed -> Future.failedFuture(failure)));
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
                // It is no member any more, which was told.
            }
        });
    }

    /** Whose event bus has the events at {@code fanfare.events.{hub}}. */
    public Vertx vertx() {
        return vertx;
    }

    /** Asks nodes for operations. */
    public FanfareClient operations() {
        return operations;
    }

    /** Leaves the cluster, and closes the Vert.x. */
    public Future<Void> leave() {
        return vertx.close();
    }
}
