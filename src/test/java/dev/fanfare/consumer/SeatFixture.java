package dev.fanfare.consumer;

import dev.fanfare.broker.Broker;
import dev.fanfare.broker.Operation;
import dev.fanfare.broker.OperationResult;
import dev.fanfare.broker.Selector;
import dev.fanfare.config.Config;
import dev.fanfare.config.HubSettings;
import dev.fanfare.config.Hubs;
import dev.fanfare.core.ConnectionState;
import dev.fanfare.core.Fingerprint;
import dev.fanfare.core.session.TokenGrant;
import dev.fanfare.store.StoreObserver;
import dev.fanfare.store.local.LocalStore;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.ThreadingModel;
import io.vertx.core.Vertx;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;

/** Nodes that share a store, with the connections that they would have. */
final class SeatFixture implements AutoCloseable {

    static final String HUB = "prices";
    static final TokenGrant GRANT = TokenGrant.of("token", 0, null);

    final Vertx vertx = Vertx.vertx();
    final AtomicLong addedMillis = new AtomicLong();
    final LocalStore store =
            new LocalStore(256L * 1024 * 1024, null, System::nanoTime, InstantSource.system(), StoreObserver.NONE);
    /** What the nodes use. */
    final FaultyStore faulty = new FaultyStore(store);

    final List<String> members = new CopyOnWriteArrayList<>();

    /** The connections that are open, or wait for their client, with their nodes. */
    final Map<String, String> open = new ConcurrentHashMap<>();

    final Set<String> waiting = ConcurrentHashMap.newKeySet();

    /** Why connections were ended, by id. */
    final Map<String, String> ended = new ConcurrentHashMap<>();

    private final Map<String, Seats> nodes = new HashMap<>();

    SeatFixture(String... nodeIds) {
        await(vertx.deployVerticle(store));
        for (String id : nodeIds) {
            join(id);
        }
    }

    /** A node joins. */
    Seats join(String id) {
        members.add(id);
        Seats seats = new Seats(
                faulty,
                new NodeBroker(id),
                () -> List.copyOf(members),
                true,
                InstantSource.system(),
                () -> System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(addedMillis.get()));
        await(vertx.deployVerticle(seats, new DeploymentOptions().setThreadingModel(ThreadingModel.WORKER)));
        nodes.put(id, seats);
        nodes.values().forEach(Seats::membersChanged);
        return seats;
    }

    Seats node(String id) {
        return Objects.requireNonNull(nodes.get(id));
    }

    /** The others find that a node is no member any more; it may still be there. */
    void leave(String id) {
        members.remove(id);
        nodes.values().forEach(Seats::membersChanged);
    }

    Consumers consumers() {
        return new Consumers(nodes.values().iterator().next());
    }

    void register(String clientId) {
        register(clientId, GRANT);
    }

    void register(String clientId, TokenGrant grant) {
        Fingerprint token = Objects.requireNonNull(grant.token());
        await(consumers().register(HUB, clientId, token, Long.MAX_VALUE, java.time.Duration.ofDays(30)));
    }

    static HubSettings settings(String key, Object value) {
        Config.Hub any = Objects.requireNonNull(Config.DEFAULT.hubs().get(Config.ANY_HUB));
        Config.ConsumerSettings consumers = any.consumers();
        Config.ConsumerSettings changed = new Config.ConsumerSettings(
                !key.equals("connectionsPerUser"),
                List.of(),
                consumers.tokenMinutes(),
                consumers.forgetAfterDays(),
                key.equals("onDuplicate") ? (Config.ConsumerSettings.DuplicatePolicy) value : consumers.onDuplicate(),
                false);
        Config.Hub hub = new Config.Hub(
                any.compression(),
                any.slowConsumerPolicy(),
                any.groups(),
                any.eventHandlers(),
                any.busEvents(),
                any.limits(),
                key.equals("connectionsPerUser") ? (int) value : 0,
                changed,
                any.publishers());
        return new Hubs(Config.DEFAULT.with("hubs", Map.of(Config.ANY_HUB, hub))).of(HUB);
    }

    static HubSettings consumersOnly() {
        return settings("", "");
    }

    /** Takes a seat and opens the connection, as a handshake does. */
    Future<Void> connect(HubSettings settings, String node, String clientId, TokenGrant grant, String connectionId) {
        return node(node)
                .take(settings, HUB, clientId, grant, connectionId)
                .onSuccess(taken -> open.put(connectionId, node));
    }

    void disconnect(String node, String connectionId) {
        open.remove(connectionId);
        node(node).release(connectionId);
    }

    /** A broker that knows the connections of this fixture. */
    private final class NodeBroker implements Broker {
        private final String id;

        NodeBroker(String id) {
            this.id = id;
        }

        @Override
        public String nodeId() {
            return id;
        }

        @Override
        public Origin origin() {
            throw new UnsupportedOperationException();
        }

        @Override
        public boolean writable() {
            return true;
        }

        @Override
        public Future<OperationResult> ask(Selector target, Operation operation) {
            String connectionId = Objects.requireNonNull(target.connectionId());
            String holder = open.get(connectionId);
            if (holder == null) {
                return Future.succeededFuture(OperationResult.NONE);
            }
            if (operation instanceof Operation.Close close) {
                ended.put(connectionId, close.reason().name());
                waiting.remove(connectionId);
                disconnect(holder, connectionId);
            }
            if (operation instanceof Operation.Show show) {
                boolean shown = show.state() != ConnectionState.WAITING || waiting.contains(connectionId);
                return Future.succeededFuture(
                        shown
                                ? new OperationResult(
                                        1, List.of(new OperationResult.Member(connectionId, null)), null, null, 0)
                                : OperationResult.NONE);
            }
            return Future.succeededFuture(OperationResult.matched(1));
        }
    }

    static <T> T await(Future<T> future) {
        try {
            return future.await(60, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new AssertionError("not in time", e);
        }
    }

    @Override
    public void close() {
        await(vertx.close());
    }
}
