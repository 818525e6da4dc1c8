package dev.fanfare;

import dev.fanfare.cluster.Cluster;
import dev.fanfare.config.Config;
import dev.fanfare.ops.PrometheusMetrics;
import dev.fanfare.store.Store;
import dev.fanfare.store.cluster.ReplicaFiles;
import dev.fanfare.store.cluster.ReplicatedStore;
import dev.fanfare.store.engine.CommandStore;
import dev.fanfare.store.file.FileJournal;
import dev.fanfare.store.local.LocalStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Set;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/** The store of a node, whatever its engine is. */
final class NodeStore {

    /** The longest time for moving the content of a node that leaves to the others. */
    private static final long LEAVE_MILLIS = 10_000;

    private final CommandStore engine;
    private final @Nullable ReplicatedStore replicated;

    private NodeStore(CommandStore engine, @Nullable ReplicatedStore replicated) {
        this.engine = engine;
        this.replicated = replicated;
    }

    /** @param versions of the protocol between nodes that are used with a node */
    static NodeStore of(
            Config.StoreSettings settings, String nodeId, ToIntFunction<String> versions, PrometheusMetrics metrics) {
        return switch (settings.engine()) {
            case MEMORY -> local(settings, null, metrics);
            case FILE -> local(settings, new FileJournal(Path.of(settings.folder())), metrics);
            case REPLICATED -> {
                ReplicatedStore store = new ReplicatedStore(
                        nodeId,
                        settings.maxBytes(),
                        files(settings, metrics),
                        versions,
                        System::nanoTime,
                        metrics.storeObserver());
                yield new NodeStore(store, store);
            }
        };
    }

    private static @Nullable ReplicaFiles files(Config.StoreSettings settings, PrometheusMetrics metrics) {
        return settings.folder().isBlank()
                ? null
                : new ReplicaFiles(
                        Path.of(settings.folder()),
                        Set.copyOf(settings.lostDisks()),
                        System::nanoTime,
                        InstantSource.system(),
                        metrics.storeObserver());
    }

    private static NodeStore local(
            Config.StoreSettings settings, @Nullable FileJournal journal, PrometheusMetrics metrics) {
        LocalStore store = new LocalStore(
                settings.maxBytes(), journal, System::nanoTime, InstantSource.system(), metrics.storeObserver());
        return new NodeStore(store, null);
    }

    /** Opens it. Fails if its files cannot be used. */
    Future<?> open(Vertx vertx) {
        return vertx.deployVerticle(engine);
    }

    Store store() {
        return engine;
    }

    void register(PrometheusMetrics metrics) {
        metrics.storeFigures(engine::figures);
        ReplicatedStore store = replicated;
        if (store != null) {
            metrics.storeReplication(store::replication, store.traffic());
        }
    }

    /** What people are alerted of while the store cannot be written, otherwise null. Any thread. */
    @Nullable
    String unavailable() {
        ReplicatedStore store = replicated;
        int partitions = store == null ? 0 : store.replication().unavailable();
        return partitions == 0 ? null : "partitions out of reach: " + partitions;
    }

    /** Follows the views of the cluster. Call it before joining it. */
    void follow(Cluster cluster) {
        ReplicatedStore store = replicated;
        if (store != null) {
            cluster.watchViews(view -> store.view(view.nodeIds()));
        }
    }

    /** The process of another node has ended. Any thread. */
    void crashed(String node) {
        ReplicatedStore store = replicated;
        if (store != null) {
            store.crashed(node);
        }
    }

    /** Moves its content to other nodes, if it is replicated. Never fails. */
    Future<Void> leave(long millis) {
        ReplicatedStore store = replicated;
        return store == null ? Future.succeededFuture() : store.leave(Math.min(millis, LEAVE_MILLIS));
    }

    Future<Void> close() {
        return engine.close();
    }
}
