package dev.fanfare.broker.cluster;

import com.hazelcast.cluster.Member;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.HazelcastInstanceNotActiveException;
import io.vertx.core.Completable;
import io.vertx.core.Vertx;
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
import org.jspecify.annotations.Nullable;

/**
 * Tells the event bus which nodes and guests there are. An address that is sent to from outside names its node, as in {@code
 * fanfare.node.X}: no registration is kept anywhere, so none can be lost, late or stale. Everything is answered from the
 * list of members, at once. Thread-safe.
 */
final class Membership implements ClusterManager {

    private final String nodeId;
    private final HazelcastInstance grid;
    private volatile @Nullable Vertx vertx;
    private volatile @Nullable NodeInfo info;
    private volatile boolean active;

    Membership(String nodeId, HazelcastInstance grid) {
        this.nodeId = nodeId;
        this.grid = grid;
    }

    @Override
    public void init(Vertx owner) {
        vertx = owner;
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
            grid.shutdown();
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

    /** The ids of those who are on the bus and no nodes. */
    List<String> guests() {
        return all(Grid.GUEST_ID);
    }

    private List<String> all(String role) {
        try {
            return grid.getCluster().getMembers().stream()
                    .map(member -> member.getAttribute(role))
                    .filter(Objects::nonNull)
                    .toList();
        } catch (HazelcastInstanceNotActiveException e) {
            return List.of();
        }
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
            for (Member member : grid.getCluster().getMembers()) {
                if (node.equals(member.getAttribute(Grid.NODE_ID)) || node.equals(member.getAttribute(Grid.GUEST_ID))) {
                    int port = Integer.parseInt(member.getAttribute(Grid.BUS_PORT));
                    promise.succeed(new NodeInfo(member.getAttribute(Grid.HOST), port, null));
                    return;
                }
            }
            promise.fail("node=" + node + " is no member of the cluster");
        } catch (HazelcastInstanceNotActiveException | NumberFormatException e) {
            promise.fail(e);
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
