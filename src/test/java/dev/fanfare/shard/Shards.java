package dev.fanfare.shard;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fanfare.auth.AuthenticationException;
import dev.fanfare.auth.Authenticator;
import dev.fanfare.auth.Principal;
import dev.fanfare.auth.TokenSigner;
import dev.fanfare.broker.Broker;
import dev.fanfare.broker.Claim;
import dev.fanfare.broker.Operation;
import dev.fanfare.broker.OperationResult;
import dev.fanfare.broker.Selector;
import dev.fanfare.broker.bus.EventBusBroker;
import dev.fanfare.config.Config;
import dev.fanfare.config.Hubs;
import dev.fanfare.consumer.Seats;
import dev.fanfare.core.Names;
import dev.fanfare.core.alert.AlertSink;
import dev.fanfare.core.protocol.Codec;
import dev.fanfare.core.protocol.JsonCodec;
import dev.fanfare.core.protocol.Message;
import dev.fanfare.core.protocol.Payload;
import dev.fanfare.core.protocol.RawCodec;
import dev.fanfare.core.protocol.Subprotocol;
import dev.fanfare.core.session.EventState;
import dev.fanfare.event.EventSink;
import dev.fanfare.event.NoEventHandlers;
import dev.fanfare.limit.ConnectionLimits;
import dev.fanfare.limit.Limiter;
import dev.fanfare.revocation.RevocationIndex;
import dev.fanfare.socket.FakeSocket;
import dev.fanfare.socket.FaultReporter;
import dev.fanfare.socket.Socket;
import dev.fanfare.store.StoreObserver;
import dev.fanfare.store.local.LocalStore;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.net.InetAddress;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The shards of one node with a real broker, for tests, with fake sockets and clocks that the test advances. */
public final class Shards implements AutoCloseable {

    public static final String HUB = "chat";
    private static final String NODE = "node1";

    /** Inbound memory for the sessions of all shards and what they send; a shard has at least 2 MiB. */
    static final long INBOUND_BYTES = 8 * 1024 * 1024;

    private static final Pattern CONNECTION_ID = Pattern.compile("\"connectionId\":\"([^\"]+)\"");
    private static final Pattern MESSAGE = Pattern.compile("\"data\":\"([^\"]*)\",\"sequenceId\":(\\d+)}");
    private static final Pattern TOKEN = Pattern.compile("\"reconnectionToken\":\"([^\"]+)\"");

    public final CountedMetrics metrics = new CountedMetrics();
    final Admission admission = new Admission(1000);
    final GroupCensus groups = new GroupCensus();
    final AtomicLong wallMillis = new AtomicLong(1_700_000_000_000L);

    /** Starts at an arbitrary value. */
    private final AtomicLong monotonicMillis = new AtomicLong(-30_000);

    /** When the tokens of new connections expire. */
    long endsAtMillis = Principal.NEVER;

    /** Delays the verification of tokens. */
    volatile Future<Void> authenticating = Future.succeededFuture();

    final HeldSubscriptions subscriptions;
    private final Seats seats;
    public final EventBusBroker broker;
    private final Vertx vertx = Vertx.vertx();
    private final List<Context> contexts = new ArrayList<>();
    private final List<Shard> shards = new ArrayList<>();

    /** What is revoked; nothing at first. */
    final RevocationIndex revocations = new RevocationIndex();

    public Shards(int count) throws Exception {
        this(count, limits -> limits);
    }

    Shards(int count, Function<Limits, Limits> limits) throws Exception {
        this(count, limits, new NoEventHandlers());
    }

    Shards(int count, Function<Limits, Limits> limits, EventSink events) throws Exception {
        this(count, limits, events, Config.DEFAULT.limits().outboundBytesPerNode());
    }

    Shards(int count, Function<Limits, Limits> limits, EventSink events, long outboundBytesPerNode) throws Exception {
        Limits chosen = limits.apply(Limits.DEFAULT);
        broker = new EventBusBroker(
                vertx, NODE, () -> List.of(NODE), new EventBusBroker.Settings(64, 1000, chosen.inFlightBytes, 2000, 0));
        get(broker.start());
        subscriptions = new HeldSubscriptions(broker);
        seats = new Seats(
                new LocalStore(1024 * 1024, null, System::nanoTime, InstantSource.system(), StoreObserver.NONE),
                broker,
                () -> List.of(NODE),
                false,
                InstantSource.system(),
                System::nanoTime);
        ShardEnvironment shardEnvironment = environment(chosen.config(outboundBytesPerNode), count, events);
        for (int i = 0; i < count; i++) {
            Context context = ((VertxInternal) vertx).createEventLoopContext();
            contexts.add(context);
            shards.add(onContext(context, () -> new Shard(context, shardEnvironment)));
            Promise<Void> started = Promise.promise();
            Shard shard = shards.get(i);
            context.runOnContext(v -> shard.start().onComplete(started));
            get(started.future());
        }
    }

    private ShardEnvironment environment(Config config, int count, EventSink events) {
        Map<Subprotocol, Codec> codecs = Map.of(
                Subprotocol.RAW, RawCodec.INSTANCE,
                Subprotocol.JSON, new JsonCodec(Names.DEFAULT, false),
                Subprotocol.JSON_RELIABLE, new JsonCodec(Names.DEFAULT, true));
        return new ShardEnvironment(
                new ShardEnvironment.ShardSettings(config, new Hubs(config), codecs::get, List.of(new byte[32]), count),
                new ShardEnvironment.ShardServices(broker, subscriptions, new NoTokens(), revocations, seats, events),
                new ShardEnvironment.Reporting(metrics, new FaultReporter(fault -> metrics.bug()), AlertSink.NONE),
                new ShardEnvironment.Sources(
                        () -> Instant.ofEpochMilli(wallMillis.get()), this::monotonicNanos, new Random(42)),
                new ShardEnvironment.Counts(
                        admission, new Limiter(config, new Hubs(config), this::monotonicNanos), groups));
    }

    private long monotonicNanos() {
        return TimeUnit.MILLISECONDS.toNanos(monotonicMillis.get());
    }

    /** The limits that the tests vary. */
    record Limits(
            int messagesPerSecond,
            int groupsPerConnection,
            int outboundBytes,
            int unacknowledgedBytes,
            int unacknowledgedMessages,
            long inFlightBytes) {

        static final Limits DEFAULT = new Limits(0, 1000, 4 * 1024 * 1024, 16 * 1024 * 1024, 10_000, 64 * 1024 * 1024);

        private Config config(long outboundBytesPerNode) {
            return Config.DEFAULT
                    .with("limits.messagesPerSecond", messagesPerSecond)
                    .with("limits.groupsPerConnection", groupsPerConnection)
                    .with("limits.outboundBytesPerConnection", outboundBytes)
                    .with("limits.unacknowledgedBytesPerSession", unacknowledgedBytes)
                    .with("limits.unacknowledgedMessagesPerSession", unacknowledgedMessages)
                    .with("limits.outboundBytesPerNode", outboundBytesPerNode)
                    .with("limits.inboundBytesPerNode", INBOUND_BYTES)
                    .with("limits.inFlightBytes", inFlightBytes);
        }
    }

    // ---- clients

    /** A new connection with all permissions. */
    public FakeSocket open(int shard, Subprotocol subprotocol, @Nullable String userId, String... groups)
            throws Exception {
        InboundEntry inboundEntry =
                get(enter(shard, subprotocol, userId, groups).future());
        return socket(shard, (s, socket) -> inboundEntry.attach(socket));
    }

    /** A new connection without a socket, when its subscriptions are active. */
    Promise<InboundEntry> enter(int shard, Subprotocol subprotocol, @Nullable String userId, String... groups)
            throws Exception {
        admission.enter();
        Principal principal = new Principal(
                userId,
                List.of("webpubsub.joinLeaveGroup", "webpubsub.sendToGroup"),
                List.of(groups),
                Map.of(),
                "token of " + userId,
                wallMillis.get() / 1000,
                Principal.NEVER,
                endsAtMillis,
                TokenSigner.accessKey(0));
        Promise<InboundEntry> entered = Promise.promise();
        on(
                shard,
                () -> shards.get(shard)
                        .enter(new InboundOpening(
                                shards.get(shard).newConnectionId(),
                                HUB,
                                "/client/hubs/" + HUB,
                                principal,
                                principal.grant(null),
                                ConnectionLimits.NONE,
                                subprotocol,
                                null,
                                new EventState()))
                        .onComplete(entered));
        return entered;
    }

    /** A client that recovers its connection. */
    public FakeSocket recover(int shard, Claim claim) throws Exception {
        return socket(shard, (s, socket) -> s.recover(claim, socket));
    }

    private interface Opener {
        Socket.Listener open(Shard shard, Socket socket);
    }

    private FakeSocket socket(int shard, Opener opener) throws Exception {
        return on(shard, () -> {
            Context context = contexts.get(shard);
            FakeSocket socket = new FakeSocket(work -> context.runOnContext(v -> work.run()));
            return socket.use(opener.open(shards.get(shard), socket));
        });
    }

    /** A reliable client that has been sent {@code connected}. */
    FakeSocket connect(int shard, String... groups) throws Exception {
        FakeSocket socket = open(shard, Subprotocol.JSON_RELIABLE, "user", groups);
        await().until(() -> !socket.frames().isEmpty());
        return socket;
    }

    /** The messages that a reliable client has received, by sequence id. */
    static SortedMap<Long, String> messages(FakeSocket socket) {
        SortedMap<Long, String> messages = new TreeMap<>();
        for (String frame : socket.frames()) {
            Matcher matcher = MESSAGE.matcher(frame);
            if (matcher.find()) {
                messages.put(Long.parseLong(matcher.group(2)), matcher.group(1));
            }
        }
        return messages;
    }

    /** The same without the ids. */
    static List<String> texts(FakeSocket socket) {
        return List.copyOf(messages(socket).values());
    }

    /** The claim for a recovery, from the {@code connected} message. */
    public static Claim claim(FakeSocket socket) {
        String connected = socket.frames().get(0);
        return new Claim(HUB, connectionId(socket), group(TOKEN, connected), Subprotocol.JSON_RELIABLE);
    }

    public static String connectionId(FakeSocket socket) {
        return group(CONNECTION_ID, socket.frames().get(0));
    }

    private static String group(Pattern pattern, String text) {
        Matcher matcher = pattern.matcher(text);
        if (!matcher.find()) {
            throw new AssertionError("no " + pattern + " in " + text);
        }
        return matcher.group(1);
    }

    // ---- servers

    public static Message text(String text) {
        return Message.fromServer(Payload.text(text), Map.of(), Message.NEVER);
    }

    /** Publishes from a thread of the test; calls on one origin keep their order. */
    public Broker.Origin origin() {
        return broker.origin();
    }

    /** Publishes to the group {@code g}, each time as another publisher. */
    void publish(String text) {
        origin().publish(Selector.group(HUB, "g"), text(text));
    }

    public OperationResult ask(Selector target, Operation operation) throws Exception {
        return get(broker.ask(target, operation));
    }

    /** Asserts that all connections have ended and released everything. */
    void awaitNothingLeft() {
        await().untilAsserted(() -> {
            assertEquals(0, groups.size(), "groups");
            assertEquals(0, admission.count(), "places");
            assertEquals(metrics.count("opened"), metrics.count("closed"));
            assertEquals(0, broker.inFlightBytes());
        });
    }

    // ---- time and threads

    /** Advances the time, and sweeps the shards. */
    void pass(long millis) throws Exception {
        monotonicMillis.addAndGet(millis);
        stepWallClock(millis);
    }

    /** Sets the time of day, as an operator or NTP does, and sweeps the shards. */
    void stepWallClock(long millis) throws Exception {
        wallMillis.addAndGet(millis);
        for (int i = 0; i < shards.size(); i++) {
            Shard shard = shards.get(i);
            on(i, () -> {
                shard.sweep();
                return true;
            });
        }
    }

    Shard shard(int index) {
        return shards.get(index);
    }

    <T> T on(int shard, Supplier<T> work) throws Exception {
        return onContext(contexts.get(shard), work);
    }

    private static <T> T onContext(Context context, Supplier<T> work) throws Exception {
        Promise<T> promise = Promise.promise();
        context.runOnContext(v -> {
            try {
                promise.complete(work.get());
            } catch (RuntimeException | AssertionError e) {
                promise.fail(e);
            }
        });
        return get(promise.future());
    }

    public static <T> T get(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
    }

    @Override
    public void close() throws TimeoutException {
        vertx.close().await(60, TimeUnit.SECONDS);
    }

    private final class NoTokens implements Authenticator {
        @Override
        public Future<Principal> authenticateClient(
                String token, String hub, InetAddress from, BooleanSupplier wanted) {
            return refused();
        }

        @Override
        public Future<Principal> authenticateApi(
                String token, String requestUri, InetAddress from, BooleanSupplier wanted) {
            return refused();
        }

        private Future<Principal> refused() {
            return authenticating.compose(v ->
                    Future.failedFuture(new AuthenticationException(AuthenticationException.Reason.MALFORMED, "no")));
        }
    }
}
