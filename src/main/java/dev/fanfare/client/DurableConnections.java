package dev.fanfare.client;

import dev.fanfare.broker.PeerMessaging;
import dev.fanfare.config.ConfigException;
import dev.fanfare.config.OutboundConnection;
import dev.fanfare.config.OutboundRequest;
import dev.fanfare.core.CloseReason;
import dev.fanfare.core.ErrorCode;
import dev.fanfare.core.codec.WireException;
import dev.fanfare.core.codec.WireReader;
import dev.fanfare.shard.OutboundConnections;
import dev.fanfare.shard.OutboundEntry;
import dev.fanfare.shard.ShardEnvironment;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries out the decisions of {@link OutboundOwnership}: opens and closes connections, and exchanges messages with
 * other nodes. Used on the event loop of the ClientVerticle, except for what gauges read.
 */
final class DurableConnections implements OutboundOwnership.OtherNodes, OutboundOwnership.ConnectionHolder {

    private static final Logger log = LoggerFactory.getLogger(DurableConnections.class);

    private final Context context;
    private final ShardEnvironment shardEnvironment;
    private final PeerMessaging peerMessaging;
    private final Opener opener;
    private final OutboundOwnership outboundOwnership;
    private final Map<DurableKey, HeldConnection> holds = new HashMap<>();
    private @Nullable Promise<Void> drained;
    private volatile int owned;
    private volatile int declared;
    private final LongAdder takenOver = new LongAdder();
    private final LongAdder handedOver = new LongAdder();

    /** Opens a connection on this node. */
    interface Opener {
        /** @param sure whether all nodes must confirm that they have no connection of that id */
        Future<String> open(OutboundConnection connection, OutboundListener outboundListener, boolean sure);

        /** Whether the configuration of this node allows the target of a connection. */
        boolean allows(OutboundConnection connection);
    }

    DurableConnections(Context context, ShardEnvironment shardEnvironment, PeerMessaging peerMessaging, Opener opener) {
        this.context = context;
        this.shardEnvironment = shardEnvironment;
        this.peerMessaging = peerMessaging;
        this.opener = opener;
        this.outboundOwnership = new OutboundOwnership(shardEnvironment.broker().nodeId(), this, this);
    }

    Future<Void> start() {
        shardEnvironment.config().outbound().connections().stream()
                .filter(OutboundConnection::durable)
                .forEach(connection -> outboundOwnership.configure(DurableKey.of(connection), connection, now()));
        context.owner().setPeriodic(OutboundOwnership.TICK_MILLIS, timer -> tick());
        return peerMessaging.onNote(this::received).onSuccess(v -> tick());
    }

    private long now() {
        return shardEnvironment.monotonic().millis();
    }

    private void tick() {
        outboundOwnership.tick(now());
        changed();
    }

    private void received(String from, WireReader note) throws WireException {
        outboundOwnership.receive(from, DurableWire.read(note), now());
        changed();
    }

    private void changed() {
        owned = outboundOwnership.owned();
        declared = outboundOwnership.declared();
        if (drained != null && owned == 0) {
            drained.tryComplete();
        }
    }

    // ---- requests

    /** Opens a connection here and declares it to all nodes. */
    Future<String> open(OutboundConnection connection, String json) {
        DurableKey key = DurableKey.of(connection);
        if (drained != null || !outboundOwnership.hasRoom(json)) {
            return refused(
                    ErrorCode.UNAVAILABLE,
                    "the node is shutting down, or the cluster is at its limit of durable connections");
        }
        if (outboundOwnership.isDeclaredOrOwned(key)) {
            return refused(ErrorCode.NON_UNIQUE_ID, "connectionId: " + key.connectionId() + " is in use");
        }
        outboundOwnership.claim(key);
        return open(key, connection, true).compose(id -> {
            Promise<String> known = Promise.promise();
            outboundOwnership.declare(
                    key, connection, json, shardEnvironment.clock().millis(), now(), () -> known.complete(id));
            changed();
            return known.future();
        });
    }

    private static <T> Future<T> refused(ErrorCode code, String text) {
        return Future.failedFuture(new OutboundConnections.Rejection(code, text));
    }

    /** Withdraws a connection on all nodes. */
    void withdraw(DurableKey key) {
        outboundOwnership.withdraw(key);
        changed();
    }

    /**
     * Takes no more connections, and releases all if other nodes can take them. Completes when the last socket has
     * closed.
     */
    Future<Void> handOver() {
        Promise<Void> all = Promise.promise();
        drained = all;
        outboundOwnership.drain();
        changed();
        return all.future();
    }

    // ---- counts; any thread

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

    // ---- decisions of OutboundOwnership

    @Override
    public List<String> others() {
        return peerMessaging.others();
    }

    @Override
    public boolean inTouch() {
        return peerMessaging.inTouch();
    }

    @Override
    public void send(String node, DurableMessage message) {
        peerMessaging.sendNote(node, out -> DurableWire.write(out, message));
    }

    @Override
    public DurableConnection read(DurableKey key, long version, String json) {
        try {
            OutboundConnection connection = OutboundRequest.parse(json, key.hub(), shardEnvironment.config());
            return new DurableConnection(key, version, json, opener.allows(connection) ? connection : null);
        } catch (ConfigException differs) {
            log(key, "a durable connection of another node cannot be opened with the configuration of this one");
            return new DurableConnection(key, version, json, null);
        }
    }

    @Override
    public void take(DurableConnection durableConnection, boolean moved) {
        DurableKey key = durableConnection.key();
        OutboundConnection connection = durableConnection.connection();
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
                        .log("durable connection was not opened"));
    }

    @Override
    public void release(DurableKey key) {
        HeldConnection heldConnection = holds.get(key);
        if (heldConnection != null) {
            handedOver.increment();
            heldConnection.release();
        }
    }

    private Future<String> open(DurableKey key, OutboundConnection connection, boolean sure) {
        HeldConnection heldConnection = new HeldConnection(key);
        holds.put(key, heldConnection);
        return onContext(opener.open(connection, heldConnection, sure))
                .onFailure(failure -> closed(heldConnection, true));
    }

    private Future<String> onContext(Future<String> work) {
        Promise<String> promise = Promise.promise();
        work.onComplete(result -> context.runOnContext(v -> promise.complete(result.result(), result.cause())));
        return promise.future();
    }

    private void closed(HeldConnection heldConnection, boolean failed) {
        if (holds.remove(heldConnection.key, heldConnection)) {
            outboundOwnership.closed(heldConnection.key, failed, now());
            changed();
        }
    }

    private static void log(DurableKey key, String message) {
        log.atInfo()
                .addKeyValue("hub", key.hub())
                .addKeyValue("connectionId", key.connectionId())
                .log(message);
    }

    /** A connection that this node holds. */
    private final class HeldConnection implements OutboundListener {

        private final DurableKey key;
        private @Nullable OutboundEntry entry;
        private boolean released;

        HeldConnection(DurableKey key) {
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

        /**
         * Closed by the API or given up by its own rules, it is withdrawn everywhere; any other end concerns this node
         * only.
         */
        @Override
        public void ended(CloseReason reason) {
            if (reason == CloseReason.CLOSED_BY_API || reason == CloseReason.REMOTE_UNREACHABLE) {
                context.runOnContext(v -> withdraw(key));
            }
        }

        @Override
        public void closed() {
            context.runOnContext(v -> DurableConnections.this.closed(this, false));
        }
    }
}
