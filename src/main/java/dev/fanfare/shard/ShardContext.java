package dev.fanfare.shard;

import dev.fanfare.auth.Authenticator;
import dev.fanfare.broker.Broker;
import dev.fanfare.broker.Subscriptions;
import dev.fanfare.config.Config;
import dev.fanfare.config.HubSettings;
import dev.fanfare.consumer.Seats;
import dev.fanfare.core.MonotonicClock;
import dev.fanfare.core.alert.AlertSink;
import dev.fanfare.core.protocol.Codec;
import dev.fanfare.core.protocol.Subprotocol;
import dev.fanfare.core.session.Retention;
import dev.fanfare.delivery.DeliveryContext;
import dev.fanfare.event.EventSink;
import dev.fanfare.limit.LoopLateness;
import dev.fanfare.limit.LoopLimits;
import dev.fanfare.ops.Metrics;
import dev.fanfare.revocation.RevocationIndex;
import dev.fanfare.socket.LoopThread;
import io.vertx.core.AsyncResult;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * What all parts of one shard share: its thread, clocks, limits and memory, and the services of the node. Confined to the
 * shard's thread, except {@link #here} and {@link #execute}.
 */
final class ShardContext implements DeliveryContext {

    private final Context context;
    private final LoopThread thread;
    private final ShardEnvironment shardEnvironment;
    private final Inbox inbox;
    private final InboundMemory inboundMemory;
    private final MaxAge maxAge;
    private final LoopLimits loopLimits;
    private final LoopLateness lateness;
    private final Metrics metrics;
    private final AlertSink alerts;
    private ShardEnvironment.ShardSettings settings;
    private Config.Limits limits;
    private final InstantSource clock;
    private final MonotonicClock monotonic;
    private final Retention retention = new Retention();
    private final byte[] tail = new byte[Codec.MAX_TAIL];

    ShardContext(Context context, ShardEnvironment shardEnvironment, Inbox inbox, InboundMemory inboundMemory) {
        this.context = context;
        this.thread = LoopThread.of(context);
        this.shardEnvironment = shardEnvironment;
        this.metrics = shardEnvironment.metrics();
        this.alerts = shardEnvironment.alerts();
        this.settings = shardEnvironment.settings();
        this.limits = settings.config().limits();
        this.clock = shardEnvironment.clock();
        this.monotonic = shardEnvironment.monotonic();
        this.inbox = inbox;
        this.inboundMemory = inboundMemory;
        this.loopLimits = shardEnvironment.limiter().loop();
        this.lateness = new LoopLateness(TimeUnit.MILLISECONDS.toNanos(Sweeper.SLICE_MILLIS), monotonic.nanos());
        this.maxAge =
                MaxAge.of(shardEnvironment.config().server().maxConnectionAgeSeconds(), shardEnvironment.random());
    }

    // ---- the thread

    @Override
    public boolean onThread() {
        return thread.isCurrent();
    }

    /** Runs a task on the shard's thread, behind everything queued before. Any thread. */
    void execute(Runnable work) {
        inbox.execute(work);
    }

    /** Wraps a handler so that it runs on the shard's thread, behind everything queued before. Any thread. */
    <T> Handler<AsyncResult<T>> here(Handler<AsyncResult<T>> handler) {
        return result -> inbox.execute(() -> handler.handle(result));
    }

    /** Runs a task on the shard's thread after a delay in nanoseconds. */
    void after(long nanos, Runnable work) {
        vertx().setTimer(Math.max(1, TimeUnit.NANOSECONDS.toMillis(nanos)), timer -> work.run());
    }

    /** Completes on the shard's thread. */
    Future<Void> pause(long millis) {
        return vertx().timer(millis, TimeUnit.MILLISECONDS).mapEmpty();
    }

    Vertx vertx() {
        return context.owner();
    }

    /** Isolates and reports a failure, so that the other connections are still processed. */
    void guarded(Connection connection, Consumer<Connection> work) {
        try {
            work.accept(connection);
        } catch (RuntimeException | Error bug) {
            report(bug);
        }
    }

    void guarded(Runnable work) {
        try {
            work.run();
        } catch (RuntimeException | Error bug) {
            report(bug);
        }
    }

    void report(Throwable bug) {
        shardEnvironment.faultReporter().report(bug);
    }

    // ---- clocks

    /** The time of day in epoch milliseconds, for what other processes or people read. */
    @Override
    public long wallMillis() {
        return clock.millis();
    }

    /** For durations, deadlines and ages. */
    long monotonicMillis() {
        return monotonic.millis();
    }

    /** The same in nanoseconds. */
    long monotonicNanos() {
        return monotonic.nanos();
    }

    // ---- limits and memory

    /** Takes other settings, which need no volatile read from then on. */
    void configure(ShardEnvironment.ShardSettings changed) {
        assert onThread();
        settings = changed;
        limits = changed.config().limits();
    }

    Config config() {
        return settings.config();
    }

    /** Secrets for reconnection tokens. */
    List<byte[]> reconnectionKeys() {
        return settings.reconnectionKeys();
    }

    Config.Limits limits() {
        return limits;
    }

    @Override
    public int outboundBytesPerConnection() {
        return limits().outboundBytesPerConnection();
    }

    long recoveryMillis() {
        return config().sessions().recoverySeconds() * 1000L;
    }

    long pingMillis() {
        return config().keepAlive().pingSeconds() * 1000L;
    }

    long silentMillis() {
        return config().keepAlive().silentSeconds() * 1000L;
    }

    long messageMillis() {
        return limits().messageSeconds() * 1000L;
    }

    /** The age limit of client sockets. */
    MaxAge maxAge() {
        return maxAge;
    }

    /** What the connections of this shard share with others. */
    LoopLimits loopLimits() {
        return loopLimits;
    }

    /** A timer of the shard has fired. */
    void tick() {
        lateness.tick(monotonicNanos(), lagNanos());
    }

    /** Whether the event loop runs later than it may. */
    boolean isLate() {
        return limits().eventLoopLagMillis() > 0 && lateness.isLate(monotonicNanos(), lagNanos());
    }

    private long lagNanos() {
        return TimeUnit.MILLISECONDS.toNanos(limits().eventLoopLagMillis());
    }

    InboundMemory inboundMemory() {
        return inboundMemory;
    }

    /** The bytes kept for receivers. */
    @Override
    public Retention retention() {
        return retention;
    }

    /** Scratch buffer for one message tail, valid within one call. */
    @Override
    public byte[] tail() {
        return tail;
    }

    // ---- services of the node

    @Override
    public Metrics metrics() {
        return metrics;
    }

    AlertSink alerts() {
        return alerts;
    }

    Broker broker() {
        return shardEnvironment.broker();
    }

    Subscriptions subscriptions() {
        return shardEnvironment.subscriptions();
    }

    EventSink events() {
        return shardEnvironment.events();
    }

    Authenticator authenticator() {
        return shardEnvironment.authenticator();
    }

    RevocationIndex revocations() {
        return shardEnvironment.revocations();
    }

    Seats seats() {
        return shardEnvironment.seats();
    }

    Codec codec(Subprotocol subprotocol) {
        return shardEnvironment.codecs().apply(subprotocol);
    }

    HubSettings hub(String name) {
        return settings.hubs().of(name);
    }

    Admission admission() {
        return shardEnvironment.admission();
    }

    GroupCensus census() {
        return shardEnvironment.groups();
    }

    ShardEnvironment environment() {
        return shardEnvironment;
    }
}
