package dev.fanfare.shard;

import dev.fanfare.broker.Claim;
import dev.fanfare.broker.Delivery;
import dev.fanfare.broker.Operation;
import dev.fanfare.broker.OperationResult;
import dev.fanfare.broker.Publication;
import dev.fanfare.broker.Selector;
import dev.fanfare.broker.Subscriber;
import dev.fanfare.config.Config;
import dev.fanfare.core.CloseReason;
import dev.fanfare.core.ConnectionId;
import dev.fanfare.core.ConnectionType;
import dev.fanfare.core.ErrorCode;
import dev.fanfare.core.Permissions;
import dev.fanfare.core.RevocationKind;
import dev.fanfare.core.protocol.Subprotocol;
import dev.fanfare.core.session.AckIds;
import dev.fanfare.core.session.EventState;
import dev.fanfare.core.session.Identity;
import dev.fanfare.core.session.Retention;
import dev.fanfare.core.session.Session;
import dev.fanfare.core.session.SessionState;
import dev.fanfare.core.session.Unacknowledged;
import dev.fanfare.delivery.PlainOutbox;
import dev.fanfare.limit.LoopLimits;
import dev.fanfare.ops.Metrics;
import dev.fanfare.socket.LoopThread;
import dev.fanfare.socket.NextTick;
import dev.fanfare.socket.Socket;
import io.vertx.core.AsyncResult;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One event loop with its connections: the way in for their sockets, for other threads, and for the broker. Confined to the
 * thread of that event loop; plain collections, no locks. Methods of {@link Subscriber} and those documented so may be called
 * from any thread and are queued in the {@link Inbox}. Its parts: {@link ConnectionTable}, {@link GroupTable}, {@link
 * Publisher}, {@link Deliveries}, {@link Operations}, {@link Recovery}, {@link ShardShutdown}. Memory is bounded by {@link
 * MemoryPressure} (outbound) and {@link InboundMemory} (inbound). See {@code src/docs/concurrency.md}.
 */
public final class Shard implements Subscriber {

    /** How often last sequences are aged: one minute, far longer than a publication is in flight. */
    private static final int AGEING_TICKS = 600;

    private final Context vertxContext;
    private final LoopThread thread;
    private final ShardEnvironment shardEnvironment;
    private final ShardContext context;
    private final Inbox inbox;
    private final ConnectionTable connections;
    private final GroupTable groups;
    private final Publisher publisher;
    private final Deliveries deliveries;
    private final Operations operations;
    private final Recovery recovery;
    private final ShardShutdown shutdown;
    private final MemoryPressure memoryPressure;
    private final Sweeper sweeper = new Sweeper(this::sweep, this::swept);
    private final RevocationSweep revocationSweep;
    private final ShardGauges gauges = new ShardGauges();
    private final ConnectionHost host = new Host();
    private ShardGauges.ConnectionSums connectionSums = new ShardGauges.ConnectionSums();
    private int ticks;
    private int sockets;
    private long sweeping;

    /**
     * @param vertxContext the context of the shard's event loop; the constructor must run on it
     */
    public Shard(Context vertxContext, ShardEnvironment shardEnvironment) {
        this.vertxContext = vertxContext;
        this.thread = LoopThread.of(vertxContext);
        assert thread.isCurrent();
        this.shardEnvironment = shardEnvironment;
        this.inbox = new Inbox(vertxContext, this::fanOut, shardEnvironment.faultReporter()::report);
        InboundMemory inboundMemory = new InboundMemory(
                shardEnvironment.config().limits().inboundBytesOf(shardEnvironment.shards()),
                sweeper,
                this::freeInboundMemory);
        this.context = new ShardContext(vertxContext, shardEnvironment, inbox, inboundMemory);
        this.memoryPressure =
                new MemoryPressure(limits().keptBytes() / shardEnvironment.shards(), sweeper, new OutboundMemory());
        this.connections = new ConnectionTable(context, sweeper, this::latestFanOut, this::completeIfIdle);
        this.groups =
                new GroupTable(context, new LocalSubscriptions(this, shardEnvironment.subscriptions(), inbox::execute));
        this.publisher = new Publisher(context);
        this.deliveries = new Deliveries(context, connections, groups, memoryPressure, NextTick.of(vertxContext));
        this.operations = new Operations(context, connections, groups);
        this.revocationSweep = new RevocationSweep(context, sweeper);
        this.shutdown = new ShardShutdown(context, connections, this::idle);
        this.recovery = new Recovery(host, connections, deliveries, shutdown, this);
    }

    /** Takes other settings; call it on the shard's thread. What is fixed at the start stays. */
    public void configure(ShardEnvironment.ShardSettings settings) {
        context.configure(settings);
        recovery.configured();
    }

    /** What connections need of this shard. */
    private final class Host implements ConnectionHost {

        @Override
        public ShardContext context() {
            return context;
        }

        @Override
        public GroupTable groups() {
            return groups;
        }

        @Override
        public Publisher publisher() {
            return publisher;
        }

        @Override
        public void offer(Connection connection, Delivery delivery) {
            deliveries.offer(connection, delivery);
        }

        @Override
        public boolean hasProcessed(Publication publication) {
            return deliveries.hasProcessed(publication);
        }

        @Override
        public String reconnectionToken(String connectionId) {
            return recovery.token(connectionId);
        }

        @Override
        public void remove(Connection connection) {
            connections.remove(connection);
        }

        @Override
        public void ended(Connection connection, CloseReason reason, @Nullable Link link) {
            connections.ended(connection, reason, link);
        }

        @Override
        public void movedAway(Connection connection) {
            connections.movedAway(connection);
        }
    }

    /** What the node keeps for receivers. */
    private final class OutboundMemory implements MemoryPressure.LimitedMemory {

        @Override
        public long counted() {
            return retention().bytes();
        }

        @Override
        public long held(Connection connection) {
            return HeldMemory.outbound(connection);
        }

        @Override
        public long swept(Connection connection) {
            return connection.pendingBytes();
        }

        @Override
        public void evict(Connection connection) {
            metrics().limitReached(Metrics.Limit.OUTBOUND_BYTES_OF_NODE);
            context.guarded(connection, HeldMemory::freeOutbound);
        }
    }

    private void freeInboundMemory(Connection connection) {
        metrics().limitReached(Metrics.Limit.INBOUND_BYTES_OF_NODE);
        context.guarded(connection, HeldMemory::freeInbound);
    }

    private int fanOut(List<Delivery> run, long weight, boolean last) {
        return deliveries.fanOut(run, weight, last);
    }

    private long latestFanOut() {
        return deliveries.latestFanOut();
    }

    // ---- start and stop

    /** Attaches the shard to the broker and starts its timers. Completes on the shard's thread. */
    public Future<Void> start() {
        assert thread.isCurrent();
        Promise<Void> started = Promise.promise();
        sweeping = vertxContext.owner().setPeriodic(Sweeper.SLICE_MILLIS, timer -> tick());
        gauges.register(shardEnvironment.metrics());
        shardEnvironment.revocations().onAdded(revocationSweep::request);
        shardEnvironment
                .subscriptions()
                .attach(this)
                .onComplete(here(result -> started.complete(null, result.cause())));
        return started.future();
    }

    /**
     * Closes all connections in slices, with randomised pauses so that shards and nodes do not act in lockstep. Completes when
     * the last socket has ended.
     *
     * @param spreadMillis the approximate time over which connections are closed; capped at half of {@code withinMillis}
     * @param withinMillis the time limit; after three quarters of it all remaining connections are closed at once
     * @param handOver whether there are other nodes: reliable sessions then stay until their clients recover them there, or
     *     until the time limit
     */
    public Future<Void> stop(long spreadMillis, long withinMillis, boolean handOver) {
        assert thread.isCurrent();
        return shutdown.start(spreadMillis, withinMillis, handOver).onComplete(v -> {
            vertxContext.owner().cancelTimer(sweeping);
            shardEnvironment.subscriptions().detach(this);
            deliveries.close();
        });
    }

    /** Whether nothing is left; pending claims count, since a session may arrive even if its client has disconnected. */
    private boolean idle() {
        return sockets == 0 && connections.isEmpty() && recovery.idle();
    }

    private void completeIfIdle() {
        shutdown.completeIfIdle();
    }

    // ---- connection lifecycle

    /** Creates an id for a new connection. */
    public String newConnectionId() {
        return ConnectionId.create(
                shardEnvironment.random(), shardEnvironment.broker().nodeId());
    }

    /**
     * Registers a new, admitted connection. Completes on the shard's thread when its subscriptions are active; only then may
     * its client be told that it is connected. On failure the connection has been removed.
     */
    public Future<InboundEntry> enter(InboundOpening inboundOpening) {
        assert thread.isCurrent();
        Subprotocol subprotocol = inboundOpening.subprotocol();
        Session session = new Session(
                new Identity(
                        inboundOpening.connectionId(),
                        inboundOpening.hub(),
                        inboundOpening.principal().userId(),
                        ConnectionType.INBOUND,
                        inboundOpening.path(),
                        subprotocol,
                        context.wallMillis()),
                context.codec(subprotocol),
                new Permissions(inboundOpening.principal().roles()),
                new AckIds(shardEnvironment.config().sessions().rememberedAckIds()),
                subprotocol.reliable()
                        ? new Unacknowledged(
                                limits().unacknowledgedBytesPerSession(),
                                limits().unacknowledgedMessagesPerSession(),
                                retention())
                        : null,
                inboundOpening.events());
        Connection connection = Connection.inbound(
                host,
                session,
                inboundOpening.publisher(),
                inboundOpening.principal().endsAtMillis(),
                inboundOpening.grant(),
                inboundOpening.limits());
        connections.add(connection);
        metrics().opened(subprotocol);
        return connection
                .memberships()
                .register(inboundOpening.principal().groups())
                .onFailure(failure -> ConnectionTable.registrationFailed(connection, failure))
                .map(registered -> new InboundEntry(this, connection));
    }

    /**
     * Registers a new, admitted outbound connection. Any thread. Completes on the shard's thread when its subscriptions are
     * active. On failure the connection has been removed.
     */
    public Future<OutboundEntry> enter(OutboundOpening opening) {
        return onShard(() -> {
            if (shutdown.started()) {
                shardEnvironment.admission().leave();
                opening.socketOpener().ended(CloseReason.SHUTDOWN);
                return Future.failedFuture(
                        new OutboundConnections.Rejection(ErrorCode.UNAVAILABLE, "the node is shutting down"));
            }
            Remote remote = new Remote(opening, metrics());
            Session session = new Session(
                    new Identity(
                            opening.connectionId(),
                            opening.hub(),
                            null,
                            ConnectionType.OUTBOUND,
                            opening.path(),
                            Subprotocol.RAW,
                            context.wallMillis()),
                    context.codec(Subprotocol.RAW),
                    new Permissions(List.of()),
                    new AckIds(shardEnvironment.config().sessions().rememberedAckIds()),
                    null,
                    new EventState());
            PlainOutbox outbox = new PlainOutbox(
                    session,
                    context,
                    opening.queue().maxBytes(),
                    opening.queue().policy());
            Connection connection = Connection.outbound(host, session, remote, outbox);
            connections.add(connection);
            metrics().opened(Subprotocol.RAW);
            return connection
                    .memberships()
                    .register(opening.groups())
                    .onFailure(failure -> ConnectionTable.registrationFailed(connection, failure))
                    .map(registered -> new OutboundEntry(this, connection, remote));
        });
    }

    /** Runs a task on the shard's thread and context. Any thread. */
    public void execute(Runnable work) {
        inbox.execute(work);
    }

    Socket.Listener begin(Connection connection, Socket socket) {
        assert thread.isCurrent();
        Link link = link(socket);
        if (connection.present()) {
            boolean first = !connection.begun(); // otherwise an outbound connection that was redialled
            connection.attach(link);
            connection.ready();
            if (first) {
                context.events().connected(connection.eventContext());
            }
        } else {
            // The connection ended before it got its socket.
            RevocationKind revoked = connection.revoked();
            CloseReason reason = shutdown.started()
                    ? CloseReason.SHUTDOWN
                    : revoked == null ? CloseReason.CLOSED_BY_API : CloseReason.REVOKED;
            link.close(reason.code(), revoked == null ? reason.text() : revoked.text());
        }
        return link;
    }

    /** Whether the reconnection token of a claim was issued by this cluster. */
    public boolean isGenuine(Claim claim) {
        return recovery.genuine(claim);
    }

    /** Recovers the session of a reconnecting client, whose token has been verified. */
    public Socket.Listener recover(Claim claim, Socket socket) {
        assert thread.isCurrent();
        Link link = link(socket);
        shardEnvironment.admission().recovering();
        link.whenBoundOrClosed(shardEnvironment.admission()::recovered);
        link.pause(Link.Pause.BEGINNING);
        recovery.recover(claim, link);
        return link;
    }

    private Link link(Socket socket) {
        sockets++;
        return new Link(context, socket, () -> {
            sockets--;
            completeIfIdle();
        });
    }

    /** Whether the caller runs on the thread of this shard. For use in {@code assert}. */
    boolean onThread() {
        return thread.isCurrent();
    }

    // ---- Subscriber: from any thread

    @Override
    public void deliver(Delivery delivery) {
        inbox.add(delivery);
    }

    @Override
    public Future<OperationResult> answer(Selector target, Operation operation) {
        return onShard(() -> {
            // A session in transit is found on neither shard: wait until it has arrived.
            return recovery.whenArrived(target).compose(v -> operations.perform(target, operation));
        });
    }

    @Override
    public Future<Optional<SessionState>> claim(Claim claim, Subscriber newOwner) {
        return onShard(() -> recovery.handOver(claim, newOwner));
    }

    @Override
    public Future<Void> release(String connectionId) {
        return onShard(() -> {
            recovery.release(connectionId);
            return Future.succeededFuture();
        });
    }

    @Override
    public Future<Boolean> reinstate(String connectionId) {
        return onShard(() -> Future.succeededFuture(recovery.reinstate(connectionId)));
    }

    @Override
    public void forward(String connectionId, Delivery delivery) {
        inbox.execute(() -> recovery.forwarded(connectionId, delivery));
    }

    @Override
    public Future<Void> barrier() {
        return onShard(Future::succeededFuture);
    }

    @Override
    public void writable() {
        inbox.execute(publisher::resumeAll);
    }

    private <T> Future<T> onShard(Supplier<Future<T>> work) {
        Promise<T> promise = Promise.promise();
        inbox.execute(() -> {
            try {
                work.get().onComplete(promise);
            } catch (RuntimeException | Error bug) {
                promise.tryFail(bug); // or the caller would wait for ever
                throw bug;
            }
        });
        return promise.future();
    }

    // ---- time

    /** Sweeps all connections at once. For tests. */
    void sweep() {
        assert onThread();
        sweeper.round();
    }

    private void sweep(Connection connection) {
        context.guarded(connection, visited -> visited.sweep(context.monotonicMillis(), context.wallMillis()));
        connectionSums.add(connection);
    }

    private void swept() {
        memoryPressure.swept(connectionSums.pendingBytes());
        inboundMemory().sessions(connectionSums.sessionBytes());
        connectionSums.inbound(inboundMemory().bytes());
        gauges.publish(connectionSums);
        connectionSums = new ShardGauges.ConnectionSums();
    }

    private void tick() {
        assert onThread();
        context.tick();
        sweeper.slice();
        if (++ticks % AGEING_TICKS == 0) {
            deliveries.age();
        }
    }

    /** Wraps a handler so that it runs on the shard's thread, behind everything queued before. Any thread. */
    public <T> Handler<AsyncResult<T>> here(Handler<AsyncResult<T>> handler) {
        return context.here(handler);
    }

    // ---- parts

    Recovery recovery() {
        return recovery;
    }

    Publisher publisher() {
        return publisher;
    }

    Retention retention() {
        return context.retention();
    }

    private Metrics metrics() {
        return context.metrics();
    }

    private Config.Limits limits() {
        return context.limits();
    }

    /** What the connections of this event loop share with others. */
    public LoopLimits loopLimits() {
        return context.loopLimits();
    }

    /** Whether this event loop runs later than it may, so that new clients are to wait. */
    public boolean isLate() {
        return context.isLate();
    }

    /** The inbound memory of this event loop. */
    public InboundMemory inboundMemory() {
        return context.inboundMemory();
    }
}
