package dev.fanfare.cluster;

import dev.fanfare.socket.Listeners;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxBuilder;
import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.EventBus;
import java.io.IOException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The membership of a node or a guest in the cluster: a clustered Vert.x, and the list of members. It is reachable on
 * the bus before it becomes a member, so that members are answered from the beginning. With {@code cluster.enabled} off
 * this class is not used and no class of JGroups is loaded.
 */
public final class Cluster {

    private static final Logger log = LoggerFactory.getLogger(Cluster.class);

    /** How often it looks whether the certificate of this process has to be replaced. */
    private static final long REFRESH_MILLIS = TimeUnit.MINUTES.toMillis(1);

    private final Vertx vertx;
    private final ClusterMembers clusterMembers;
    private final ClusterOptions clusterOptions;
    private final MemberCredentials credentials;
    private volatile @Nullable Context refreshing;
    private final LongAdder failedRefreshes = new LongAdder();
    private boolean busIsRenewed = true;
    private final Refusals refusals;

    private Cluster(
            Vertx vertx,
            ClusterMembers clusterMembers,
            ClusterOptions clusterOptions,
            MemberCredentials credentials,
            Refusals refusals) {
        this.vertx = vertx;
        this.clusterMembers = clusterMembers;
        this.clusterOptions = clusterOptions;
        this.credentials = credentials;
        this.refusals = refusals;
    }

    /**
     * Takes part in the handshakes of the bus: the listeners of the process have to be created with it.
     *
     * @param refusals reported to for each connection to {@code cluster.busPort} that is refused
     */
    public static Listeners.Handshakes handshakes(ClusterOptions clusterOptions, Refusals refusals) {
        return new BusHandshakes(clusterOptions, refusals);
    }

    /**
     * Opens the bus of a node, which other nodes do not see before it {@link #join joins}. Fails with an {@link
     * IOException} if a port cannot be bound, and with another exception if the files of {@link ClusterTls} cannot be used.
     * Closing the Vert.x leaves the cluster.
     *
     * @param builder of the Vert.x, with its transport, whose listeners have the {@link #handshakes}
     * @param nodeId unique in the cluster
     * @param clock the time of day, for the validity of certificates
     * @param refusals reported to for each connection to {@code cluster.port} that is refused
     * @param codecs registers codecs on the bus before it accepts connections
     */
    public static Future<Cluster> open(
            VertxBuilder builder,
            VertxOptions options,
            ClusterOptions clusterOptions,
            String nodeId,
            InstantSource clock,
            Refusals refusals,
            Consumer<EventBus> codecs) {
        return open(builder, options, clusterOptions, true, nodeId, clock, refusals, codecs);
    }

    /**
     * The same for a guest: on the bus, but nothing is published to it and nothing is asked of it.
     *
     * @param guestId unique in the cluster
     */
    public static Future<Cluster> openGuest(
            VertxOptions options, ClusterOptions clusterOptions, String guestId, InstantSource clock) {
        Refusals refusals = new Refusals(reason -> {});
        VertxBuilder builder = new Listeners(handshakes(clusterOptions, refusals)).bound(Vertx.builder());
        return open(builder, options, clusterOptions, false, guestId, clock, refusals, bus -> {});
    }

    private static Future<Cluster> open(
            VertxBuilder builder,
            VertxOptions options,
            ClusterOptions clusterOptions,
            boolean node,
            String id,
            InstantSource clock,
            Refusals refusals,
            Consumer<EventBus> codecs) {
        MemberCredentials credentials = new MemberCredentials(clusterOptions.tls(), clusterOptions.name(), id, clock);
        if (!credentials.enabled()) {
            log.warn("cluster.tls.mode is off: nodes communicate unencrypted, and accept anything that reaches"
                    + " cluster.port and cluster.busPort; open both to the nodes only");
        }
        MemberIdentity self = new MemberIdentity(node, id, clusterOptions.host(), clusterOptions.busPort());
        ClusterMembers clusterMembers = new ClusterMembers(self, codecs);
        return loaded(credentials)
                .compose(loaded -> builder.with(options.setEventBusOptions(Bus.options(clusterOptions, credentials)))
                        .withClusterManager(clusterMembers)
                        .buildClustered())
                .compose(vertx -> named(vertx, credentials, clusterOptions))
                .map(vertx -> new Cluster(vertx, clusterMembers, clusterOptions, credentials, refusals));
    }

    /** The client of the bus cannot be created with the name of the cluster; there are no members yet to connect to. */
    private static Future<Vertx> named(Vertx vertx, MemberCredentials credentials, ClusterOptions options) {
        if (!credentials.enabled()) {
            return Future.succeededFuture(vertx);
        }
        return Bus.renew(vertx, credentials, options.name())
                .map(vertx)
                .recover(failure -> vertx.close().transform(closed -> Future.failedFuture(failure)));
    }

    /** There is no Vert.x yet whose threads could wait for files. */
    private static Future<Boolean> loaded(MemberCredentials credentials) {
        return Future.fromCompletionStage(CompletableFuture.supplyAsync(() -> {
            try {
                return credentials.refresh();
            } catch (Exception e) {
                throw new CompletionException(e);
            }
        }));
    }

    /**
     * Becomes a member, or forms a cluster if no member can be reached. Call it once, when this process can answer
     * everything that others may ask. Fails with an {@link IOException} if {@code cluster.port} cannot be bound.
     */
    public Future<Void> join() {
        Callable<Void> join = () -> {
            clusterMembers.join(clusterOptions, new MemberSockets(credentials, clusterOptions.name(), refusals));
            return null;
        };
        if (credentials.enabled()) {
            Context own = vertx.getOrCreateContext();
            refreshing = own;
            own.runOnContext(v -> vertx.setPeriodic(REFRESH_MILLIS, timer -> refresh()));
        }
        return vertx.executeBlocking(join, false);
    }

    /** Called and completed on the context of its timer, in the order of the calls. */
    Future<?> refresh() {
        return vertx.executeBlocking(credentials::refresh, true)
                .compose(loaded -> {
                    busIsRenewed &= !loaded;
                    return busIsRenewed
                            ? Future.succeededFuture()
                            : Bus.renew(vertx, credentials, clusterOptions.name());
                })
                .onSuccess(renewed -> busIsRenewed = true)
                .onFailure(failure -> {
                    failedRefreshes.increment();
                    log.atError()
                            .addKeyValue("cause", failure.getMessage())
                            .log("certificate between nodes could not be loaded; the previous one stays in use");
                });
    }

    /**
     * Takes other access keys, if certificates are derived from such: new connections trust certificates of any of them,
     * and this process presents one of the first. Open connections stay. Any thread; does not block. Completes
     * when both ports use them, or when that has failed and is tried again later.
     */
    public Future<Void> derive(List<String> accessKeys) {
        Context own = refreshing;
        if (!credentials.derive(accessKeys) || own == null) {
            return Future.succeededFuture();
        }
        Promise<Void> done = Promise.promise();
        own.runOnContext(v -> refresh().onComplete(refreshed -> done.complete()));
        return done.future();
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
     * The ids of all nodes, this one included, the eldest first; empty, without even this one, if its membership has
     * ended. Any thread; does not block.
     */
    public List<String> members() {
        return clusterMembers.getNodes();
    }

    /** The view of the moment; its number is 0 before the first one. Any thread; does not block. */
    public View view() {
        return clusterMembers.view();
    }

    /** When the certificate of this process expires; {@link Instant#EPOCH} without TLS. Any thread. */
    public Instant certificateExpiry() {
        return credentials.expiry();
    }

    /** How often another certificate of this process could not be used; it is tried again each minute. Any thread. */
    public long failedRefreshes() {
        return failedRefreshes.sum();
    }

    /**
     * Sets the listener for views; call it before {@link #join}. It is called with each view that this process installs, one
     * after the other, on a thread of the grid; it must not block. {@link #members} is at least as new when it is called.
     */
    public void watchViews(Consumer<View> listener) {
        clusterMembers.watchViews(listener);
    }

    /**
     * A list of members that its members have agreed on: a view of JGroups, whose first member, the coordinator, decides on
     * each new one. It is identified by its creator and its number together.
     *
     * <p>What holds: a process installs only views that contain it, and their numbers ascend. Two processes that install
     * the view with the same creator and number see the same nodes in the same order. The number of a view is greater than
     * that of the view it follows in each of its members, also when parts are merged. Without faults, all members install
     * all views from when they join until they leave.
     *
     * <p>What does not hold: views may be skipped; so the one before may differ from member to member. Members install a
     * view at different times, and the coordinator waits for their acknowledgement for a second at most. Views of parts
     * that are cut off from each other may have the same number, with different creators, and members of two parts may each
     * see one without the other, or one part may still see the other when that has removed it already. A process that is
     * suspended, or cut off, keeps its last view. Nothing orders messages of the event bus and views relative to each other.
     * A view that changes guests only has the nodes of the one before.
     *
     * @param creator the member that made this view, as a name that is unique for each start of each process
     * @param id the number of the view, from 0
     * @param nodeIds all nodes, the eldest first; after a merge those of the largest part come first
     * @param merged whether this view was made of those of several parts, which may each have continued alone
     */
    public record View(String creator, long id, List<String> nodeIds, boolean merged) {

        /** Copies the list. */
        public View {
            nodeIds = List.copyOf(nodeIds);
        }
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
