package dev.fanfare.shard;

import dev.fanfare.auth.Principal;
import dev.fanfare.broker.Delivery;
import dev.fanfare.broker.Operation;
import dev.fanfare.broker.Publication;
import dev.fanfare.broker.Selector;
import dev.fanfare.broker.Subscriber;
import dev.fanfare.consumer.OwnSeat;
import dev.fanfare.core.CloseReason;
import dev.fanfare.core.ConnectionState;
import dev.fanfare.core.ConnectionType;
import dev.fanfare.core.ErrorCode;
import dev.fanfare.core.RevocationKind;
import dev.fanfare.core.filter.Filter;
import dev.fanfare.core.group.MemberHandle;
import dev.fanfare.core.group.Members;
import dev.fanfare.core.protocol.Message;
import dev.fanfare.core.protocol.Subprotocol;
import dev.fanfare.core.session.Session;
import dev.fanfare.core.session.SessionState;
import dev.fanfare.core.session.TokenGrant;
import dev.fanfare.delivery.Broadcast;
import dev.fanfare.delivery.Outbox;
import dev.fanfare.delivery.PlainOutbox;
import dev.fanfare.delivery.Receipt;
import dev.fanfare.delivery.Receiver;
import dev.fanfare.delivery.ReliableOutbox;
import dev.fanfare.event.EventContext;
import dev.fanfare.limit.ConnectionLimits;
import dev.fanfare.ops.Metrics;
import dev.fanfare.recovery.HandedOverSession;
import dev.fanfare.socket.Socket;
import dev.fanfare.socket.SocketEnd;
import io.vertx.core.Future;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One connection: its session, its memberships and, while attached, its socket. A reliable session outlives its socket and
 * may move to another shard; an outbound connection outlives it until it is closed. Confined to the shard's thread. Bounded by
 * its {@link Outbox} and the backlog of its {@link FrameProcessor}. See {@code src/docs/decisions/0005} and {@code 0023}
 * (handover), {@code 0022} (answers follow sessions), {@code 0032} (frames that were read take effect before the end).
 */
final class Connection implements Filter.Subject, Receiver<Connection>, FrameProcessor.Owner, Link.User {

    private final ConnectionHost host;
    private final ShardContext context;
    private final Session session;

    /** Null for inbound connections. */
    private final @Nullable Remote remote;

    private final Outbox outbox;
    private final Memberships memberships;
    private final FrameProcessor frameProcessor;
    private @Nullable MemberHandle<Connection> sweeperHandle;
    private @Nullable OwnSeat seat;
    private Lifecycle lifecycle;

    /** The socket while attached, to save an indirection per delivery. */
    private @Nullable Socket socket;

    /** Null unless the session came from another shard, until publications can no longer arrive twice. */
    private @Nullable Arrival arrival;

    private long served;

    /** When the token expires, in epoch milliseconds. */
    private long endsAtMillis;

    private TokenGrant grant;

    private ConnectionLimits limits;

    private Connection(
            ConnectionHost host,
            Session session,
            InboundOpening.@Nullable RawPublisher publisher,
            @Nullable Remote remote,
            Outbox outbox,
            long endsAtMillis,
            TokenGrant grant,
            ConnectionLimits limits) {
        this.host = host;
        this.context = host.context();
        this.session = session;
        this.remote = remote;
        this.outbox = outbox;
        this.endsAtMillis = endsAtMillis;
        this.grant = grant;
        this.limits = limits;
        this.memberships = new Memberships(context, host.groups(), this);
        this.frameProcessor = new FrameProcessor(context, host.publisher(), this, publisher, remote);
        this.lifecycle = new Lifecycle.BeingOpened(context.monotonicMillis());
    }

    /**
     * A connection of a client.
     *
     * @param publisher where its messages go; null if they are events, or with a subprotocol
     * @param endsAtMillis when its token expires, in epoch milliseconds
     * @param grant what the client was admitted with
     * @param limits what it shares with other connections, which count it
     */
    static Connection inbound(
            ConnectionHost host,
            Session session,
            InboundOpening.@Nullable RawPublisher publisher,
            long endsAtMillis,
            TokenGrant grant,
            ConnectionLimits limits) {
        ShardContext context = host.context();
        Outbox outbox = session.unacknowledged() == null
                ? new PlainOutbox(session, context, context.outboundBytesPerConnection(), null)
                : new ReliableOutbox(session, session.unacknowledged(), context);
        return new Connection(host, session, publisher, null, outbox, endsAtMillis, grant, limits);
    }

    /** A connection to a remote server. */
    static Connection outbound(ConnectionHost host, Session session, Remote remote, PlainOutbox outbox) {
        return new Connection(
                host, session, null, remote, outbox, Principal.NEVER, TokenGrant.NONE, ConnectionLimits.NONE);
    }

    /** The only place where the state changes. */
    private void become(Lifecycle next) {
        assert lifecycle.state().mayBecome(next.state()) : lifecycle.state() + " to " + next.state();
        lifecycle = next;
        socket = next instanceof AttachedSocket attached ? attached.socket() : null;
    }

    @Override
    public Session session() {
        return session;
    }

    @Override
    public String connectionId() {
        return session.connectionId();
    }

    @Override
    public @Nullable String userId() {
        return session.userId();
    }

    @Override
    public Set<String> groups() {
        return memberships.groups();
    }

    @Override
    public @Nullable String protocol() {
        Subprotocol subprotocol = session.subprotocol();
        return subprotocol == Subprotocol.RAW ? null : subprotocol.wireName();
    }

    @Override
    public ConnectionType type() {
        return session.identity().type();
    }

    @Override
    public String path() {
        return session.identity().path();
    }

    @Override
    public int warm() {
        return (int) served + outbox.warm() + (socket == null ? 0 : socket.warm());
    }

    ConnectionState state() {
        if (remote != null) {
            return remote.state();
        }
        return switch (lifecycle.state()) {
            case OPENING -> ConnectionState.CONNECTING;
            case ATTACHED -> ConnectionState.OPEN;
            default -> ConnectionState.WAITING;
        };
    }

    /** Whether it has neither ended nor been handed over: only then operations and publications apply to this object. */
    @Override
    public boolean present() {
        return lifecycle.present();
    }

    @Override
    public boolean outlivesItsSocket() {
        boolean over = lifecycle instanceof Lifecycle.Closing || lifecycle == Lifecycle.Over.ENDED;
        return session.unacknowledged() != null && !over;
    }

    /** Whether it has, or had, a socket. */
    boolean begun() {
        return lifecycle.state() != Lifecycle.State.OPENING;
    }

    /** Whether this node dials its sockets. */
    boolean outbound() {
        return remote != null;
    }

    /** Whether its session waits for the client to reconnect. */
    boolean detached() {
        return lifecycle instanceof Lifecycle.Waiting && remote == null;
    }

    /** Whether its session has been handed over to another shard, also after its release. */
    @Override
    public boolean handedOver() {
        return lifecycle instanceof Lifecycle.HandedOver || lifecycle == Lifecycle.Over.RELEASED;
    }

    @Override
    public TokenGrant grant() {
        return grant;
    }

    @Override
    public void renewed(long millis, TokenGrant renewed) {
        endsAtMillis = millis;
        grant = renewed;
    }

    @Override
    public EventContext eventContext() {
        return EventContext.next(session.identity(), session.events());
    }

    @Override
    public @Nullable Link link() {
        return lifecycle.link();
    }

    @Override
    public InetAddress remoteAddress() {
        return socket != null && socket.remoteAddress() instanceof InetSocketAddress address
                ? address.getAddress()
                : InetAddress.getLoopbackAddress();
    }

    /** The dialling side of an outbound connection; null for inbound ones. */
    @Nullable
    Remote remote() {
        return remote;
    }

    @Override
    public ConnectionLimits limits() {
        return limits;
    }

    @Override
    public void slowed(Metrics.Limit limit) {
        ConnectionTable.logLimit(this, limit);
    }

    FrameProcessor frameProcessor() {
        return frameProcessor;
    }

    @Override
    public Memberships memberships() {
        return memberships;
    }

    @Override
    public Outbox outbox() {
        return outbox;
    }

    /** Its handle in the sweeper of the context. */
    MemberHandle<Connection> sweeperHandle() {
        return Objects.requireNonNull(sweeperHandle, "not registered with the shard");
    }

    void sweeperHandle(MemberHandle<Connection> taken) {
        sweeperHandle = taken;
    }

    /** The seat that its session has at this node; null if it needs none. */
    @Nullable
    OwnSeat seat() {
        return seat;
    }

    void seat(@Nullable OwnSeat taken) {
        seat = taken;
    }

    @Override
    public boolean isMemberOf(Members<Connection> members) {
        return memberships.isOneOf(members);
    }

    @Override
    public long served() {
        return served;
    }

    @Override
    public void served(long number) {
        served = number;
    }

    // ---- attaching and detaching the socket

    /** Attaches a socket and aborts the previous one. Nothing is read before {@link #ready}. */
    void attach(Link fresh) {
        assert context.onThread();
        Link old = link();
        if (old != null) {
            abortReplaced(old);
        }
        long maxAgeAtMillis = remote == null ? context.maxAge().endOf(context.monotonicMillis()) : MaxAge.NEVER;
        become(new AttachedSocket(context, fresh, maxAgeAtMillis));
        InetAddress from = remote == null ? remoteAddress() : null;
        if (from != null) {
            shareLimitsAt(from.getAddress());
            grant = grant.at(from.getAddress());
        }
        fresh.bind(this);
        frameProcessor.begin(fresh);
        outbox.attached();
    }

    /** A client may reconnect from another address. */
    private void shareLimitsAt(byte[] address) {
        if (!Arrays.equals(address, grant.address())) {
            limits.leave();
            limits = context.loopLimits().enterAnyway(session.hub(), session.userId(), address);
        }
    }

    private void abortReplaced(Link old) {
        old.unbind();
        old.socket().abort();
        context.metrics().detached(CloseReason.TAKEN_OVER);
    }

    /** Sends {@code connected} and queued messages, then starts reading. */
    void ready() {
        assert context.onThread();
        Link current = link();
        if (current == null) {
            return;
        }
        if (remote == null) {
            String token = session.unacknowledged() == null ? null : host.reconnectionToken(session.connectionId());
            frameProcessor.reply(session.codec().connected(session.connectionId(), session.userId(), token));
        } else {
            remote.opened(context.monotonicMillis());
            remote.onOpen().forEach(frameProcessor::reply);
        }
        outbox.pump(current.socket());
        frameProcessor.ready(current);
    }

    @Override
    public void writable() {
        assert context.onThread();
        Link current = link();
        if (current != null) {
            outbox.pump(current.socket());
            frameProcessor.writable();
        }
    }

    /** The socket was ended by the peer or a failure, not by {@link #disconnect} or {@link #end}. */
    @Override
    public void disconnected(SocketEnd socketEnd) {
        assert context.onThread();
        Metrics.Limit limit = SocketEnds.limit(socketEnd);
        if (limit != null) {
            context.metrics().limitReached(limit);
        }
        String text = remote == null ? socketEnd.reason() : SocketEnds.explained(socketEnd);
        detach(SocketEnds.reason(socketEnd), text);
    }

    /** Ends a connection whose client disconnected before it got a socket. */
    void abandon() {
        end(CloseReason.CONNECTION_LOST, CloseReason.CONNECTION_LOST.text());
    }

    /** Detaches the socket; the session continues if it survives this reason. */
    private void detach(CloseReason reason, String text) {
        if (!survives(reason)) {
            end(reason, text);
            return;
        }
        if (!present()) {
            return; // the socket was lost while the last frames took effect
        }
        Link old = link();
        if (old != null) {
            old.unbind();
        }
        become(new Lifecycle.Detached(context.monotonicMillis()));
        outbox.detached();
        frameProcessor.socketLost();
        context.metrics().detached(reason);
        ConnectionTable.logEnd(this, reason, old);
        if (remote != null) {
            remote.lost(Receipt.lostBy(reason), text);
        }
    }

    /** Whether only the socket ends for this reason. */
    private boolean survives(CloseReason reason) {
        return remote != null || (reason.recoverable() && session.unacknowledged() != null);
    }

    /** Closes the socket; the session continues if the reason and the subprotocol allow it. */
    void disconnect(CloseReason reason) {
        assert context.onThread();
        Link current = link();
        if (current != null && survives(reason)) {
            if (reason == CloseReason.SLOW_CONSUMER) {
                dropQueued(reason);
            }
            detach(reason, reason.text());
            close(current, reason.code(), reason.text());
        } else {
            end(reason, reason.text());
        }
    }

    /** Ends the connection with the default code of the reason. */
    @Override
    public void end(CloseReason reason, String text) {
        end(reason, reason.code(), text);
    }

    /**
     * Ends the connection, whether or not it has a socket. Frames that were read take effect first. Does nothing after a
     * handover: the session belongs to its new owner.
     */
    void end(CloseReason reason, int code, String text) {
        assert context.onThread();
        if (!present()) {
            return;
        }
        Lifecycle.Closing closing = new Lifecycle.Closing(link(), begun());
        become(closing);
        try {
            frameProcessor.end();
        } finally {
            become(Lifecycle.Over.ENDED);
            finishEnd(closing, reason, code, text);
        }
    }

    private void finishEnd(Lifecycle.Closing closing, CloseReason reason, int code, String text) {
        try {
            memberships.leaveEverything();
            sendFarewell(closing.link(), code, text);
        } finally {
            releaseResources(closing, reason, code, text);
        }
    }

    private void sendFarewell(@Nullable Link current, int code, String text) {
        if (current != null) {
            current.unbind();
            if (!current.closed()) {
                current.sendLast(session.codec().disconnected(text));
                close(current, code, text);
            }
        }
    }

    /** Releases what the connection holds, also if closing its socket failed. */
    private void releaseResources(Lifecycle.Closing closing, CloseReason reason, int code, String text) {
        host.remove(this);
        limits.leave();
        try {
            dropQueued(reason);
        } finally {
            host.ended(this, reason, closing.link());
        }
        if (remote == null || closing.hadSocket()) {
            context.events().disconnected(eventContext(), code, text.isEmpty() ? reason.text() : text);
        }
        if (remote != null) {
            remote.ended(reason);
        }
    }

    private void dropQueued(CloseReason reason) {
        context.metrics()
                .dropped(
                        reason == CloseReason.SLOW_CONSUMER ? Metrics.Drop.SLOW_CONSUMER : Metrics.Drop.SESSION_ENDED,
                        outbox.waiting());
        outbox.close(Receipt.lostBy(reason));
    }

    /** Bytes handed to the socket and not taken by the kernel; its share of buffers that are shared. */
    long pendingBytes() {
        return socket == null ? 0 : socket.heldBytes();
    }

    private static void close(Link link, int code, String text) {
        if (CloseReason.maySend(code)) {
            link.close(code, text);
        } else {
            link.socket().abort();
        }
    }

    /**
     * Ends the session if its token has expired and the configuration says so. Returns whether it did.
     *
     * @param wallMillis the time of day
     */
    boolean endIfExpired(long wallMillis) {
        if (wallMillis < endsAtMillis) {
            return false;
        }
        end(CloseReason.TOKEN_EXPIRED, CloseReason.TOKEN_EXPIRED.text());
        return true;
    }

    /** Why its client would be refused now; null if it would not. */
    @Nullable
    RevocationKind revoked() {
        return remote == null ? context.revocations().find(session.hub(), session.userId(), grant) : null;
    }

    /** Ends the session if it is revoked. Returns whether it did. */
    boolean endIfRevoked() {
        assert context.onThread();
        RevocationKind kind = present() ? revoked() : null;
        if (kind != null) {
            end(CloseReason.REVOKED, kind.text());
        }
        return kind != null;
    }

    /**
     * Checks pings, silence, age and expiry. Called about once a second.
     *
     * @param now of the monotonic clock
     * @param wallMillis the time of day, used for token expiry only ({@code src/docs/decisions/0024})
     */
    void sweep(long now, long wallMillis) {
        assert context.onThread();
        if (!present()) {
            return;
        }
        if (arrival != null && arrival.expired(now)) {
            arrival = null;
        }
        if (endIfExpired(wallMillis)) {
            return;
        }
        if (lifecycle instanceof AttachedSocket attached) {
            CloseReason reason = attached.check(now, frameProcessor.flow(), remote);
            if (reason != null) {
                disconnect(reason);
            }
        } else if (remote == null
                && lifecycle instanceof Lifecycle.Waiting waiting
                && now - waiting.sinceMillis() >= context.recoveryMillis()) {
            end(CloseReason.RECOVERY_EXPIRED, CloseReason.RECOVERY_EXPIRED.text());
        }
    }

    // ---- messages

    @Override
    public void received(boolean text, byte[] payload) {
        assert context.onThread();
        frameProcessor.received(text, payload);
    }

    /** Delivers a run of messages that is shared with other receivers. */
    void deliver(Broadcast broadcast) {
        assert context.onThread();
        if (socket != null && arrival == null) {
            offer(broadcast);
        } else if (lifecycle instanceof Lifecycle.HandedOver handedOver) {
            for (Delivery delivery : broadcast.run()) {
                delivery.hold();
                handedOver.forward(connectionId(), delivery);
            }
        } else if (arrival != null && !arrival.complete()) {
            arrival.keep(broadcast);
        } else if (present()) {
            offer(broadcast);
        }
    }

    @Override
    public void deliverOwn(Message message) {
        assert context.onThread();
        if (present()) {
            Selector self = Selector.connection(session.hub(), session.connectionId());
            host.offer(this, new Delivery(new Publication(self, message, 0, Publication.UNNUMBERED)));
        }
    }

    /** Adds messages to the outbox; disconnects if that overflows. */
    void offer(Broadcast broadcast) {
        CloseReason failure = outbox.offer(broadcast, socket, broadcast.receipt(this));
        if (failure != null) {
            context.metrics()
                    .limitReached(
                            failure == CloseReason.UNACKNOWLEDGED_OVERFLOW
                                    ? Metrics.Limit.UNACKNOWLEDGED
                                    : Metrics.Limit.OUTBOUND_BYTES);
            disconnect(failure);
        }
    }

    // ---- handover between shards

    /**
     * Freezes the session and returns its state. Later deliveries are forwarded to the new owner until {@link #released}.
     *
     * @return null if a frame that had been read ended the connection
     */
    @Nullable
    SessionState handOver(Subscriber to, Map<Long, Long> lastSequences) {
        assert context.onThread();
        Link old = link();
        if (old != null) {
            become(new Lifecycle.Detached(context.monotonicMillis()));
            abortReplaced(old);
        }
        SessionState.OwedAnswers owed = frameProcessor.handOver();
        if (!present()) {
            return null;
        }
        outbox.detached();
        outbox.close(ErrorCode.CLOSED);
        SessionState state = new SessionState(
                session.identity(),
                session.state(),
                owed,
                List.copyOf(memberships.groups()),
                endsAtMillis,
                grant,
                arrival == null ? lastSequences : arrival.merge(lastSequences));
        int maxBytes = context.limits().unacknowledgedBytesPerSession();
        become(new Lifecycle.HandedOver(to, new HandedOverSession(state, maxBytes)));
        return state;
    }

    /** The session as handed over, with what was forwarded since; null if not handed over, or already released. */
    @Nullable
    HandedOverSession handedOverSession() {
        return lifecycle instanceof Lifecycle.HandedOver handedOver ? handedOver.session() : null;
    }

    /** Another object of this shard has taken over the session: makes this one unreachable. */
    void replaced() {
        become(Lifecycle.Over.RELEASED);
        limits.leave();
        memberships.leaveEverything();
    }

    /** Whether a forwarded publication is new: a late one must not be delivered twice or out of order. */
    private boolean isNew(Delivery delivery) {
        if (arrival != null && !arrival.complete()) {
            return arrival.isNew(delivery);
        }
        return !host.hasProcessed(delivery.publication());
    }

    /** The new owner's subscriptions are active: this object is no longer needed. */
    void released() {
        assert context.onThread();
        if (lifecycle instanceof Lifecycle.HandedOver handedOver
                && handedOver.newOwner().isRemote()) {
            host.movedAway(this);
        }
        become(Lifecycle.Over.RELEASED);
        limits.leave();
        memberships.leaveEverything();
        host.remove(this);
    }

    /** Marks the session as incoming; the former shard has processed publications up to these sequences. */
    void markIncoming(Map<Long, Long> lastSequences) {
        become(new Lifecycle.Detached(context.monotonicMillis()));
        arrival = new Arrival(this, host, lastSequences);
    }

    /** Takes over the unanswered events and unsent acks of the former owner. */
    void adopt(SessionState.OwedAnswers owed) {
        frameProcessor.adopt(owed);
    }

    /** A former owner forwards the answer of an event handler. */
    void eventDone(Operation.EventDone done) {
        frameProcessor.eventDone(done);
    }

    /** A publication forwarded by the former context. */
    void forwarded(Delivery delivery) {
        assert context.onThread();
        if (lifecycle instanceof Lifecycle.HandedOver handedOver) {
            delivery.hold();
            handedOver.forward(connectionId(), delivery);
        } else if (present() && isNew(delivery)) {
            host.offer(this, delivery);
        }
    }

    /** The former shard has forwarded its last publication: delivers those kept meanwhile. */
    void forwardingEnded() {
        assert context.onThread();
        if (arrival != null) {
            arrival.end();
        }
    }

    /** Completes on the shard's thread when the session has arrived completely, so that it can be handed over again. */
    Future<Void> whenArrived() {
        return arrival == null ? Future.succeededFuture() : arrival.completion();
    }

    /** More arrived during the handover than may be kept. */
    void overflowed() {
        context.metrics().limitReached(Metrics.Limit.UNACKNOWLEDGED);
        end(CloseReason.UNACKNOWLEDGED_OVERFLOW, CloseReason.UNACKNOWLEDGED_OVERFLOW.text());
    }
}
