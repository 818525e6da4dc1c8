package dev.fanfare.client;

import dev.fanfare.broker.Neighbours;
import dev.fanfare.config.Config;
import dev.fanfare.config.ConfigException;
import dev.fanfare.config.OutboundConnection;
import dev.fanfare.config.OutboundRequest;
import dev.fanfare.connection.OutboundEntry;
import dev.fanfare.connection.OutboundException;
import dev.fanfare.core.CloseReason;
import dev.fanfare.core.ErrorCode;
import dev.fanfare.core.MonotonicClock;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries out what {@link Durables} decide: opens and closes connections, and speaks with other nodes. Belongs to the event
 * loop of the ClientVerticle, but for what gauges read.
 */
final class DurableConnections implements Durables.Cluster, Durables.Holder {

    private static final Logger log = LoggerFactory.getLogger(DurableConnections.class);

    private final Context context;
    private final Neighbours neighbours;
    private final Config config;
    private final InstantSource clock;
    private final MonotonicClock monotonic;
    private final Opener opener;
    private final Predicate<OutboundConnection> allowed;
    private final Durables durables;
    private final Map<DurableKey, Hold> holds = new HashMap<>();
    private @Nullable Promise<Void> drained;
    private volatile int owned;
    private volatile int declared;
    private final LongAdder takenOver = new LongAdder();
    private final LongAdder handedOver = new LongAdder();

    /** Opens a connection on this node. */
    interface Opener {
        /** @param sure whether all nodes have to say that they have no connection of that id */
        Future<String> open(OutboundConnection connection, Watcher watcher, boolean sure);
    }

    /** @param allowed whether a connection may lead where it does */
    DurableConnections(
            Context context,
            String nodeId,
            Neighbours neighbours,
            Config config,
            InstantSource clock,
            MonotonicClock monotonic,
            Opener opener,
            Predicate<OutboundConnection> allowed) {
        this.context = context;
        this.neighbours = neighbours;
        this.config = config;
        this.clock = clock;
        this.monotonic = monotonic;
        this.opener = opener;
        this.allowed = allowed;
        this.durables = new Durables(nodeId, this, this);
    }

    Future<Void> start() {
        config.outbound().connections().stream()
                .filter(OutboundConnection::durable)
                .forEach(connection -> durables.configure(DurableKey.of(connection), connection, now()));
        context.owner().setPeriodic(Durables.TICK_MILLIS, timer -> tick());
        return neighbours.hear(this::heard).onSuccess(v -> tick());
    }

    private long now() {
        return monotonic.millis();
    }

    private void tick() {
        durables.tick(now());
        changed();
    }

    private void heard(String from, byte[] note) {
        DurableMessage message = DurableWire.read(note);
        if (message != null) {
            durables.receive(from, message, now());
            changed();
        }
    }

    private void changed() {
        owned = durables.owned();
        declared = durables.declared();
        if (drained != null && owned == 0) {
            drained.tryComplete();
        }
    }

    // ---- what is asked for

    /** Opens a connection here, and declares it to all nodes. */
    Future<String> open(OutboundConnection connection, String json) {
        DurableKey key = DurableKey.of(connection);
        if (drained != null || !durables.hasRoom(json)) {
            return refused(
                    ErrorCode.UNAVAILABLE,
                    "the node stops, or the cluster has as many durable connections as it takes");
        }
        if (durables.knows(key)) {
            return refused(ErrorCode.NON_UNIQUE_ID, "connectionId: " + key.connectionId() + " is in use");
        }
        durables.claim(key);
        return open(key, connection, true).compose(id -> {
            Promise<String> known = Promise.promise();
            durables.declare(key, connection, json, clock.millis(), now(), () -> known.complete(id));
            changed();
            return known.future();
        });
    }

    private static <T> Future<T> refused(ErrorCode code, String text) {
        return Future.failedFuture(new OutboundException(code, text));
    }

    /** Nobody is to have it any more. */
    void withdraw(DurableKey key) {
        durables.withdraw(key);
        changed();
    }

    /** Takes none any more, and lets go of all if there are nodes to take them. Completes when the last socket has ended. */
    Future<Void> handOver() {
        Promise<Void> all = Promise.promise();
        drained = all;
        durables.drain();
        changed();
        return all.future();
    }

    // ---- how many; any thread

    int owned() {
        return owned;
    }

    int declared() {
        return declared;
    }

    long takenOver() {
        return takenOver.sum();
    }

    long handedOver() {
        return handedOver.sum();
    }

    // ---- what Durables decide

    @Override
    public List<String> others() {
        return neighbours.others();
    }

    @Override
    public boolean inTouch() {
        return neighbours.inTouch();
    }

    @Override
    public void tell(String node, DurableMessage message) {
        neighbours.tell(node, DurableWire.write(message));
    }

    @Override
    public Durable read(DurableKey key, long version, String json) {
        try {
            OutboundConnection connection = OutboundRequest.parse(json, key.hub(), config);
            return new Durable(key, version, json, allowed.test(connection) ? connection : null);
        } catch (ConfigException differs) {
            log(key, "a durable connection of another node is not possible with the configuration of this one");
            return new Durable(key, version, json, null);
        }
    }

    @Override
    public void take(Durable durable, boolean moved) {
        DurableKey key = durable.key();
        OutboundConnection connection = durable.connection();
        if (connection == null) {
            throw new IllegalArgumentException("key=" + key + " is not possible here");
        }
        if (moved) {
            takenOver.increment();
            log(key, "taking over a durable connection");
        }
        open(key, connection, false)
                .onFailure(failure -> log.atWarn()
                        .addKeyValue("hub", key.hub())
                        .addKeyValue("connectionId", key.connectionId())
                        .addKeyValue("error", failure.getMessage())
                        .log("durable connection not taken up"));
    }

    @Override
    public void release(DurableKey key) {
        Hold hold = holds.get(key);
        if (hold != null) {
            handedOver.increment();
            hold.release();
        }
    }

    private Future<String> open(DurableKey key, OutboundConnection connection, boolean sure) {
        Hold hold = new Hold(key);
        holds.put(key, hold);
        return onContext(opener.open(connection, hold, sure)).onFailure(failure -> gone(hold, true));
    }

    private Future<String> onContext(Future<String> work) {
        Promise<String> promise = Promise.promise();
        work.onComplete(result -> context.runOnContext(v -> promise.complete(result.result(), result.cause())));
        return promise.future();
    }

    private void gone(Hold hold, boolean failed) {
        if (holds.remove(hold.key, hold)) {
            durables.gone(hold.key, failed, now());
            changed();
        }
    }

    private static void log(DurableKey key, String message) {
        log.atInfo()
                .addKeyValue("hub", key.hub())
                .addKeyValue("connectionId", key.connectionId())
                .log(message);
    }

    /** A connection while this node has it. */
    private final class Hold implements Watcher {

        private final DurableKey key;
        private @Nullable OutboundEntry entry;
        private boolean released;

        Hold(DurableKey key) {
            this.key = key;
        }

        void release() {
            released = true;
            if (entry != null) {
                entry.release();
            }
        }

        @Override
        public void entered(OutboundEntry fresh) {
            context.runOnContext(v -> {
                entry = fresh;
                if (released) {
                    fresh.release();
                }
            });
        }

        /** Ended by whoever may, or by its own rules, it is wanted no more; all else is about this node only. */
        @Override
        public void ended(CloseReason reason) {
            if (reason == CloseReason.CLOSED_BY_API || reason == CloseReason.REMOTE_UNREACHABLE) {
                context.runOnContext(v -> withdraw(key));
            }
        }

        @Override
        public void gone() {
            context.runOnContext(v -> DurableConnections.this.gone(this, false));
        }
    }
}
