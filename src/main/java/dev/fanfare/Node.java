package dev.fanfare;

import dev.fanfare.alert.AlertCondition;
import dev.fanfare.alert.AlertSource;
import dev.fanfare.alert.Alerts;
import dev.fanfare.alert.CertificateExpiry;
import dev.fanfare.api.ApiContext;
import dev.fanfare.api.ApiRoutes;
import dev.fanfare.api.ConsumerAccess;
import dev.fanfare.api.OperationsVerticle;
import dev.fanfare.api.RevocationList;
import dev.fanfare.auth.AuthenticationException;
import dev.fanfare.auth.ClientSecrets;
import dev.fanfare.auth.JwtAuthenticator;
import dev.fanfare.auth.TokenMinter;
import dev.fanfare.broker.bus.EventBusBroker;
import dev.fanfare.broker.bus.EventNotifier;
import dev.fanfare.broker.bus.MessageKind;
import dev.fanfare.broker.bus.NodeTraffic;
import dev.fanfare.cli.RunningNode;
import dev.fanfare.cli.Version;
import dev.fanfare.client.ClientVerticle;
import dev.fanfare.cluster.Cluster;
import dev.fanfare.cluster.ClusterOptions;
import dev.fanfare.cluster.ClusterTls;
import dev.fanfare.cluster.Refusals;
import dev.fanfare.config.AllowList;
import dev.fanfare.config.Config;
import dev.fanfare.config.ConfigSource;
import dev.fanfare.config.Hubs;
import dev.fanfare.config.LiveConfig;
import dev.fanfare.consumer.Consumers;
import dev.fanfare.consumer.Seats;
import dev.fanfare.core.ClusterTime;
import dev.fanfare.core.Names;
import dev.fanfare.core.alert.AlertCause;
import dev.fanfare.core.protocol.Codec;
import dev.fanfare.core.protocol.JsonCodec;
import dev.fanfare.core.protocol.RawCodec;
import dev.fanfare.core.protocol.Subprotocol;
import dev.fanfare.event.EventDispatcher;
import dev.fanfare.limit.LimitGrowth;
import dev.fanfare.limit.Limiter;
import dev.fanfare.logging.QuietThreads;
import dev.fanfare.operations.FanfareClient;
import dev.fanfare.ops.EventLoopProbe;
import dev.fanfare.ops.Health;
import dev.fanfare.ops.ManagementVerticle;
import dev.fanfare.ops.Metrics;
import dev.fanfare.ops.PrometheusMetrics;
import dev.fanfare.revocation.RevocationIndex;
import dev.fanfare.revocation.Revocations;
import dev.fanfare.server.CertificateWatch;
import dev.fanfare.server.ListeningPorts;
import dev.fanfare.server.ServerVerticle;
import dev.fanfare.shard.Admission;
import dev.fanfare.shard.GroupCensus;
import dev.fanfare.shard.OutboundConnections;
import dev.fanfare.shard.ShardEnvironment;
import dev.fanfare.shard.ShardEnvironment.ShardSettings;
import dev.fanfare.socket.FaultReporter;
import dev.fanfare.socket.Listeners;
import io.vertx.core.Context;
import io.vertx.core.Deployable;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.ThreadingModel;
import io.vertx.core.Vertx;
import io.vertx.core.VertxBuilder;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One broker process: creates the verticles, starts them, and stops them in order. */
public final class Node implements RunningNode {

    private static final Logger log = LoggerFactory.getLogger(Node.class);
    private static final long ASK_TIMEOUT_MILLIS = ClusterTime.OPERATION.millis();
    private static final int NODE_ID_LENGTH = 8;
    private static final int TRANSIENT_SOCKETS = 256;
    private static final int WARM_UP_LOOPS = 2;

    /** The limits at which the node refuses or closes clients that do nothing wrong. */
    private static final List<Metrics.Limit> LIMITS_OF_NODE = List.of(
            Metrics.Limit.CONNECTIONS,
            Metrics.Limit.HTTP_CONNECTIONS,
            Metrics.Limit.INBOUND_BYTES_OF_NODE,
            Metrics.Limit.OUTBOUND_BYTES_OF_NODE,
            Metrics.Limit.EVENT_BYTES);

    /** The limits that users, addresses, hubs and keys reach. */
    private static final Set<Metrics.Limit> SHARED_LIMITS =
            Collections.unmodifiableSet(EnumSet.range(Metrics.Limit.FAILED_HANDSHAKES, Metrics.Limit.EVENT_LOOP_LAG));

    /** How long a state lasts before people are alerted of it; replacing a node is over by then. */
    private static final long LASTING_MILLIS = 15_000;

    /** Time left for the rest of the shutdown when draining events is given up. */
    private static final long FINAL_MILLIS = 100;

    /** Extra time for handing over durable connections, whose sockets are closing by then. */
    private static final long HAND_OVER_MILLIS = 500;

    /** Extra time for freeing the seats of connections that were closed: other nodes find that out by themselves. */
    private static final long SEATS_MILLIS = 500;

    private static final String ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    private final Vertx vertx;
    private final Config config;
    private final String nodeId;
    private final MembersAndGuests cluster;
    private final LiveConfig live;
    private final ConfigReload reload;
    private volatile NodeKeys nodeKeys;
    private volatile TokenMinter minter;
    private volatile Hubs hubs;
    private volatile @Nullable Cluster joined;
    private @Nullable ClientVerticle outbound;
    private @Nullable ShardSettings shardSettings;
    private volatile Future<?> shardsChanged = Future.succeededFuture();
    private final PrometheusMetrics metrics;
    private final Health health = new Health();
    private final Admission admission;
    private final Limiter limiter;
    private final ServerVerticle.ListenerContext listener;
    private final Queue<ServerVerticle> servers = new ConcurrentLinkedQueue<>();
    private final AtomicInteger loops = new AtomicInteger();
    private final ManagementVerticle management;
    private final JwtAuthenticator authenticator;
    private final EventDispatcher eventDispatcher;
    private final EventBusBroker broker;
    private final NodeStore store;
    private final RevocationIndex revocationIndex = new RevocationIndex();
    private final Revocations revocations;
    private final Seats seats;
    private final ClientSecrets secrets;
    private final Alerts alerts;
    private final WarmUp warmUp;
    private final Promise<Void> ready = Promise.promise();
    private Supplier<Instant> clusterCertificateExpiry = () -> Instant.EPOCH;
    private Supplier<Future<Void>> handOver = Future::succeededFuture;

    private Node(Vertx vertx, Preparation preparation, MembersAndGuests cluster) {
        this.vertx = vertx;
        this.config = preparation.config();
        this.nodeId = preparation.nodeId();
        this.metrics = preparation.metrics();
        this.cluster = cluster;
        this.live = new LiveConfig(config);
        this.reload = new ConfigReload(vertx, preparation.source(), live, metrics, this::changed);
        this.nodeKeys = NodeKeys.of(config);
        this.minter = minter(nodeKeys);
        this.hubs = new Hubs(config);
        this.admission = new Admission(config.limits().connections());
        this.limiter = new Limiter(config, new Hubs(config), System::nanoTime);
        this.listener = new ServerVerticle.ListenerContext(
                preparation.listeningPorts(),
                new CertificateWatch(config.server(), metrics),
                new Admission(config.limits().httpConnections()));
        this.authenticator =
                new JwtAuthenticator(vertx, nodeKeys.auth(), config.server().publicEndpoints(), InstantSource.system());
        this.management = new ManagementVerticle(config.management(), metrics, health);
        this.broker = broker();
        this.store = NodeStore.of(config.store(), nodeId, broker::version, metrics);
        this.revocations = new Revocations(store.store(), revocationIndex, InstantSource.system());
        this.seats = new Seats(
                store.store(),
                broker,
                cluster.members(),
                config.cluster().enabled(),
                InstantSource.system(),
                System::nanoTime);
        this.secrets = new ClientSecrets(vertx);
        this.alerts = new Alerts(
                config.alerts(),
                new AlertSource(
                        nodeId, config.cluster().enabled() ? config.cluster().name() : ""),
                metrics,
                System::nanoTime,
                InstantSource.system());
        this.eventDispatcher = new EventDispatcher(
                vertx,
                config,
                nodeKeys.auth().accessKeys(),
                metrics,
                InstantSource.system(),
                new EventNotifier(vertx, cluster.guests())::publish,
                alerts);
        this.warmUp = new WarmUp(vertx, config.start(), Math.min(eventLoops(config), WARM_UP_LOOPS), Node::startSpare);
    }

    /** What exists before Vert.x does. */
    private record Preparation(
            Config config,
            @Nullable ConfigSource source,
            String nodeId,
            PrometheusMetrics metrics,
            ListeningPorts listeningPorts,
            Refusals refusals) {

        static Preparation of(Config config, @Nullable ConfigSource source) {
            PrometheusMetrics metrics = Node.metrics();
            return new Preparation(
                    config, source, newNodeId(), metrics, new ListeningPorts(), new Refusals(metrics::peerRefused));
        }

        VertxBuilder builder() {
            return new Listeners(
                            sockets(config.limits()),
                            listeningPorts::has,
                            () -> metrics.limitReached(Metrics.Limit.HTTP_CONNECTIONS),
                            config.cluster().enabled() ? Cluster.handshakes(clusterOptions(config), refusals) : null)
                    .bound(Vertx.builder());
        }
    }

    /** The ids of the nodes and of the guests in the cluster. */
    private record MembersAndGuests(Supplier<List<String>> members, Supplier<List<String>> guests) {

        /** A node without a cluster. */
        static MembersAndGuests alone(String nodeId) {
            return new MembersAndGuests(() -> List.of(nodeId), List::of);
        }
    }

    /**
     * Starts a node, and warms it up: it serves at once, and becomes ready when that is over; see {@code start} in the
     * configuration. Fails as {@link #start} does.
     *
     * @param source where the configuration is read from again
     */
    public static Future<Node> startAndWarmUp(Config config, ConfigSource source) {
        return start(config, source, true);
    }

    /** Starts a node. Fails without leaving anything running if it cannot listen on an address or read a file. */
    public static Future<Node> start(Config config) {
        return start(config, null, false);
    }

    /** The same with the place where the configuration is read from again. */
    public static Future<Node> start(Config config, ConfigSource source) {
        return start(config, source, false);
    }

    private static Future<Node> start(Config config, @Nullable ConfigSource source, boolean warmingUp) {
        log.atDebug().addKeyValue("version", Version.text()).log("node starting");
        VertxOptions options = options(config);
        Preparation preparation = Preparation.of(config, source);
        String nodeId = preparation.nodeId();
        VertxBuilder builder = preparation.builder();
        if (!config.cluster().enabled()) {
            Vertx vertx = builder.with(options).build();
            return start(
                    vertx,
                    () -> new Node(vertx, preparation, MembersAndGuests.alone(nodeId)),
                    node -> node.broker.start(),
                    warmingUp);
        }
        return Cluster.open(
                        builder,
                        options,
                        clusterOptions(config),
                        nodeId,
                        InstantSource.system(),
                        preparation.refusals(),
                        EventBusBroker::prepare)
                .compose(cluster -> {
                    preparation
                            .metrics()
                            .gauge(
                                    Metrics.Gauge.CLUSTER_CERTIFICATE_EXPIRY,
                                    () -> cluster.certificateExpiry().getEpochSecond());
                    MembersAndGuests all = new MembersAndGuests(cluster::members, cluster::guests);
                    return start(
                            cluster.vertx(),
                            () -> new Node(cluster.vertx(), preparation, all),
                            node -> node.join(cluster),
                            warmingUp);
                });
    }

    /**
     * Starts a node for a {@link WarmUp}: it has its listener for clients and nothing else, logs nothing about itself, and
     * must be closed with {@link #closeSpare}. Blocks.
     */
    static Future<Node> startSpare(Config config) {
        Preparation preparation = Preparation.of(config, null);
        Vertx vertx = preparation
                .builder()
                .with(options(config).setBlockedThreadCheckInterval(TimeUnit.HOURS.toMillis(1)))
                .build();
        Node node = new Node(vertx, preparation, MembersAndGuests.alone(preparation.nodeId()));
        return node.deployListener()
                .map(node)
                .recover(failure -> node.closeSpare().transform(closed -> Future.failedFuture(failure)));
    }

    private static VertxOptions options(Config config) {
        return new VertxOptions()
                .setEventLoopPoolSize(eventLoops(config))
                .setPreferNativeTransport(true)
                .setFileSystemOptions(new FileSystemOptions()
                        .setClassPathResolvingEnabled(false)
                        .setFileCachingEnabled(false));
    }

    private static String newNodeId() {
        return new SecureRandom()
                .ints(NODE_ID_LENGTH, 0, ALPHABET.length())
                .mapToObj(i -> String.valueOf(ALPHABET.charAt(i)))
                .collect(Collectors.joining());
    }

    private static ClusterOptions clusterOptions(Config config) {
        Config.ClusterSettings cluster = config.cluster();
        Config.ClusterTlsSettings settings = cluster.tls();
        ClusterTls tls = switch (settings.mode()) {
            case DERIVED -> ClusterTls.derived(config.auth().accessKeys());
            case FILES -> ClusterTls.files(settings.certificateFile(), settings.keyFile(), settings.caFile());
            case OFF -> ClusterTls.off();
        };
        return new ClusterOptions(
                cluster.name(),
                cluster.host(),
                cluster.port(),
                cluster.busPort(),
                cluster.members(),
                cluster.dns(),
                tls);
    }

    private static PrometheusMetrics metrics() {
        return new PrometheusMetrics(
                Version.text(),
                Arrays.stream(AuthenticationException.Reason.values())
                        .map(AuthenticationException.Reason::label)
                        .collect(Collectors.toSet()),
                ApiRoutes.operationIds());
    }

    /**
     * The sockets that the client listeners may have open together, and each other listener: the limits for connections,
     * and a margin for opening and closing ones.
     */
    private static int sockets(Config.Limits limits) {
        long sockets = (long) limits.connections() + limits.httpConnections() + TRANSIENT_SOCKETS;
        return (int) Math.min(Integer.MAX_VALUE, sockets);
    }

    private Future<Void> join(Cluster joined) {
        this.joined = joined;
        store.follow(joined);
        clusterCertificateExpiry = joined::certificateExpiry;
        joined.watch(new Cluster.Watcher() {
            @Override
            public void changed() {
                broker.membersChanged();
                seats.membersChanged();
            }

            @Override
            public void crashed(String node) {
                broker.crashed(node);
                store.crashed(node);
            }
        });
        return broker.start(joined::join);
    }

    /**
     * Starts a node; closes its Vert.x instance if that fails.
     *
     * @param begin starts its broker, standalone or in a cluster
     */
    private static Future<Node> start(
            Vertx vertx, Supplier<Node> created, Function<Node, Future<Void>> begin, boolean warmingUp) {
        try {
            Node node = created.get();
            return node.deploy(begin)
                    .onSuccess(deployed -> node.started(warmingUp))
                    .map(node)
                    .recover(failure -> vertx.close().transform(closed -> Future.failedFuture(failure)));
        } catch (RuntimeException e) {
            return vertx.close().transform(closed -> Future.failedFuture(e));
        }
    }

    private static int eventLoops(Config config) {
        return config.server().eventLoops() == 0
                ? Runtime.getRuntime().availableProcessors()
                : config.server().eventLoops();
    }

    private Future<Void> deploy(Function<Node, Future<Void>> begin) {
        ShardEnvironment shardEnvironment = environment(new SecureRandom());
        registerGauges(shardEnvironment.groups());
        health.watch(Health.Hindrance.CLUSTER, () -> !broker.inTouch());
        health.watch(Health.Hindrance.VERSION, () -> !broker.inTouch() && broker.incompatibleMembers() > 0);
        health.watch(Health.Hindrance.REVOCATIONS, () -> !revocationIndex.synced());
        health.watchEnd("grid", () -> cluster.members().get().isEmpty());
        health.watchEnd("settings", broker::settingsDiffer);
        ClientVerticle client = new ClientVerticle(
                shardEnvironment,
                broker,
                () -> servers.stream().map(ServerVerticle::shard).toList());
        handOver = client::handOver;
        outbound = client;
        live.add(this::prepare);
        DeploymentOptions perLoop = new DeploymentOptions().setInstances(eventLoops(config));
        return authenticator
                .start()
                .compose(v -> vertx.deployVerticle(alerts))
                .compose(v -> store.open(vertx))
                .compose(v -> vertx.deployVerticle(
                        revocations, new DeploymentOptions().setThreadingModel(ThreadingModel.WORKER)))
                .compose(v ->
                        vertx.deployVerticle(seats, new DeploymentOptions().setThreadingModel(ThreadingModel.WORKER)))
                .compose(v -> begin.apply(this))
                .compose(v -> ownStore() ? revocations.synced() : Future.succeededFuture())
                .compose(v -> eventDispatcher.start())
                .compose(v -> vertx.deployVerticle(management))
                .compose(v -> vertx.deployVerticle(() -> server(shardEnvironment, client, this::watch), perLoop))
                .compose(v -> vertx.deployVerticle(client))
                .compose(
                        v -> vertx.deployVerticle(new OperationsVerticle(broker, apiContext(shardEnvironment, client))))
                .onSuccess(v -> reload.watch())
                .mapEmpty();
    }

    private static TokenMinter minter(NodeKeys keys) {
        return new TokenMinter(keys.auth().accessKeys().get(0), InstantSource.system());
    }

    /** Prepares for another configuration; what this does not touch has its values of the start. */
    private Runnable prepare(Config next) {
        NodeKeys keys = nodeKeys.next(next);
        List<String> accessKeys = keys.auth().accessKeys();
        Runnable tokens = authenticator.prepare(keys.auth(), next.server().publicEndpoints());
        Runnable events = eventDispatcher.prepare(next, accessKeys);
        Runnable alerting = alerts.prepare(next.alerts());
        TokenMinter changedMinter = minter(keys);
        AllowList targets = new AllowList(next.outbound().allow());
        ShardSettings settings = Objects.requireNonNull(shardSettings).with(next, keys.reconnection());
        return () -> {
            nodeKeys = keys;
            tokens.run();
            events.run();
            alerting.run();
            minter = changedMinter;
            hubs = settings.hubs();
            Objects.requireNonNull(outbound).allow(targets);
            limiter.configure(next, settings.hubs());
            shardsChanged = Future.join(
                    servers.stream().map(server -> server.configure(settings)).toList());
        };
    }

    /** All event loops have a change, and the next step of a replacement of keys will find the certificates of this one. */
    private Future<Void> changed() {
        Cluster own = joined;
        Future<Void> certificates = own == null
                ? Future.succeededFuture()
                : own.derive(nodeKeys.auth().accessKeys());
        return shardsChanged.transform(taken -> certificates);
    }

    /** Whether the store is this node's own: then it can be read at once. */
    private boolean ownStore() {
        return config.store().engine() != Config.StoreSettings.StoreEngine.REPLICATED;
    }

    private EventBusBroker broker() {
        return new EventBusBroker(
                vertx,
                nodeId,
                cluster.members(),
                new EventBusBroker.Settings(
                        config.groups().slots(),
                        TimeUnit.SECONDS.toMillis(config.groups().lingerSeconds()),
                        config.limits().inFlightBytes(),
                        ASK_TIMEOUT_MILLIS,
                        TimeUnit.SECONDS.toMillis(config.auth().clockToleranceSeconds())));
    }

    private void started(boolean warmingUp) {
        logStarted();
        alerts.watch(alertConditions());
        Future<Void> warm = warmingUp ? warmUp.run() : Future.succeededFuture();
        warm.onComplete(v -> {
            health.clear(Health.Hindrance.STARTING);
            ready.complete();
        });
    }

    /** What people are alerted of and is not raised where it happens. */
    private List<AlertCondition> alertConditions() {
        List<AlertCondition> conditions = new ArrayList<>(List.of(
                AlertCondition.lasting(
                        AlertCause.MEMBER_SILENT,
                        LASTING_MILLIS,
                        () -> broker.silentMembers() > 0 ? "silent members: " + broker.silentMembers() : null),
                AlertCondition.lasting(
                        AlertCause.CLUSTER_LOST,
                        LASTING_MILLIS,
                        () -> broker.inTouch() ? null : "members: " + broker.members()),
                AlertCondition.lasting(AlertCause.STORE_UNAVAILABLE, LASTING_MILLIS, store::unavailable),
                AlertCondition.lasting(
                        AlertCause.CERTIFICATE_EXPIRING,
                        0,
                        () -> config.server().tls().enabled()
                                ? CertificateExpiry.problem(
                                        "the certificate of the TLS listener",
                                        alerts.settings().certificateDays(),
                                        Instant.now(),
                                        listener.certificates().expiry())
                                : null),
                AlertCondition.lasting(
                        AlertCause.CERTIFICATE_EXPIRING,
                        0,
                        () -> CertificateExpiry.problem(
                                "the certificate for other nodes",
                                CertificateExpiry.daysBetweenNodes(
                                        alerts.settings().certificateDays()),
                                Instant.now(),
                                clusterCertificateExpiry.get())),
                AlertCondition.growing(AlertCause.CERTIFICATE_UNUSABLE, metrics::failedTlsReloads, "failed reloads"),
                AlertCondition.growing(
                        AlertCause.CERTIFICATE_UNUSABLE,
                        this::failedClusterCertificates,
                        "failed reloads of the certificate for other nodes"),
                AlertCondition.growing(AlertCause.STORE_UNAVAILABLE, metrics::storeRefusals, "refused operations"),
                AlertCondition.growing(
                        AlertCause.TOKENS_HELD_OFF,
                        () -> metrics.limitsReached(Metrics.Limit.FAILED_TOKENS),
                        "requests that were refused without a look at their token")));
        for (Metrics.Limit limit : LIMITS_OF_NODE) {
            conditions.add(AlertCondition.growing(
                    AlertCause.LIMIT_REACHED,
                    () -> metrics.limitsReached(limit),
                    "limit " + limit.name().toLowerCase(Locale.ROOT)));
        }
        for (Metrics.Limit limit : SHARED_LIMITS) {
            conditions.add(AlertCondition.lasting(
                    AlertCause.FLOOD_HELD_OFF,
                    LASTING_MILLIS,
                    new LimitGrowth(limit, () -> metrics.limitsReached(limit))));
        }
        return conditions;
    }

    private long failedClusterCertificates() {
        Cluster own = joined;
        return own == null ? 0 : own.failedRefreshes();
    }

    private void faulted(Throwable fault) {
        metrics.bug();
        alerts.raiseFault(fault);
    }

    private Future<Void> deployListener() {
        ShardEnvironment shardEnvironment = environment(new SecureRandom());
        revocationIndex.completeSync(); // it has no store
        ClientVerticle client = new ClientVerticle(shardEnvironment, broker, List::of);
        return authenticator
                .start()
                .compose(v -> broker.start())
                .compose(v -> eventDispatcher.start())
                .compose(v -> vertx.deployVerticle(
                        () -> server(shardEnvironment, client, loop -> QuietThreads.addCurrent()),
                        new DeploymentOptions().setInstances(eventLoops(config))))
                .mapEmpty();
    }

    /** Deploys verticles on the event loops of this node. */
    Future<String> deployBeside(Supplier<? extends Deployable> verticles, DeploymentOptions options) {
        return vertx.deployVerticle(verticles, options);
    }

    /** Closes a node of {@link #startSpare}. */
    Future<Void> closeSpare() {
        return vertx.close().onComplete(v -> metrics.close());
    }

    private void logStarted() {
        log.atInfo()
                .addKeyValue("version", Version.text())
                .addKeyValue("nodeId", nodeId)
                .addKeyValue("host", config.server().host())
                .addKeyValue("port", port())
                .addKeyValue("tlsPort", tlsPort())
                .addKeyValue("managementPort", managementPort())
                .addKeyValue("cluster", config.cluster().enabled())
                .log("node started");
    }

    private ShardEnvironment environment(SecureRandom random) {
        Names names = config.limits().names();
        Map<Subprotocol, Codec> codecs = new EnumMap<>(Map.of(
                Subprotocol.RAW, RawCodec.INSTANCE,
                Subprotocol.JSON, new JsonCodec(names, false),
                Subprotocol.JSON_RELIABLE, new JsonCodec(names, true)));
        ShardSettings settings =
                new ShardSettings(config, new Hubs(config), codecs::get, nodeKeys.reconnection(), eventLoops(config));
        shardSettings = settings;
        return new ShardEnvironment(
                settings,
                new ShardEnvironment.ShardServices(
                        broker, broker, authenticator, revocationIndex, seats, eventDispatcher),
                new ShardEnvironment.Reporting(metrics, new FaultReporter(this::faulted), alerts),
                new ShardEnvironment.Sources(InstantSource.system(), System::nanoTime, random),
                new ShardEnvironment.Counts(admission, limiter, new GroupCensus()));
    }

    private ServerVerticle server(
            ShardEnvironment shardEnvironment, OutboundConnections outbound, Consumer<Context> onLoop) {
        ApiContext api = apiContext(shardEnvironment, outbound);
        ServerVerticle server = new ServerVerticle(
                shardEnvironment,
                (v, inboundMemory) ->
                        ApiRoutes.router(v, api, shardEnvironment.authenticator(), limiter, inboundMemory),
                listener,
                onLoop);
        servers.add(server);
        return server;
    }

    private void watch(Context loop) {
        EventLoopProbe probe = EventLoopProbe.on(loop, "event loop " + loops.incrementAndGet());
        health.watch(probe);
        metrics.gauge(Metrics.Gauge.EVENT_LOOP_LAG_SECONDS, probe::lagSeconds);
    }

    private ApiContext apiContext(ShardEnvironment shardEnvironment, OutboundConnections outbound) {
        return new ApiContext(
                live::present,
                () -> hubs,
                shardEnvironment.broker(),
                (endpoint, hub, userId, roles, groups, lifetime) ->
                        minter.clientToken(endpoint, hub, userId, roles, groups, lifetime),
                outbound,
                new RevocationList(
                        revocations, revocationIndex, !config.cluster().enabled() || !ownStore()),
                new ConsumerAccess(new Consumers(seats), secrets, eventDispatcher, () -> minter),
                metrics,
                alerts,
                shardEnvironment.clock(),
                () -> reload("REST"));
    }

    /** What it runs on; in a cluster its event bus spans the nodes. */
    public Vertx vertx() {
        return vertx;
    }

    /** A client for operations of this node and of others in its cluster, used within this process. */
    public FanfareClient client() {
        return FanfareClient.create(vertx);
    }

    private void registerGauges(GroupCensus groups) {
        metrics.gauge(Metrics.Gauge.GROUPS, groups::size);
        metrics.gauge(Metrics.Gauge.HTTP_CONNECTIONS, listener.httpAdmission()::count);
        metrics.gauge(Metrics.Gauge.IN_FLIGHT_BYTES, broker::inFlightBytes);
        metrics.gauge(Metrics.Gauge.REGISTERED_ADDRESSES, broker::registeredSlots);
        metrics.gauge(Metrics.Gauge.CLUSTER_MEMBERS, broker::members);
        metrics.gauge(Metrics.Gauge.CLUSTER_SILENT_MEMBERS, broker::silentMembers);
        metrics.gauge(Metrics.Gauge.CLUSTER_INCOMPATIBLE_MEMBERS, broker::incompatibleMembers);
        metrics.gauge(Metrics.Gauge.CLUSTER_VIEW_AGE_SECONDS, broker::viewAgeSeconds);
        store.register(metrics);
        metrics.gauge(Metrics.Gauge.REVOCATIONS, revocationIndex::size);
        metrics.gauge(Metrics.Gauge.CONSUMERS, new Consumers(seats)::size);
        metrics.gauge(Metrics.Gauge.SEATS, seats::held);
        NodeTraffic nodeTraffic = broker.nodeTraffic();
        metrics.count(Metrics.ExternalCount.REMOTE_SENT, nodeTraffic::sent);
        metrics.count(Metrics.ExternalCount.REMOTE_SENT_BYTES, nodeTraffic::sentBytes);
        metrics.count(Metrics.ExternalCount.REMOTE_RECEIVED, nodeTraffic::received);
        metrics.count(Metrics.ExternalCount.REMOTE_RECEIVED_BYTES, nodeTraffic::receivedBytes);
        metrics.count(Metrics.ExternalCount.REMOTE_UNWANTED, nodeTraffic::unwanted);
        metrics.count(Metrics.ExternalCount.REMOTE_LOST_BYTES, nodeTraffic::lostBytes);
        metrics.count(Metrics.ExternalCount.REMOTE_MISSED_BYTES, nodeTraffic::missedBytes);
        metrics.count(Metrics.ExternalCount.REMOTE_DROPPED, nodeTraffic::dropped);
        metrics.count(Metrics.ExternalCount.REMOTE_REFUSED, nodeTraffic::refused);
        for (MessageKind messageKind : MessageKind.values()) {
            metrics.count(unknownCount(messageKind), () -> nodeTraffic.unknown(messageKind));
        }
    }

    private static Metrics.ExternalCount unknownCount(MessageKind messageKind) {
        return switch (messageKind) {
            case PUBLICATION -> Metrics.ExternalCount.UNKNOWN_PUBLICATIONS;
            case OPERATION -> Metrics.ExternalCount.UNKNOWN_OPERATIONS;
            case RESULT -> Metrics.ExternalCount.UNKNOWN_RESULTS;
            case ROUTING -> Metrics.ExternalCount.UNKNOWN_ROUTING;
            case HELLO -> Metrics.ExternalCount.UNKNOWN_HELLOS;
            case HANDOVER -> Metrics.ExternalCount.UNKNOWN_HANDOVERS;
            case NOTE -> Metrics.ExternalCount.UNKNOWN_NOTES;
        };
    }

    /** The port without TLS; 0 if disabled. */
    public int port() {
        return listener.ports().plain();
    }

    /** The port with TLS; 0 if disabled. */
    public int tlsPort() {
        return listener.ports().tls();
    }

    public int managementPort() {
        return management.actualPort();
    }

    @Override
    public List<String> announcement() {
        return new Announcement(config, nodeKeys, port(), tlsPort(), managementPort()).lines();
    }

    @Override
    public LiveConfig live() {
        return live;
    }

    @Override
    public Future<LiveConfig.ConfigChange> reload(String cause) {
        return reload.reload(cause);
    }

    @Override
    public Future<Void> ready() {
        return ready.future();
    }

    /** The future has no event loop context: event loops end before all its listeners have been called. */
    private Future<Void> pause(long millis) {
        Promise<Void> over = Promise.promise();
        if (millis == 0) {
            over.complete();
        } else {
            vertx.setTimer(millis, timer -> over.complete());
        }
        return over.future();
    }

    /** Fails readiness, waits for load balancers, stops accepting, closes clients in slices, then closes everything else. */
    @Override
    public Future<Void> stop() {
        log.atInfo().addKeyValue("nodeId", nodeId).log("node stopping");
        health.raise(Health.Hindrance.STOPPING);
        warmUp.stop();
        long deadline =
                System.nanoTime() + TimeUnit.SECONDS.toNanos(config.shutdown().timeoutSeconds());
        long delay = TimeUnit.SECONDS.toMillis(config.shutdown().delaySeconds());
        long rest = TimeUnit.SECONDS.toMillis(config.shutdown().timeoutSeconds()) - delay;
        // The last fifth is for everything else that has to shut down.
        long drain = Math.max(1, rest * 4 / 5);
        Future<Void> handedOver = handOver.get();
        Future<Void> storeMoved = store.leave(drain);
        return pause(delay)
                .compose(v -> {
                    admission.stop();
                    boolean handOver = cluster.members().get().size() > 1;
                    long spread = TimeUnit.SECONDS.toMillis(config.shutdown().closeSeconds());
                    return Future.join(servers.stream()
                            .map(server -> server.drain(spread, drain, handOver))
                            .toList());
                })
                .eventually(() -> handedOver.timeout(HAND_OVER_MILLIS, TimeUnit.MILLISECONDS))
                .eventually(() -> eventDispatcher.drain(
                        TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime()) - FINAL_MILLIS))
                .eventually(authenticator::close)
                .eventually(secrets::close)
                .eventually(() -> seats.idle().timeout(SEATS_MILLIS, TimeUnit.MILLISECONDS))
                .eventually(() -> storeMoved)
                .eventually(store::close)
                .transform(drained -> vertx.close())
                .onComplete(v -> {
                    metrics.close();
                    log.atInfo().addKeyValue("nodeId", nodeId).log("node stopped");
                });
    }
}
