package dev.fanfare.cluster;

import dev.fanfare.cluster.Cluster.View;
import dev.fanfare.cluster.Cluster.Watcher;
import io.vertx.core.Completable;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.shareddata.AsyncMap;
import io.vertx.core.shareddata.Counter;
import io.vertx.core.shareddata.Lock;
import io.vertx.core.spi.cluster.ClusterManager;
import io.vertx.core.spi.cluster.NodeInfo;
import io.vertx.core.spi.cluster.NodeListener;
import io.vertx.core.spi.cluster.RegistrationInfo;
import io.vertx.core.spi.cluster.RegistrationListener;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Tells the event bus which nodes and guests there are. Every address used between processes names its node, as in
 * {@code fanfare.node.X}: no registration is stored anywhere, so none can be lost, late or stale. Everything is
 * answered from the list of members without blocking. Thread-safe. See {@code
 * src/docs/decisions/0025-bus-before-grid.md}.
 */
final class ClusterMembers implements ClusterManager {

    private final MemberIdentity self;
    private final Consumer<EventBus> codecs;

    /** Lists of members arrive one at a time. */
    private List<MemberIdentity> lastPeers = List.of();

    private volatile @Nullable Grid grid;
    private volatile @Nullable Watcher watcher;
    private volatile @Nullable Consumer<View> viewListener;
    private volatile @Nullable Vertx vertx;
    private volatile @Nullable NodeInfo info;
    private volatile boolean active;

    ClusterMembers(MemberIdentity self, Consumer<EventBus> codecs) {
        this.self = self;
        this.codecs = codecs;
    }

    @Override
    public void init(Vertx owner) {
        vertx = owner;
        codecs.accept(owner.eventBus());
    }

    void watch(Watcher listener) {
        watcher = listener;
    }

    void watchViews(Consumer<View> listener) {
        viewListener = listener;
    }

    /** Becomes a member. Blocks. */
    void join(ClusterOptions options, MemberSockets sockets) throws Exception {
        Grid created = new Grid(options, self, sockets, this::changed);
        grid = created;
        created.join();
        notifyWatcher();
    }

    /** Called on a thread of the grid. */
    private void changed(Grid.MemberList members) {
        List<MemberIdentity> before = lastPeers;
        lastPeers = members.peers();
        Consumer<View> listener = viewListener;
        if (listener != null && active) {
            listener.accept(view(members));
        }
        notifyWatcher();
        for (MemberIdentity peer : before) {
            if (peer.node() && !members.peers().contains(peer)) {
                probe(peer);
            }
        }
    }

    private void notifyWatcher() {
        Watcher current = watcher;
        if (current != null && active) {
            current.changed();
        }
    }

    @Override
    public void join(Completable<Void> promise) {
        active = true;
        promise.succeed();
    }

    @Override
    public void leave(Completable<Void> promise) {
        active = false;
        Callable<Void> shutdown = () -> {
            Grid joined = grid;
            if (joined != null) {
                joined.close();
            }
            return null;
        };
        Objects.requireNonNull(vertx).executeBlocking(shutdown).onComplete(promise);
    }

    @Override
    public boolean isActive() {
        return active;
    }

    @Override
    public String getNodeId() {
        return self.id();
    }

    @Override
    public List<String> getNodes() {
        return ids(members(), true);
    }

    /** The ids of all guests. */
    List<String> guests() {
        return ids(members(), false);
    }

    View view() {
        return view(members());
    }

    private static View view(Grid.MemberList members) {
        return new View(members.creator(), members.number(), ids(members, true), members.merged());
    }

    /** The eldest first; none before joining, and if the grid has ended. */
    private Grid.MemberList members() {
        Grid joined = grid;
        return joined == null ? Grid.MemberList.NONE : joined.members();
    }

    private static List<String> ids(Grid.MemberList members, boolean nodes) {
        return members.peers().stream()
                .filter(peer -> peer.node() == nodes)
                .map(MemberIdentity::id)
                .toList();
    }

    @Override
    public void setNodeInfo(NodeInfo nodeInfo, Completable<Void> promise) {
        info = nodeInfo;
        promise.succeed();
    }

    @Override
    public @Nullable NodeInfo getNodeInfo() {
        return info;
    }

    @Override
    public void getNodeInfo(String node, Completable<NodeInfo> promise) {
        for (MemberIdentity peer : members().peers()) {
            if (peer.id().equals(node)) {
                promise.succeed(new NodeInfo(peer.host(), peer.busPort(), null));
                return;
            }
        }
        promise.fail("node=" + node + " is no member of the cluster");
    }

    /**
     * Finds out whether a removed member has crashed or is merely cut off. The host of a dead process refuses
     * connections to its bus; a partitioned network or a hanging process does not.
     */
    private void probe(MemberIdentity lost) {
        Vertx owner = Objects.requireNonNull(vertx);
        if (!active) {
            return;
        }
        NetClient client = owner.createNetClient(new NetClientOptions().setConnectTimeout(Suspicions.PROBE_MILLIS));
        client.connect(lost.busPort(), lost.host()).onComplete(result -> {
            client.close();
            Watcher current = watcher;
            if (current != null && active && result.failed() && Suspicions.isRefused(result.cause())) {
                current.crashed(lost.id());
            }
        });
    }

    @Override
    public void getRegistrations(String address, Completable<List<RegistrationInfo>> promise) {
        String node = address.substring(address.lastIndexOf('.') + 1);
        promise.succeed(List.of(new RegistrationInfo(node, 0, false)));
    }

    @Override
    public void addRegistration(String address, RegistrationInfo registration, Completable<Void> promise) {
        promise.succeed();
    }

    @Override
    public void removeRegistration(String address, RegistrationInfo registration, Completable<Void> promise) {
        promise.succeed();
    }

    /** Registrations never change. */
    @Override
    public void registrationListener(RegistrationListener listener) {}

    /** Used for high availability of verticles only, which is off. */
    @Override
    public void nodeListener(NodeListener listener) {}

    @Override
    public <K, V> void getAsyncMap(String name, Completable<AsyncMap<K, V>> promise) {
        promise.fail(noData());
    }

    @Override
    public <K, V> Map<K, V> getSyncMap(String name) {
        throw noData();
    }

    @Override
    public void getLockWithTimeout(String name, long timeout, Completable<Lock> promise) {
        promise.fail(noData());
    }

    @Override
    public void getCounter(String name, Completable<Counter> promise) {
        promise.fail(noData());
    }

    private static UnsupportedOperationException noData() {
        return new UnsupportedOperationException("the cluster keeps no data");
    }
}
