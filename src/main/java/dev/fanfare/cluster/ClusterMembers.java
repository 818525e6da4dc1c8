package dev.fanfare.cluster;

import com.hazelcast.cluster.Member;
import com.hazelcast.cluster.MembershipEvent;
import com.hazelcast.cluster.MembershipListener;
import com.hazelcast.config.ListenerConfig;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.HazelcastInstanceNotActiveException;
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
import java.net.ConnectException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the event bus which nodes and guests there are. Every address used between processes names its node, as in
 * {@code fanfare.node.X}: no registration is stored anywhere, so none can be lost, late or stale. Everything is
 * answered from the list of members without blocking. Thread-safe. See {@code
 * src/docs/decisions/0025-bus-before-grid.md}.
 */
final class ClusterMembers implements ClusterManager {

    private static final Logger log = LoggerFactory.getLogger(ClusterMembers.class);

    /** Connect timeout; the host of a crashed process refuses at once. */
    private static final int PROBE_MILLIS = 1000;

    private final String role;
    private final String nodeId;
    private final Consumer<EventBus> codecs;

    /** The members seen while this process joins; afterwards Hazelcast itself is asked. */
    private volatile Collection<Member> joiningMembers = List.of();

    private volatile @Nullable HazelcastInstance grid;
    private volatile @Nullable Watcher watcher;
    private volatile @Nullable Vertx vertx;
    private volatile @Nullable NodeInfo info;
    private volatile boolean active;

    ClusterMembers(String role, String nodeId, Consumer<EventBus> codecs) {
        this.role = role;
        this.nodeId = nodeId;
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

    com.hazelcast.config.Config grid(ClusterOptions options) {
        return Grid.config(options, role, nodeId).addListenerConfig(new ListenerConfig(new Changes()));
    }

    void joined(HazelcastInstance instance) {
        grid = instance;
        changed();
    }

    private void changed() {
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
            HazelcastInstance joined = grid;
            if (joined != null) {
                joined.shutdown();
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
        return nodeId;
    }

    @Override
    public List<String> getNodes() {
        return all(Grid.NODE_ID);
    }

    /** All members, the eldest first; empty if Hazelcast has shut down. */
    private Collection<Member> members() {
        HazelcastInstance joined = grid;
        try {
            return joined == null ? joiningMembers : joined.getCluster().getMembers();
        } catch (HazelcastInstanceNotActiveException e) {
            return List.of();
        }
    }

    /** The ids of all guests. */
    List<String> guests() {
        return all(Grid.GUEST_ID);
    }

    private List<String> all(String theirRole) {
        return members().stream()
                .map(member -> member.getAttribute(theirRole))
                .filter(Objects::nonNull)
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
        try {
            for (Member member : members()) {
                if (node.equals(member.getAttribute(Grid.NODE_ID)) || node.equals(member.getAttribute(Grid.GUEST_ID))) {
                    promise.succeed(new NodeInfo(member.getAttribute(Grid.HOST), busPort(member), null));
                    return;
                }
            }
            promise.fail("node=" + node + " is no member of the cluster");
        } catch (NumberFormatException e) {
            promise.fail(e);
        }
    }

    private static int busPort(Member member) {
        return Integer.parseInt(member.getAttribute(Grid.BUS_PORT));
    }

    /**
     * Finds out whether a removed member has crashed or is merely cut off. The host of a dead process refuses
     * connections to its bus; a partitioned network or a hanging process does not.
     */
    private void probe(Member lost) {
        String id = lost.getAttribute(Grid.NODE_ID);
        Vertx owner = Objects.requireNonNull(vertx);
        if (id == null || !active) {
            return;
        }
        NetClient client = owner.createNetClient(new NetClientOptions().setConnectTimeout(PROBE_MILLIS));
        client.connect(busPort(lost), lost.getAttribute(Grid.HOST)).onComplete(result -> {
            client.close();
            Watcher current = watcher;
            if (current != null && active && result.failed() && isRefused(result.cause())) {
                current.crashed(id);
            }
        });
    }

    /** A timeout does not count, although it is reported by the same kind of exception. */
    static boolean isRefused(Throwable failure) {
        return failure instanceof ConnectException
                && String.valueOf(failure.getMessage()).contains("refused");
    }

    /** Called on a thread of Hazelcast. */
    private final class Changes implements MembershipListener {

        @Override
        public void memberAdded(MembershipEvent event) {
            joiningMembers = event.getMembers();
            changed();
        }

        @Override
        public void memberRemoved(MembershipEvent event) {
            joiningMembers = event.getMembers();
            changed();
            try {
                probe(event.getMember());
            } catch (RuntimeException e) {
                log.debug("cannot probe a lost member", e);
            }
        }
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
