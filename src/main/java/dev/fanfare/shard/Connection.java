package dev.fanfare.shard;

import dev.fanfare.auth.Principal;
import dev.fanfare.broker.Delivery;
import dev.fanfare.broker.Operation;
import dev.fanfare.broker.OperationResult;
import dev.fanfare.broker.Subscriber;
import dev.fanfare.core.CloseReason;
import dev.fanfare.core.ConnectionState;
import dev.fanfare.core.ConnectionType;
import dev.fanfare.core.ErrorCode;
import dev.fanfare.core.filter.Filter;
import dev.fanfare.core.group.MemberHandle;
import dev.fanfare.core.group.Members;
import dev.fanfare.core.protocol.Encoded;
import dev.fanfare.core.protocol.Subprotocol;
import dev.fanfare.core.session.Session;
import dev.fanfare.core.session.SessionState;
import dev.fanfare.core.session.UnansweredEvent;
import dev.fanfare.delivery.Broadcast;
import dev.fanfare.delivery.Outbox;
import dev.fanfare.delivery.PlainOutbox;
import dev.fanfare.delivery.Receipt;
import dev.fanfare.delivery.Receiver;
import dev.fanfare.delivery.ReliableOutbox;
import dev.fanfare.event.EventContext;
import dev.fanfare.ops.Metrics;
import dev.fanfare.recovery.HandedOverSession;
import dev.fanfare.recovery.IncomingSession;
import dev.fanfare.socket.Socket;
import dev.fanfare.socket.SocketEnd;
import io.vertx.core.Future;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One connection: a session, its memberships, and a socket as long as there is one. Frames take effect in the order in
 * which the client sent them. Everything here belongs to the shard's thread.
 */
final class Connection implements Filter.Subject, Receiver<Connection> {

    private static final int SESSION_BYTES = 4096;

    private final Shard shard;
    private final Session session;

    /** What only outbound connections have. */
    private final @Nullable Remote remote;

    private final Outbox outbox;
    private final Memberships memberships;
    private final FrameProcessor frameProcessor;
    private @Nullable MemberHandle<Connection> place;
    private @Nullable Link link;

    /** That of the link, once more: one step less for each delivery. */
    private @Nullable Socket socket;

    private @Nullable IncomingSession incomingSession;
    private @Nullable Subscriber claimant;
    private @Nullable HandedOverSession handedOverSession;
    private boolean begun;
    private boolean ended;
    private long served;

    /** In epoch milliseconds. */
    private long endsAtMillis;

    /** Of the monotonic clock, as those below. */
    private long agedAtMillis;

    private long quietSinceMillis;
    private long pingedAtMillis;
    private long unfinished;
    private long unfinishedSinceMillis;

    /** An inbound connection. */
    Connection(Shard shard, Session session, @Nullable RawPublisher publisher, long endsAtMillis) {
        this(
                shard,
                session,
                publisher,
                null,
                session.unacknowledged() == null
                        ? new PlainOutbox(session, shard, shard.limits().outboundBytesPerConnection(), null)
                        : new ReliableOutbox(session, session.unacknowledged(), shard),
                endsAtMillis);
    }

    /** An outbound connection. */
    Connection(Shard shard, Session session, Remote remote, PlainOutbox outbox) {
        this(shard, session, null, remote, outbox, Principal.NEVER);
    }

    private Connection(
            Shard shard,
            Session session,
            @Nullable RawPublisher publisher,
            @Nullable Remote remote,
            Outbox outbox,
            long endsAtMillis) {
        this.shard = shard;
        this.session = session;
        this.remote = remote;
        this.outbox = outbox;
        this.endsAtMillis = endsAtMillis;
        this.memberships = new Memberships(shard, this);
        this.frameProcessor = new FrameProcessor(shard, this, publisher, remote);
        this.quietSinceMillis = shard.monotonicMillis();
    }

    Session session() {
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
        if (link != null) {
            return ConnectionState.OPEN;
        }
        return begun ? ConnectionState.WAITING : ConnectionState.CONNECTING;
    }

    /** What is shown of it, with the names of at most so many of its groups. */
    OperationResult.Details details(int maxGroups) {
        return new OperationResult.Details(
                type(),
                state(),
                path(),
                protocol(),
                memberships.groups().stream().sorted().limit(maxGroups).toList(),
                memberships.groups().size(),
                session.identity().openedAtMillis(),
                remote == null ? 0 : remote.attempts(),
                remote == null ? null : remote.lastError());
    }

    /** Whether operations and publications still mean this object. */
    boolean present() {
        return !ended && claimant == null;
    }

    @Override
    public boolean outlivesItsSocket() {
        return session.unacknowledged() != null && (claimant != null || !ended);
    }

    /** Whether it had a socket. */
    boolean begun() {
        return begun;
    }

    /** Whether this node dials its sockets. */
    boolean outbound() {
        return remote != null;
    }

    /** Whether its session waits for the client to come back. */
    boolean detached() {
        return present() && link == null && remote == null;
    }

    /** Whether its session is given to another shard. */
    boolean departed() {
        return claimant != null;
    }

    /** The client may stay until then, in epoch milliseconds. */
    void endsAt(long millis) {
        endsAtMillis = millis;
    }

    /** Who the next event is about. */
    EventContext eventContext() {
        return EventContext.next(session.identity(), session.events());
    }

    @Nullable
    Link link() {
        return link;
    }

    /** Where its client is; the loopback address if it has no socket. */
    InetAddress remoteAddress() {
        return socket != null && socket.remoteAddress() instanceof InetSocketAddress address
                ? address.getAddress()
                : InetAddress.getLoopbackAddress();
    }

    public Memberships memberships() {
        return memberships;
    }

    Outbox outbox() {
        return outbox;
    }

    /** Its place among all connections of the shard. */
    MemberHandle<Connection> place() {
        return Objects.requireNonNull(place, "not taken up");
    }

    void place(MemberHandle<Connection> taken) {
        place = taken;
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

    // ---- the socket comes and goes

    /** Gives the connection a socket; an older one is cut. Reading waits until {@link #ready}. */
    void attach(Link fresh) {
        Link old = link;
        if (old != null) {
            takeOver(old);
        }
        begun = true;
        link(fresh);
        fresh.bind(this);
        frameProcessor.begin(fresh);
        quietSinceMillis = shard.monotonicMillis();
        pingedAtMillis = quietSinceMillis;
        agedAtMillis = remote == null ? shard.maxAge().endOf(quietSinceMillis) : MaxAge.NEVER;
        outbox.attached();
    }

    private void link(@Nullable Link current) {
        link = current;
        socket = current == null ? null : current.socket();
    }

    private void takeOver(Link old) {
        old.unbind();
        old.socket().abort();
        shard.metrics().detached(CloseReason.TAKEN_OVER);
    }

    /** Tells the client that it is connected, sends what waits for it and begins to read. */
    void ready() {
        Link current = link;
        if (current == null) {
            return;
        }
        if (remote == null) {
            String token =
                    session.unacknowledged() == null ? null : shard.recovery().token(session.connectionId());
            frameProcessor.reply(session.codec().connected(session.connectionId(), session.userId(), token));
        } else {
            remote.opened(shard.monotonicMillis());
            remote.onOpen().forEach(frameProcessor::reply);
        }
        outbox.pump(current.socket());
        frameProcessor.ready(current);
    }

    /** The socket takes more. */
    void writable() {
        Link current = link;
        if (current != null) {
            outbox.pump(current.socket());
            frameProcessor.writable();
        }
    }

    /** The socket ended, not by our doing unless a recoverable reason was given before. */
    void disconnected(SocketEnd socketEnd) {
        countLimit(socketEnd.kind());
        CloseReason reason = reason(socketEnd);
        detach(reason, remote == null ? socketEnd.reason() : explained(reason, socketEnd));
    }

    /** Why an outbound connection lost its socket, without what the remote could have chosen freely. */
    private static String explained(CloseReason reason, SocketEnd socketEnd) {
        if (socketEnd.kind() == SocketEnd.Kind.PEER_CLOSED) {
            return "the remote closed with " + socketEnd.code();
        }
        return socketEnd.reason().isEmpty() ? reason.text() : reason.text() + ": " + socketEnd.reason();
    }

    private static CloseReason reason(SocketEnd socketEnd) {
        return switch (socketEnd.kind()) {
            case PEER_CLOSED -> socketEnd.code() == 1000 ? CloseReason.CLIENT_CLOSED : CloseReason.CLIENT_LEFT;
            case WE_CLOSED -> CloseReason.INTERNAL_ERROR;
            case PROTOCOL_ERROR -> CloseReason.PROTOCOL_ERROR;
            case INVALID_UTF8, CORRUPT -> CloseReason.INVALID_PAYLOAD;
            case MESSAGE_TOO_BIG, FRAME_TOO_BIG -> CloseReason.MESSAGE_TOO_BIG;
            case TOO_MANY_FRAMES -> CloseReason.TOO_MANY_FRAMES;
            case LOST -> CloseReason.CONNECTION_LOST;
            case FAULT -> CloseReason.INTERNAL_ERROR;
        };
    }

    private void countLimit(SocketEnd.Kind kind) {
        switch (kind) {
            case MESSAGE_TOO_BIG -> shard.metrics().limitReached(Metrics.Limit.MESSAGE_BYTES);
            case FRAME_TOO_BIG -> shard.metrics().limitReached(Metrics.Limit.FRAME_BYTES);
            case TOO_MANY_FRAMES -> shard.metrics().limitReached(Metrics.Limit.FRAMES_PER_MESSAGE);
            default -> {}
        }
    }

    /** There will be no socket. */
    void abandon() {
        end(CloseReason.CONNECTION_LOST, CloseReason.CONNECTION_LOST.text());
    }

    /** The socket is gone; the session goes on if it can. */
    private void detach(CloseReason reason, String text) {
        if (!goesOnAfter(reason)) {
            end(reason, text);
            return;
        }
        Link old = link;
        if (old != null) {
            old.unbind();
            link(null);
        }
        outbox.detached();
        frameProcessor.lost();
        quietSinceMillis = shard.monotonicMillis();
        shard.metrics().detached(reason);
        shard.logEnd(this, reason, old);
        if (remote != null) {
            remote.lost(Receipt.lostBy(reason), text);
        }
    }

    /** Whether this reason is the end of the socket only. */
    private boolean goesOnAfter(CloseReason reason) {
        return remote != null || (reason.recoverable() && session.unacknowledged() != null);
    }

    /** Closes the socket; the session goes on if the reason and the subprotocol allow it. */
    void disconnect(CloseReason reason) {
        Link current = link;
        if (current != null && goesOnAfter(reason)) {
            if (reason == CloseReason.SLOW_CONSUMER) {
                dropWaiting(reason);
            }
            detach(reason, reason.text());
            close(current, reason.code(), reason.text());
        } else {
            end(reason, reason.text());
        }
    }

    /** Ends the connection for good, with the usual code of the reason. */
    void end(CloseReason reason, String text) {
        end(reason, reason.code(), text);
    }

    /**
     * Ends the connection for good, whether or not it has a socket. What was read of it takes effect first. What is given away
     * is not ours to end.
     */
    void end(CloseReason reason, int code, String text) {
        if (!present()) {
            return;
        }
        ended = true;
        Link current = link;
        try {
            frameProcessor.end();
        } finally {
            link(null);
            leave(reason, code, text, current);
        }
    }

    private void leave(CloseReason reason, int code, String text, @Nullable Link current) {
        try {
            memberships.leaveEverything();
            sayGoodbye(current, code, text);
        } finally {
            settleEnd(reason, code, text, current);
        }
    }

    private void sayGoodbye(@Nullable Link current, int code, String text) {
        if (current != null) {
            current.unbind();
            if (!current.closed()) {
                current.sendLast(session.codec().disconnected(text));
                close(current, code, text);
            }
        }
    }

    /** Gives back what the connection took, whatever its socket made of the end. */
    private void settleEnd(CloseReason reason, int code, String text, @Nullable Link current) {
        shard.forget(this);
        try {
            dropWaiting(reason);
        } finally {
            shard.ended(this, reason, current);
        }
        if (remote == null || begun) {
            shard.events().disconnected(eventContext(), code, text.isEmpty() ? reason.text() : text);
        }
        if (remote != null) {
            remote.ended(reason);
        }
    }

    private void dropWaiting(CloseReason reason) {
        shard.metrics()
                .dropped(
                        reason == CloseReason.SLOW_CONSUMER ? Metrics.Drop.SLOW_CONSUMER : Metrics.Drop.SESSION_ENDED,
                        outbox.waiting());
        outbox.close(Receipt.lostBy(reason));
    }

    /** The bytes its socket was given and the kernel has not taken; of what is shared, its part. */
    long pendingBytes() {
        return socket == null ? 0 : socket.heldBytes();
    }

    /** The bytes the node keeps for this connection, whether or not others share them. */
    long keptBytes() {
        if (!present()) {
            return 0;
        }
        return pendingBytes()
                + (session.unacknowledged() == null ? outbox.waitingBytes() : outbox.unacknowledgedBytes());
    }

    /** What the client's session takes whatever it does, roughly: objects, its user, ackIds. */
    long sessionBytes() {
        String user = session.userId();
        return SESSION_BYTES
                + session.ackIds().bytes()
                + (user == null ? 0 : (long) Character.BYTES * user.length())
                + (long) Character.BYTES * session.events().connectionState().length();
    }

    /** What the client makes the node hold besides: what it sent and is not complete, and the names of its groups. */
    long inboundBytes() {
        if (!present()) {
            return 0;
        }
        return (link == null ? 0 : link.held()) + frameProcessor.backlogBytes() + memberships.bytes();
    }

    /** The node holds too much of what clients send, and most of it is from this one. */
    void giveWay() {
        frameProcessor.stop();
        disconnect(CloseReason.INBOUND_OVERFLOW);
    }

    /** The node keeps too much, and most of it is for this connection. */
    void relieve() {
        if (!outbox.shed()) {
            CloseReason reason =
                    session.unacknowledged() == null ? CloseReason.SLOW_CONSUMER : CloseReason.UNACKNOWLEDGED_OVERFLOW;
            if (remote == null) {
                end(reason, reason.text());
            } else {
                disconnect(reason);
            }
        }
    }

    private static void close(Link link, int code, String text) {
        if (CloseReason.maySend(code)) {
            link.close(code, text);
        } else {
            link.socket().abort();
        }
    }

    /**
     * Ends the session if its token has ended, and that is to end it. Returns whether it did.
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

    /**
     * Looks after time: pings, silence, age, expiry. Called about once a second.
     *
     * @param now of the monotonic clock
     * @param wallMillis the time of day: tokens end by it, and nothing else here
     */
    void sweep(long now, long wallMillis) {
        if (!present()) {
            return;
        }
        if (incomingSession != null && incomingSession.isPast(now)) {
            incomingSession = null;
        }
        if (endIfExpired(wallMillis)) {
            return;
        }
        Link current = link;
        if (current == null) {
            if (remote == null && now - quietSinceMillis >= shard.recoveryMillis()) {
                end(CloseReason.RECOVERY_EXPIRED, CloseReason.RECOVERY_EXPIRED.text());
            }
            return;
        }
        if (now >= agedAtMillis) {
            disconnect(CloseReason.MAX_AGE);
        } else if (messageIsLate(current.socket().unfinished(), now)) {
            shard.metrics().limitReached(Metrics.Limit.MESSAGE_TIME);
            disconnect(CloseReason.MESSAGE_TIMEOUT);
        } else if (remote != null && !frameProcessor.notListening() && remote.idle(now)) {
            disconnect(CloseReason.IDLE);
        } else if (current.socket().heard() || frameProcessor.notListening()) {
            quietSinceMillis = now;
        } else if (now - quietSinceMillis >= shard.silentMillis()) {
            shard.metrics().limitReached(Metrics.Limit.SILENCE);
            disconnect(CloseReason.SILENT);
        } else if (now - quietSinceMillis >= shard.pingMillis() && now - pingedAtMillis >= shard.pingMillis()) {
            pingedAtMillis = now;
            current.socket().ping();
        }
    }

    /** Whether a message has been on its way for too long; the time in which we kept it waiting does not count. */
    private boolean messageIsLate(long number, long now) {
        if (number == 0 || number != unfinished || frameProcessor.keepsWaiting()) {
            unfinished = number;
            unfinishedSinceMillis = now;
            return false;
        }
        return now - unfinishedSinceMillis >= shard.messageMillis();
    }

    // ---- messages

    /** The client, or the remote, said something. */
    void received(boolean text, byte[] payload) {
        frameProcessor.received(text, payload);
    }

    /** A run of messages for this connection and others. */
    void deliver(Broadcast broadcast) {
        if (claimant != null) {
            for (Delivery delivery : broadcast.run()) {
                delivery.hold();
                forward(claimant, delivery);
            }
        } else if (incomingSession != null && !incomingSession.isOver()) {
            for (Delivery delivery : broadcast.run()) {
                deliverToArrival(incomingSession, delivery);
            }
        } else if (!ended) {
            offer(broadcast);
        }
    }

    /** A message for this connection alone, wherever it is by now. */
    void deliverOwn(Delivery own) {
        if (claimant != null) {
            forward(claimant, own);
        } else if (!ended) {
            shard.offer(this, own);
        }
    }

    /** Messages that are not in the session yet. */
    void offer(Broadcast broadcast) {
        CloseReason failure = outbox.offer(broadcast, socket, broadcast.receipt(this));
        if (failure != null) {
            shard.metrics()
                    .limitReached(
                            failure == CloseReason.UNACKNOWLEDGED_OVERFLOW
                                    ? Metrics.Limit.UNACKNOWLEDGED
                                    : Metrics.Limit.OUTBOUND_BYTES);
            disconnect(failure);
        }
    }

    // ---- moving between shards

    /** Gives everything up; what still arrives goes to the claimant until {@link #released}. */
    SessionState depart(Subscriber to, Map<Long, Long> heard) {
        Link old = link;
        link(null);
        if (old != null) {
            takeOver(old);
        }
        List<UnansweredEvent> pending = frameProcessor.depart();
        claimant = to;
        outbox.detached();
        outbox.close(ErrorCode.CLOSED);
        SessionState state = new SessionState(
                session.identity(),
                session.permissions(),
                session.ackIds(),
                Objects.requireNonNull(session.unacknowledged(), "only reliable sessions move"),
                session.events(),
                pending,
                frameProcessor.takeUnsent(),
                List.copyOf(memberships.groups()),
                endsAtMillis,
                incomingSession == null ? heard : incomingSession.and(heard));
        handedOverSession = new HandedOverSession(state, shard.limits().unacknowledgedBytesPerSession());
        return state;
    }

    private void forward(Subscriber to, Delivery delivery) {
        if (handedOverSession != null) {
            handedOverSession.add(delivery.publication());
        }
        to.forward(session.connectionId(), delivery);
    }

    /** What was given away, and has arrived since; null if it was not, or the claimant has it for good. */
    @Nullable
    HandedOverSession handedOverSession() {
        return ended ? null : handedOverSession;
    }

    /** The session goes on as another object of this shard: nobody is to find this one. */
    void replaced() {
        ended = true;
        memberships.leaveEverything();
    }

    /** Whether a forwarded publication is new: what arrives late must not be delivered twice, or behind what is later. */
    private boolean isNew(Delivery delivery) {
        if (incomingSession != null && !incomingSession.isOver()) {
            return incomingSession.isNew(delivery);
        }
        return !shard.hasDealtWith(delivery.publication());
    }

    /** The claimant hears of everything itself: this object is no longer needed. */
    void released() {
        if (claimant != null && claimant.isRemote() && !ended) {
            shard.left(this);
        }
        ended = true;
        memberships.leaveEverything();
        shard.forget(this);
    }

    /** This session comes from another shard, where these publications have been dealt with. */
    void arriving(Map<Long, Long> heard) {
        begun = true;
        incomingSession = new IncomingSession(heard);
    }

    /** Takes over what its former owner has not done for the client. */
    void adopt(List<UnansweredEvent> pending, List<Encoded> unsent) {
        frameProcessor.adopt(pending, unsent);
    }

    /** A former owner of the session tells what a handler answered. */
    void eventDone(Operation.EventDone done) {
        frameProcessor.eventDone(done);
    }

    /** The former shard forwards a publication. */
    void forwarded(Delivery delivery) {
        if (claimant != null) {
            delivery.hold();
            forward(claimant, delivery);
        } else if (present() && isNew(delivery)) {
            shard.offer(this, delivery);
        }
    }

    /** The former shard has forwarded its last. */
    void arrived() {
        if (incomingSession != null) {
            List<Delivery> kept = incomingSession.takeKept();
            try {
                for (Delivery delivery : kept) {
                    if (!ended && incomingSession.isNew(delivery)) {
                        shard.offer(this, delivery);
                    }
                }
            } finally {
                kept.forEach(Delivery::release);
                incomingSession.end(shard.monotonicMillis());
            }
        }
    }

    /** Completes on the shard's thread when all of the session is here, so that it can be given away. */
    Future<Void> settled() {
        return incomingSession == null ? Future.succeededFuture() : incomingSession.over();
    }

    private void deliverToArrival(IncomingSession waiting, Delivery delivery) {
        delivery.hold();
        waiting.keep(delivery);
        if (waiting.keepsMoreThan(shard.limits().unacknowledgedBytesPerSession())) {
            overflowed();
        }
    }

    /** More came for the session than may be kept. */
    void overflowed() {
        shard.metrics().limitReached(Metrics.Limit.UNACKNOWLEDGED);
        end(CloseReason.UNACKNOWLEDGED_OVERFLOW, CloseReason.UNACKNOWLEDGED_OVERFLOW.text());
    }
}
