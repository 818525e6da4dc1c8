package dev.fanfare.client;

import dev.fanfare.auth.JwtSigner;
import dev.fanfare.broker.Broker;
import dev.fanfare.broker.Operation;
import dev.fanfare.broker.PeerMessaging;
import dev.fanfare.broker.Selector;
import dev.fanfare.config.AllowList;
import dev.fanfare.config.Config;
import dev.fanfare.config.OutboundConnection;
import dev.fanfare.config.OutboundUrl;
import dev.fanfare.config.SigningKey;
import dev.fanfare.core.Backoff;
import dev.fanfare.core.CloseReason;
import dev.fanfare.core.ConnectionId;
import dev.fanfare.core.ErrorCode;
import dev.fanfare.core.Names;
import dev.fanfare.core.SlowConsumerPolicy;
import dev.fanfare.core.protocol.Encoded;
import dev.fanfare.ops.Metrics;
import dev.fanfare.shard.OutboundConnections;
import dev.fanfare.shard.OutboundEntry;
import dev.fanfare.shard.OutboundOpening;
import dev.fanfare.shard.Shard;
import dev.fanfare.shard.ShardEnvironment;
import dev.fanfare.socket.Resolver;
import dev.fanfare.socket.SocketOptions;
import dev.fanfare.socket.TlsOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.net.NetClientOptions;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens connections to remote servers, those of the configuration at startup, and assigns them to the shards, where
 * they stay. One per node; deployed when the shards have started.
 */
public final class ClientVerticle extends VerticleBase implements OutboundConnections {

    private static final Logger log = LoggerFactory.getLogger(ClientVerticle.class);

    /** Attempts to take up a connection of the configuration, and the longest pause between them. */
    private static final int CONFIGURED_TRIES = 5;

    private static final long CONFIGURED_PAUSE_MILLIS = 2000;

    private static final OutboundListener NO_LISTENER = new OutboundListener() {};

    private final ShardEnvironment shardEnvironment;
    private final SplittableRandom random = new SplittableRandom();
    private final Supplier<List<Shard>> shardsOfNode;
    private volatile AllowList allowed;
    private final Map<String, JwtSigner> signers = new HashMap<>();

    /** The ids that are in use or reserved on this node. */
    private final Set<String> ids = new HashSet<>();

    private List<Shard> shards = List.of();
    private int next;
    private volatile boolean started;
    private ReconnectLoop.Tools tools;
    private final PeerMessaging peerMessaging;
    private @Nullable DurableConnections durables;

    /** @param shards called at startup; at least one */
    @SuppressWarnings("NullAway.Init") // tools is set in start()
    public ClientVerticle(
            ShardEnvironment shardEnvironment, PeerMessaging peerMessaging, Supplier<List<Shard>> shards) {
        this.shardEnvironment = shardEnvironment;
        this.peerMessaging = peerMessaging;
        this.shardsOfNode = shards;
        Config.Outbound config = shardEnvironment.config().outbound();
        this.allowed = new AllowList(config.allow());
        for (SigningKey key : config.keys()) {
            signers.put(key.id(), new JwtSigner(key.algorithm().name(), key.secret()));
        }
    }

    /** Takes another list of targets, for connections that are opened from then on. Any thread. */
    public void allow(AllowList targets) {
        allowed = targets;
    }

    @Override
    public Future<?> start() {
        Config.Outbound config = shardEnvironment.config().outbound();
        shards = shardsOfNode.get();
        NetClientOptions options = new NetClientOptions()
                .setSslEngineOptions(
                        new TlsOptions(() -> shardEnvironment.metrics().limitReached(Metrics.Limit.TLS_RECORDS)));
        Connector connector = new Connector(vertx.createNetClient(options), new Resolver(vertx), () -> allowed, (int)
                TimeUnit.SECONDS.toMillis(config.handshakeTimeoutSeconds()));
        tools = new ReconnectLoop.Tools(
                vertx,
                connector,
                options(shardEnvironment.config().limits()),
                config.maxRedirects(),
                shardEnvironment.monotonic(),
                shardEnvironment.metrics(),
                shardEnvironment.faultReporter(),
                shardEnvironment.alerts());
        DurableConnections made = new DurableConnections(context, shardEnvironment, peerMessaging, new DurableOpener());
        durables = made;
        registerMetrics(made);
        return made.start().onSuccess(v -> {
            started = true;
            config.connections().stream()
                    .filter(connection -> !connection.durable())
                    .forEach(connection -> openConfigured(connection, CONFIGURED_TRIES));
        });
    }

    private void registerMetrics(DurableConnections durable) {
        Metrics metrics = shardEnvironment.metrics();
        metrics.gauge(Metrics.Gauge.DURABLE_OWNED, durable::owned);
        metrics.gauge(Metrics.Gauge.DURABLE_DECLARED, durable::declared);
        metrics.count(Metrics.ExternalCount.DURABLE_TAKEN_OVER, durable::takenOver);
        metrics.count(Metrics.ExternalCount.DURABLE_HANDED_OVER, durable::handedOver);
    }

    private static SocketOptions options(Config.Limits limits) {
        return SocketOptions.client(
                new SocketOptions.MessageLimits(limits.messageBytes(), limits.frameBytes(), limits.framesPerMessage()));
    }

    /** Nodes with the same configuration that start together may all back off, so each retries after its own pause. */
    private void openConfigured(OutboundConnection connection, int tries) {
        admit(connection, NO_LISTENER, true).onFailure(failure -> {
            if (tries > 1 && failure instanceof OutboundConnections.Rejection refused && isTemporary(refused.code())) {
                long pause = 1 + random.nextLong(CONFIGURED_PAUSE_MILLIS);
                vertx.setTimer(pause, timer -> openConfigured(connection, tries - 1));
            } else {
                log.atError()
                        .addKeyValue("hub", connection.hub())
                        .addKeyValue("connectionId", connection.connectionId())
                        .addKeyValue("error", failure.getMessage())
                        .log("outbound connection of the configuration was not opened");
            }
        });
    }

    private static boolean isTemporary(ErrorCode code) {
        return code == ErrorCode.NON_UNIQUE_ID || code == ErrorCode.TIMEOUT;
    }

    @Override
    public Future<String> open(OutboundConnection connection, String json) {
        if (!started) {
            return refused(ErrorCode.UNAVAILABLE, "the node is starting");
        }
        Promise<String> opened = Promise.promise();
        context.runOnContext(
                v -> (connection.durable() ? durables().open(connection, json) : admit(connection, NO_LISTENER, true))
                        .onComplete(opened));
        return opened.future();
    }

    @Override
    public void withdraw(String hub, String connectionId) {
        if (started) {
            context.runOnContext(v -> durables().withdraw(new DurableKey(hub, connectionId)));
        }
    }

    /**
     * Stops taking durable connections, and hands those of this node over to other nodes, if there are any. Completes
     * when none of them has a socket here. Any thread.
     */
    public Future<Void> handOver() {
        if (!started) {
            return Future.succeededFuture();
        }
        Promise<Void> done = Promise.promise();
        context.runOnContext(v -> durables().handOver().onComplete(done));
        return done.future();
    }

    private DurableConnections durables() {
        return Objects.requireNonNull(durables, "not started");
    }

    private static OutboundUrl url(OutboundConnection connection) {
        return Objects.requireNonNull(OutboundUrl.parse(connection.url()), "checked before");
    }

    /** Opens the durable connections of this node. */
    private final class DurableOpener implements DurableConnections.Opener {

        @Override
        public Future<String> open(OutboundConnection connection, OutboundListener outboundListener, boolean sure) {
            return admit(connection, outboundListener, sure);
        }

        @Override
        public boolean allows(OutboundConnection connection) {
            return targetProblem(url(connection), connection.proxy()) == null;
        }
    }

    /** @param sure whether all nodes must confirm that a given id is not in use */
    private Future<String> admit(OutboundConnection connection, OutboundListener outboundListener, boolean sure) {
        OutboundUrl url = url(connection);
        String problem = targetProblem(url, connection.proxy());
        if (problem != null) {
            return refused(ErrorCode.TARGET_NOT_ALLOWED, problem);
        }
        boolean given = !connection.connectionId().isEmpty();
        String id = given
                ? connection.connectionId()
                : ConnectionId.create(
                        shardEnvironment.random(), shardEnvironment.broker().nodeId());
        if (ids.contains(id)) {
            return duplicate(id);
        }
        if (!shardEnvironment.admission().enter()) {
            shardEnvironment.metrics().limitReached(Metrics.Limit.CONNECTIONS);
            return refused(ErrorCode.UNAVAILABLE, "the node is shutting down or at its connection limit");
        }
        ids.add(id);
        return enter(connection, url, id, outboundListener, sure);
    }

    private @Nullable String targetProblem(OutboundUrl url, OutboundConnection.OutboundProxy proxy) {
        if (!allowed.permits(url.host(), url.port())) {
            return "url: " + url.host() + ":" + url.port() + " is not listed by outbound.allow";
        }
        return proxy.used() && !allowed.permits(proxy.host(), proxy.port())
                ? "proxy: host and port are not listed by outbound.allow"
                : null;
    }

    private Future<String> enter(
            OutboundConnection connection,
            OutboundUrl url,
            String id,
            OutboundListener outboundListener,
            boolean sure) {
        Shard shard = shards.get(next++ % shards.size());
        OutboundConnection.Reconnect reconnect = connection.reconnect();
        ReconnectLoop reconnectLoop = new ReconnectLoop(
                tools,
                connection,
                url,
                new OutboundCredentials(
                        connection, signers.get(connection.auth().jwt().key()), shardEnvironment.clock()),
                new Backoff(
                        reconnect.initialDelayMillis(),
                        reconnect.maxDelayMillis(),
                        Backoff.Jitter.FULL,
                        new SplittableRandom()),
                new IdReleaser(id, outboundListener));
        Future<OutboundEntry> entered =
                shard.enter(opening(connection, url, id, reconnectLoop)).onSuccess(outboundListener::entered);
        Future<OutboundEntry> unique = connection.connectionId().isEmpty()
                ? entered
                : entered.compose(entry -> requireUnique(entry, connection.hub(), id, sure));
        return unique.compose(entry -> begin(shard, reconnectLoop, entry));
    }

    /** Releases the id when its connection has ended. */
    private final class IdReleaser implements OutboundListener {
        private final String id;
        private final OutboundListener outboundListener;

        IdReleaser(String id, OutboundListener outboundListener) {
            this.id = id;
            this.outboundListener = outboundListener;
        }

        @Override
        public void ended(CloseReason reason) {
            context.runOnContext(v -> ids.remove(id));
            outboundListener.ended(reason);
        }

        @Override
        public void closed() {
            outboundListener.closed();
        }
    }

    /** Any other connection with the id is visible by now, or will find this one: two never both continue. */
    private Future<OutboundEntry> requireUnique(OutboundEntry entry, String hub, String id, boolean sure) {
        Broker broker = shardEnvironment.broker();
        return broker.ask(Selector.connection(Names.hub(hub), id), new Operation.Count())
                .compose(operationResult -> {
                    if (operationResult.matched() > 1) {
                        entry.release();
                        return duplicate(id);
                    }
                    if (sure && operationResult.unreachable() > 0) {
                        entry.release();
                        return refused(
                                ErrorCode.TIMEOUT, "connectionId: not all nodes confirmed that it is not in use");
                    }
                    return Future.succeededFuture(entry);
                });
    }

    private static Future<String> begin(Shard shard, ReconnectLoop reconnectLoop, OutboundEntry entry) {
        Promise<String> begun = Promise.promise();
        shard.execute(() -> {
            reconnectLoop.start(entry);
            begun.complete(entry.connectionId());
        });
        return begun.future();
    }

    private static OutboundOpening opening(
            OutboundConnection connection, OutboundUrl url, String id, ReconnectLoop reconnectLoop) {
        return new OutboundOpening(
                Names.hub(connection.hub()),
                id,
                url.path(),
                connection.groups(),
                new OutboundOpening.RemoteExchange(
                        connection.relay().groups(),
                        connection.onOpen().stream()
                                .map(ClientVerticle::message)
                                .toList(),
                        connection.idleTimeoutMillis()),
                new OutboundOpening.QueueLimits(
                        connection.queue().maxBytes(), policy(connection.queue().policy())),
                reconnectLoop);
    }

    private static SlowConsumerPolicy policy(OutboundConnection.Queue.Policy policy) {
        return switch (policy) {
            case DROP_OLDEST -> SlowConsumerPolicy.DROP_OLDEST;
            case DROP_NEWEST -> SlowConsumerPolicy.DROP_NEWEST;
            case CLOSE -> SlowConsumerPolicy.DISCONNECT;
        };
    }

    private static Encoded message(OutboundConnection.FirstMessage opening) {
        return opening.base64().isEmpty()
                ? new Encoded(true, opening.text().getBytes(StandardCharsets.UTF_8))
                : new Encoded(false, Base64.getDecoder().decode(opening.base64()));
    }

    private static <T> Future<T> duplicate(String id) {
        return refused(ErrorCode.NON_UNIQUE_ID, "connectionId: " + id + " is in use");
    }

    private static <T> Future<T> refused(ErrorCode code, String text) {
        return Future.failedFuture(new OutboundConnections.Rejection(code, text));
    }
}
