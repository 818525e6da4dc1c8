package dev.fanfare.shard;

import dev.fanfare.auth.Authenticator;
import dev.fanfare.broker.Broker;
import dev.fanfare.broker.Claim;
import dev.fanfare.broker.Delivery;
import dev.fanfare.broker.Operation;
import dev.fanfare.broker.OperationResult;
import dev.fanfare.broker.Publication;
import dev.fanfare.broker.Selector;
import dev.fanfare.broker.Subscriber;
import dev.fanfare.broker.Subscriptions;
import dev.fanfare.config.Config;
import dev.fanfare.core.CloseReason;
import dev.fanfare.core.ConnectionId;
import dev.fanfare.core.ConnectionType;
import dev.fanfare.core.ErrorCode;
import dev.fanfare.core.Permissions;
import dev.fanfare.core.group.GroupRegistry;
import dev.fanfare.core.group.MemberHandle;
import dev.fanfare.core.group.Members;
import dev.fanfare.core.protocol.Codec;
import dev.fanfare.core.protocol.Message;
import dev.fanfare.core.protocol.Subprotocol;
import dev.fanfare.core.session.AckIds;
import dev.fanfare.core.session.EventState;
import dev.fanfare.core.session.Identity;
import dev.fanfare.core.session.Retention;
import dev.fanfare.core.session.Session;
import dev.fanfare.core.session.SessionState;
import dev.fanfare.core.session.Unacknowledged;
import dev.fanfare.delivery.Broadcast;
import dev.fanfare.delivery.DeliveryContext;
import dev.fanfare.delivery.FanOuts;
import dev.fanfare.delivery.PlainOutbox;
import dev.fanfare.event.EventSink;
import dev.fanfare.ops.Metrics;
import dev.fanfare.recovery.LastSequences;
import dev.fanfare.socket.LoopThread;
import dev.fanfare.socket.MessageDeflater;
import dev.fanfare.socket.NextTick;
import dev.fanfare.socket.Socket;
import io.vertx.core.AsyncResult;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * The connections of one event loop: their registration, group membership, fan-out and shutdown. Confined to the thread of
 * that event loop; plain collections, no locks. Methods of {@link Subscriber} and those documented so may be called from any
 * thread and are queued in the {@link Inbox}. Memory is bounded by {@link MemoryPressure} (outbound) and
 * {@link InboundMemory} (inbound). See {@code src/docs/concurrency.md} and {@code src/docs/decisions/0005} (sessions move
 * between shards), {@code 0010} (fan-out in slices), {@code 0011} and {@code 0020} (memory).
 */
public final class Shard implements Subscriber, DeliveryContext {

    private static final Logger log = LoggerFactory.getLogger(Shard.class);
    private static final Members<Connection> NO_MEMBERS = new Members<>("", "");

    /** How often last sequences are aged: one minute, far longer than a publication is in flight. */
    private static final int AGEING_TICKS = 600;

    /** Estimated size of a group without its name: entries in maps and arrays, here and in the census. */
    private static final int GROUP_BYTES = 384;

    /** Average pause between two slices of closed connections. */
    private static final long CLOSE_PAUSE_MILLIS = 100;

    /** Pause between two attempts to reach a session that is moving. */
    private static final long RETRY_PAUSE_MILLIS = 500;

    private final Context context;
    private final LoopThread thread;
    private final ShardEnvironment shardEnvironment;
    private final Inbox inbox;
    private final FanOuts<Connection> fanOuts;
    private final Retention retention = new Retention();
    private final MessageDeflater deflater;
    private final LocalSubscriptions localSubscriptions;
    private final Operations operations;
    private final Broker.Origin origin;
    private final Recovery recovery;
    private final Map<String, Connection> connections = new HashMap<>();
    private final GroupRegistry<Connection> groups = new GroupRegistry<>();
    private final GroupRegistry<Connection> users = new GroupRegistry<>();
    private final GroupRegistry<Connection> hubs = new GroupRegistry<>();
    private final LastSequences lastSequences = new LastSequences();
    private final List<Runnable> waitingPublishers = new ArrayList<>();
    private final byte[] tail = new byte[Codec.MAX_TAIL];
    private final ShardGauges gauges = new ShardGauges();
    private final Sweeper sweeper = new Sweeper(this::sweep, this::swept);
    private final MemoryPressure memoryPressure;
    private final InboundMemory inboundMemory;
    private final MaxAge maxAge;
    private ShardGauges.Count count = new ShardGauges.Count();
    private int ticks;
    private int sockets;
    private @Nullable Promise<Void> stopping;
    private boolean handingOver;
    private long sweeping;

    /**
     * @param context the context of the shard's event loop; the constructor must run on it
     */
    public Shard(Context context, ShardEnvironment shardEnvironment) {
        this.context = context;
        this.thread = LoopThread.of(context);
        assert thread.isCurrent();
        this.shardEnvironment = shardEnvironment;
        this.inbox = new Inbox(context, this::fanOut, shardEnvironment.faultReporter()::report);
        NextTick nextTick = NextTick.of(context);
        this.fanOuts = new FanOuts<>(
                this::deliver,
                slice -> nextTick.next(() -> guarded(slice)),
                shardEnvironment.subscriptions()::settled,
                this::fanOutDone);
        this.localSubscriptions = new LocalSubscriptions(this, shardEnvironment.subscriptions(), inbox::execute);
        this.operations = new Operations(connections, groups, users, hubs, this::guarded);
        this.deflater = new MessageDeflater(shardEnvironment.metrics());
        this.memoryPressure = new MemoryPressure(
                limits().keptBytes() / shardEnvironment.shards(),
                retention::bytes,
                sweeper,
                Connection::keptBytes,
                Connection::pendingBytes,
                this::freeOutboundMemory);
        this.inboundMemory =
                new InboundMemory(limits().inboundBytesOf(shardEnvironment.shards()), sweeper, this::freeInboundMemory);
        this.maxAge =
                MaxAge.of(shardEnvironment.config().server().maxConnectionAgeSeconds(), shardEnvironment.random());
        this.origin = shardEnvironment.broker().origin();
        this.recovery = new Recovery(this, shardEnvironment, connections, fanOuts, lastSequences);
    }

    /** Attaches the shard to the broker and starts its timers. Completes on the shard's thread. */
    public Future<Void> start() {
        assert thread.isCurrent();
        Promise<Void> started = Promise.promise();
        sweeping = context.owner().setPeriodic(Sweeper.SLICE_MILLIS, timer -> tick());
        gauges.register(shardEnvironment.metrics());
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
        Promise<Void> stopped = Promise.promise();
        stopping = stopped;
        handingOver = handOver;
        long deadline = context.owner().setTimer(Math.max(1, withinMillis * 3 / 4), timer -> endAll());
        List<Connection> all = List.copyOf(connections.values());
        long slices = Math.max(1, Math.min(spreadMillis, withinMillis / 2) / CLOSE_PAUSE_MILLIS);
        closeSlice(all.iterator(), (int) (all.size() / slices) + 1);
        return stopped.future().onComplete(v -> {
            context.owner().cancelTimer(deadline);
            context.owner().cancelTimer(sweeping);
            shardEnvironment.subscriptions().detach(this);
            deflater.close();
        });
    }

    private void closeSlice(Iterator<Connection> left, int slice) {
        for (int i = 0; i < slice && left.hasNext(); i++) {
            guarded(left.next(), this::shutDown);
        }
        if (left.hasNext()) {
            long pause = CLOSE_PAUSE_MILLIS / 2 + ThreadLocalRandom.current().nextLong(CLOSE_PAUSE_MILLIS);
            context.owner().setTimer(pause, timer -> closeSlice(left, slice));
        } else {
            completeIfIdle();
        }
    }

    /**
     * Skips a session that has been handed over, since it is released or reinstated soon, and a detached one, which keeps
     * waiting for its client. An outbound connection ends: without its socket it would only be dialled again.
     */
    private void shutDown(Connection connection) {
        if (!connection.present()) {
            return;
        }
        if (!handingOver || connection.outbound()) {
            connection.end(CloseReason.SHUTDOWN, CloseReason.SHUTDOWN.text());
        } else if (!(connection.begun() && connection.detached())) {
            connection.disconnect(CloseReason.SHUTDOWN);
        }
    }

    /** Shuts down a session that arrived or was reinstated while the shard is stopping. */
    void shutDownIfStopping(Connection connection) {
        if (stopping != null) {
            shutDown(connection);
        }
    }

    private void endAll() {
        handingOver = false;
        List.copyOf(connections.values()).forEach(connection -> guarded(connection, this::shutDown));
        completeIfIdle();
    }

    /** Waits for pending claims too: the session may still arrive, even if its client has disconnected. */
    void completeIfIdle() {
        if (stopping != null && sockets == 0 && connections.isEmpty() && recovery.idle()) {
            stopping.tryComplete();
        }
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
                        wallMillis()),
                shardEnvironment.codecs().apply(subprotocol),
                new Permissions(inboundOpening.principal().roles()),
                new AckIds(shardEnvironment.config().sessions().rememberedAckIds()),
                subprotocol.reliable()
                        ? new Unacknowledged(
                                limits().unacknowledgedBytesPerSession(),
                                limits().unacknowledgedMessagesPerSession(),
                                retention)
                        : null,
                inboundOpening.events());
        Connection connection = new Connection(
                this,
                session,
                inboundOpening.publisher(),
                inboundOpening.principal().endsAtMillis());
        add(connection);
        metrics().opened(subprotocol);
        return connection
                .memberships()
                .register(inboundOpening.principal().groups())
                .onFailure(failure -> registrationFailed(connection, failure))
                .map(registered -> new InboundEntry(this, connection));
    }

    /**
     * Registers a new, admitted outbound connection. Any thread. Completes on the shard's thread when its subscriptions are
     * active. On failure the connection has been removed.
     */
    public Future<OutboundEntry> enter(OutboundOpening opening) {
        return onShard(() -> {
            if (stopping != null) {
                shardEnvironment.admission().leave();
                opening.socketOpener().ended(CloseReason.SHUTDOWN);
                return Future.failedFuture(new OutboundException(ErrorCode.UNAVAILABLE, "the node is shutting down"));
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
                            wallMillis()),
                    shardEnvironment.codecs().apply(Subprotocol.RAW),
                    new Permissions(List.of()),
                    new AckIds(shardEnvironment.config().sessions().rememberedAckIds()),
                    null,
                    new EventState());
            PlainOutbox outbox = new PlainOutbox(session, this, opening.queueBytes(), opening.queuePolicy());
            Connection connection = new Connection(this, session, remote, outbox);
            add(connection);
            metrics().opened(Subprotocol.RAW);
            return connection
                    .memberships()
                    .register(opening.groups())
                    .onFailure(failure -> registrationFailed(connection, failure))
                    .map(registered -> new OutboundEntry(this, connection, remote));
        });
    }

    /** Runs a task on the shard's thread and context. Any thread. */
    public void execute(Runnable work) {
        inbox.execute(work);
    }

    static void registrationFailed(Connection connection, Throwable failure) {
        log.atError().setCause(failure).log("failed to register a connection");
        connection.end(CloseReason.INTERNAL_ERROR, CloseReason.INTERNAL_ERROR.text());
    }

    Socket.Listener begin(Connection connection, Socket socket) {
        assert thread.isCurrent();
        Link link = link(socket);
        if (connection.present()) {
            boolean first = !connection.begun(); // otherwise an outbound connection that was redialled
            connection.attach(link);
            connection.ready();
            if (first) {
                events().connected(connection.eventContext());
            }
        } else {
            // The connection ended before it got its socket.
            CloseReason reason = stopping == null ? CloseReason.CLOSED_BY_API : CloseReason.SHUTDOWN;
            link.close(reason.code(), reason.text());
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
        return new Link(this, socket, () -> {
            sockets--;
            completeIfIdle();
        });
    }

    /** Whether the caller runs on the thread of this shard. For use in {@code assert}. */
    @Override
    public boolean onThread() {
        return thread.isCurrent();
    }

    /** Adds a new or incoming connection. Fan-outs in progress are not for it, or have been delivered to its session. */
    void add(Connection connection) {
        assert onThread();
        connections.put(connection.connectionId(), connection);
        connection.sweeperHandle(sweeper.add(connection));
        connection.served(fanOuts.latest());
    }

    /** Replaces the connection object of a session. */
    void replace(Connection former, Connection connection) {
        sweeper.remove(former.sweeperHandle());
        add(connection);
    }

    /** Removes a connection that ended or was handed over. */
    void remove(Connection connection) {
        assert onThread();
        if (connections.remove(connection.connectionId(), connection)) {
            sweeper.remove(connection.sweeperHandle());
            completeIfIdle();
        }
    }

    /** Accounts for a session that has moved to another node. */
    void movedAway(Connection connection) {
        shardEnvironment.admission().leave();
        metrics().moved(connection.session().subprotocol(), Metrics.Move.OUT);
    }

    /** Accounts for a connection that has ended. */
    void ended(Connection connection, CloseReason reason, @Nullable Link link) {
        shardEnvironment.admission().leave();
        metrics().closed(connection.session().subprotocol(), reason);
        subscriptions().ended(connection.connectionId());
        logEnd(connection, reason, link);
        completeIfIdle();
    }

    /**
     * Logs the end of a connection or socket. Lost sockets are normal and counted in the metrics, so that they are logged at
     * debug level like orderly ends.
     */
    void logEnd(Connection connection, CloseReason reason, @Nullable Link link) {
        boolean abnormal = reason.abnormal();
        Level level = abnormal && reason != CloseReason.CONNECTION_LOST ? Level.INFO : Level.DEBUG;
        if (log.isEnabledForLevel(level)) {
            LoggingEventBuilder line =
                    log.atLevel(level).addKeyValue("reason", reason.label()).addKeyValue("code", reason.code());
            described(line, connection.session())
                    .addKeyValue("remote", link == null ? "none" : address(link.socket()))
                    .log(abnormal ? "connection ended abnormally" : "connection ended");
        }
    }

    /** Adds the fields that identify a connection to a log line. */
    static LoggingEventBuilder described(LoggingEventBuilder line, Session session) {
        LoggingEventBuilder known =
                line.addKeyValue("hub", session.hub()).addKeyValue("connectionId", session.connectionId());
        if (session.userId() != null) {
            known = known.addKeyValue("userId", session.userId());
        }
        return known.addKeyValue("subprotocol", session.subprotocol().wireName());
    }

    /** Host and port, without the slash of the JDK. */
    static String address(Socket socket) {
        if (!(socket.remoteAddress() instanceof InetSocketAddress address) || address.getAddress() == null) {
            return String.valueOf(socket.remoteAddress());
        }
        String host = address.getAddress().getHostAddress();
        return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + address.getPort();
    }

    // ---- groups

    MemberHandle<Connection> joinGroup(String hub, String group, Connection connection) {
        assert onThread();
        MemberHandle<Connection> memberHandle = groups.add(hub, group, connection);
        if (memberHandle.members().size() == 1) {
            inboundMemory.add(nameBytes(group));
            shardEnvironment.groups().appeared(hub, group);
            localSubscriptions.acquire(subscriptions().groupAddress(hub, group));
        }
        return memberHandle;
    }

    /** Estimated size of a group that has members on this shard. */
    static long nameBytes(String group) {
        return GROUP_BYTES + (long) Character.BYTES * group.length();
    }

    void leaveGroup(MemberHandle<Connection> memberHandle) {
        assert onThread();
        if (groups.remove(memberHandle)) {
            String hub = memberHandle.members().hub();
            String group = memberHandle.members().name();
            inboundMemory.add(-nameBytes(group));
            shardEnvironment.groups().vanished(hub, group);
            localSubscriptions.release(subscriptions().groupAddress(hub, group));
        }
    }

    // ---- messages

    void publish(Selector target, Message message) {
        assert onThread();
        metrics().published(1);
        origin.publish(target, message);
    }

    /** Sends an operation to a session on another shard; retries while it is moving. Completes with whether it was found. */
    Future<Boolean> sendToSession(Selector session, Operation what, int attempts) {
        return broker().ask(session, what).compose(operationResult -> {
            if (operationResult.matched() > 0 || attempts <= 1) {
                return Future.succeededFuture(operationResult.matched() > 0);
            }
            return context.owner()
                    .timer(RETRY_PAUSE_MILLIS, TimeUnit.MILLISECONDS)
                    .compose(v -> sendToSession(session, what, attempts - 1));
        });
    }

    /** Delivers a message to one connection of this shard. */
    void deliverOwn(Connection connection, Message message) {
        Selector self = Selector.connection(connection.session().hub(), connection.connectionId());
        connection.deliverOwn(new Delivery(new Publication(self, message, 0, Publication.UNNUMBERED)));
    }

    void offer(Connection connection, Delivery delivery) {
        assert onThread();
        try (Broadcast broadcast = broadcast(List.of(delivery), false)) {
            connection.offer(broadcast);
            delivered(broadcast);
        }
    }

    /** Starts the fan-out of a run with one target. Returns the number of receivers served in this turn. */
    private int fanOut(List<Delivery> run, long weight, boolean last) {
        assert onThread();
        Broadcast broadcast;
        Members<Connection> receivers;
        try {
            for (Delivery delivery : run) {
                lastSequences.note(delivery.publication());
            }
            broadcast = broadcast(run, last);
            receivers = receivers(broadcast.target());
        } catch (RuntimeException | Error bug) {
            run.forEach(Delivery::release);
            subscriptions().settled(weight);
            throw bug;
        }
        return fanOuts.start(receivers, broadcast, weight);
    }

    private Members<Connection> receivers(Selector target) {
        if (target.connectionId() == null) {
            Members<Connection> members = operations.members(target);
            return members == null ? NO_MEMBERS : members;
        }
        Connection connection = connections.get(target.connectionId());
        if (connection == null || !connection.session().hub().equals(target.hub())) {
            return NO_MEMBERS;
        }
        Members<Connection> one = new Members<>("", "");
        one.add(connection);
        return one;
    }

    /** Whether the fan-out of this publication, or of a later one of the same publisher, has started here. */
    boolean hasProcessed(Publication publication) {
        return lastSequences.isProcessed(publication);
    }

    private void fanOutDone(Broadcast broadcast) {
        try {
            delivered(broadcast);
        } finally {
            broadcast.run().forEach(Delivery::release);
        }
    }

    private void delivered(Broadcast broadcast) {
        metrics().delivered(broadcast.deliveries(), broadcast.bytes());
        metrics().saved(broadcast.saved());
        memoryPressure.check();
    }

    private Broadcast broadcast(List<Delivery> run, boolean last) {
        String hub = run.get(0).publication().target().hub();
        return new Broadcast(run, shardEnvironment.hubs().of(hub), deflater, last);
    }

    private void deliver(Connection connection, Broadcast broadcast) {
        try {
            if (Operations.chosen(connection, broadcast.target())) {
                connection.deliver(broadcast);
            }
        } catch (RuntimeException | Error bug) { // as guarded(), without an allocation per member
            broadcast.failed();
            shardEnvironment.faultReporter().report(bug);
        }
    }

    /** Isolates and reports a failure, so that the other connections are still processed. */
    private void guarded(Connection connection, Consumer<Connection> work) {
        try {
            work.accept(connection);
        } catch (RuntimeException | Error bug) {
            shardEnvironment.faultReporter().report(bug);
        }
    }

    private void guarded(Runnable work) {
        try {
            work.run();
        } catch (RuntimeException | Error bug) {
            shardEnvironment.faultReporter().report(bug);
        }
    }

    /** Calls {@code resume} once, when the broker accepts publications again. */
    void whenWritable(Runnable resume) {
        assert onThread();
        waitingPublishers.add(resume);
        if (broker().writable()) {
            resumePublishers();
        }
    }

    private void resumePublishers() {
        List<Runnable> waiting = List.copyOf(waitingPublishers);
        waitingPublishers.clear();
        waiting.forEach(this::guarded);
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
        inbox.execute(this::resumePublishers);
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
        guarded(connection, visited -> visited.sweep(monotonicMillis(), wallMillis()));
        count.add(connection);
    }

    private void swept() {
        memoryPressure.swept(count.pendingBytes());
        inboundMemory.sessions(count.sessionBytes());
        count.inbound(inboundMemory.bytes());
        gauges.publish(count);
        count = new ShardGauges.Count();
    }

    private void freeOutboundMemory(Connection connection) {
        metrics().limitReached(Metrics.Limit.OUTBOUND_BYTES_OF_NODE);
        guarded(connection, Connection::freeOutboundMemory);
    }

    private void freeInboundMemory(Connection connection) {
        metrics().limitReached(Metrics.Limit.INBOUND_BYTES_OF_NODE);
        guarded(connection, Connection::freeInboundMemory);
    }

    private void tick() {
        assert onThread();
        sweeper.slice();
        if (++ticks % AGEING_TICKS == 0) {
            lastSequences.age();
        }
    }

    /** The time of day in epoch milliseconds, for what other processes or people read. */
    @Override
    public long wallMillis() {
        return shardEnvironment.clock().millis();
    }

    /** For durations, deadlines and ages. */
    long monotonicMillis() {
        return shardEnvironment.monotonic().millis();
    }

    /** The same in nanoseconds. */
    long monotonicNanos() {
        return shardEnvironment.monotonic().nanos();
    }

    /** Runs a task on the shard's thread after a delay in nanoseconds. */
    void after(long nanos, Runnable work) {
        context.owner().setTimer(Math.max(1, TimeUnit.NANOSECONDS.toMillis(nanos)), timer -> work.run());
    }

    /** Wraps a handler so that it runs on the shard's thread, behind everything queued before. Any thread. */
    public <T> Handler<AsyncResult<T>> here(Handler<AsyncResult<T>> handler) {
        return result -> inbox.execute(() -> handler.handle(result));
    }

    // ---- environment of connections

    Recovery recovery() {
        return recovery;
    }

    LocalSubscriptions localSubscriptions() {
        return localSubscriptions;
    }

    GroupRegistry<Connection> users() {
        return users;
    }

    GroupRegistry<Connection> hubs() {
        return hubs;
    }

    Subscriptions subscriptions() {
        return shardEnvironment.subscriptions();
    }

    Broker broker() {
        return shardEnvironment.broker();
    }

    @Override
    public Metrics metrics() {
        return shardEnvironment.metrics();
    }

    EventSink events() {
        return shardEnvironment.events();
    }

    Authenticator authenticator() {
        return shardEnvironment.authenticator();
    }

    @Override
    public int outboundBytesPerConnection() {
        return limits().outboundBytesPerConnection();
    }

    Config.Limits limits() {
        return shardEnvironment.config().limits();
    }

    long recoveryMillis() {
        return shardEnvironment.config().sessions().recoverySeconds() * 1000L;
    }

    long pingMillis() {
        return shardEnvironment.config().keepAlive().pingSeconds() * 1000L;
    }

    long silentMillis() {
        return shardEnvironment.config().keepAlive().silentSeconds() * 1000L;
    }

    long messageMillis() {
        return limits().messageSeconds() * 1000L;
    }

    /** The age limit of client sockets. */
    MaxAge maxAge() {
        return maxAge;
    }

    /** The inbound memory of this event loop. */
    public InboundMemory inboundMemory() {
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
}
