package dev.fanfare.connection;

import dev.fanfare.auth.Principal;
import dev.fanfare.broker.Answer;
import dev.fanfare.broker.Delivery;
import dev.fanfare.broker.Selector;
import dev.fanfare.broker.Subscriber;
import dev.fanfare.core.CloseReason;
import dev.fanfare.core.ConnectionState;
import dev.fanfare.core.ConnectionType;
import dev.fanfare.core.ErrorCode;
import dev.fanfare.core.filter.Filter;
import dev.fanfare.core.group.Members;
import dev.fanfare.core.group.Membership;
import dev.fanfare.core.protocol.ClientFrame;
import dev.fanfare.core.protocol.Codec;
import dev.fanfare.core.protocol.DataType;
import dev.fanfare.core.protocol.Encoded;
import dev.fanfare.core.protocol.Message;
import dev.fanfare.core.protocol.Payload;
import dev.fanfare.core.protocol.ProtocolViolation;
import dev.fanfare.core.protocol.Subprotocol;
import dev.fanfare.core.session.RateLimiter;
import dev.fanfare.core.session.Refusal;
import dev.fanfare.core.session.Session;
import dev.fanfare.core.session.SessionState;
import dev.fanfare.event.EventContext;
import dev.fanfare.event.EventException;
import dev.fanfare.event.Raised;
import dev.fanfare.event.UserEvent;
import dev.fanfare.ops.Metrics;
import dev.fanfare.socket.Ending;
import dev.fanfare.socket.Socket;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One connection: a session, its memberships, and a socket as long as there is one. Frames take effect in the order in
 * which the client sent them. Everything here belongs to the shard's thread.
 */
final class Connection implements Filter.Subject {

    /** Why nothing is read for the moment. */
    private enum Pause {
        BUSY,
        RATE,
        IN_FLIGHT,
        INVOCATIONS,
        UNWRITABLE
    }

    private final Shard shard;
    private final Session session;
    private final @Nullable RawPublisher publisher;

    /** What only outbound connections have. */
    private final @Nullable Remote remote;

    private final RateLimiter rate;
    private final Outbox outbox;
    private final Map<String, Membership<Connection>> groups = new HashMap<>(2);
    private final Invocations invocations = new Invocations();
    private final EnumSet<Pause> pauses = EnumSet.noneOf(Pause.class);
    private @Nullable Membership<Connection> place;
    private @Nullable Membership<Connection> inHub;
    private @Nullable Membership<Connection> ofUser;
    private @Nullable Link link;

    /** That of the link, once more: one step less for each delivery. */
    private @Nullable Socket socket;

    private @Nullable Queue<ClientFrame> backlog;
    private @Nullable Arrival arrival;
    private @Nullable Subscriber claimant;
    private boolean begun;
    private boolean ended;
    private long served;
    private long endsAtMillis;
    private long agedAtMillis;
    private long quietSinceMillis;
    private long pingedAtMillis;

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
        this.publisher = publisher;
        this.remote = remote;
        this.outbox = outbox;
        this.endsAtMillis = endsAtMillis;
        this.rate = new RateLimiter(shard.limits().messagesPerSecond());
        this.quietSinceMillis = shard.now();
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
        return groups.keySet();
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

    /** Reads what a delivery needs; the number only keeps the compiler from leaving that out. */
    int warm() {
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
    Answer.Details details(int maxGroups) {
        return new Answer.Details(
                type(),
                state(),
                path(),
                protocol(),
                groups.keySet().stream().sorted().limit(maxGroups).toList(),
                groups.size(),
                session.identity().openedAtMillis(),
                remote == null ? 0 : remote.attempts(),
                remote == null ? null : remote.lastError());
    }

    /** Whether operations and publications still mean this object. */
    boolean present() {
        return !ended && claimant == null;
    }

    /** Whether what its socket did not write is written to another one. */
    boolean outlivesItsSocket() {
        return session.unacknowledged() != null && (claimant != null || !ended);
    }

    /** Whether its session waits for the client to come back. */
    /** Whether it had a socket. */
    boolean begun() {
        return begun;
    }

    boolean detached() {
        return present() && link == null && remote == null;
    }

    Outbox outbox() {
        return outbox;
    }

    /** Its place among all connections of the shard. */
    Membership<Connection> place() {
        return Objects.requireNonNull(place, "not taken up");
    }

    void place(Membership<Connection> taken) {
        place = taken;
    }

    /** The number of the last fan-out that has been here, or had no need to. */
    long served() {
        return served;
    }

    void served(long number) {
        served = number;
    }

    boolean isOneOf(Members<Connection> members) {
        Membership<Connection> group = groups.get(members.name());
        return (group != null && group.members() == members)
                || (ofUser != null && ofUser.members() == members)
                || (inHub != null && inHub.members() == members);
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
        invocations.cancelAll();
        pauses.clear();
        backlog = null;
        quietSinceMillis = shard.now();
        pingedAtMillis = 0;
        agedAtMillis = remote == null ? shard.ages().endOf(quietSinceMillis) : Ages.NEVER;
        pause(Pause.BUSY);
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
            String token = session.unacknowledged() == null ? null : shard.reconnectionToken(session.connectionId());
            reply(session.codec().connected(session.connectionId(), session.userId(), token));
        } else {
            remote.opened(shard.now());
            remote.onOpen().forEach(this::reply);
        }
        outbox.pump(current.socket());
        proceed();
    }

    /** The socket takes more. */
    void writable() {
        Link current = link;
        if (current != null) {
            outbox.pump(current.socket());
            resume(Pause.UNWRITABLE);
        }
    }

    /** The socket ended, not by our doing unless a recoverable reason was given before. */
    void disconnected(Ending ending) {
        countLimit(ending.kind());
        CloseReason reason = reason(ending);
        detach(reason, remote == null ? ending.reason() : explained(reason, ending));
    }

    /** Why an outbound connection lost its socket, without what the remote could have chosen freely. */
    private static String explained(CloseReason reason, Ending ending) {
        if (ending.kind() == Ending.Kind.PEER_CLOSED) {
            return "the remote closed with " + ending.code();
        }
        return ending.reason().isEmpty() ? reason.text() : reason.text() + ": " + ending.reason();
    }

    private static CloseReason reason(Ending ending) {
        return switch (ending.kind()) {
            case PEER_CLOSED -> ending.code() == 1000 ? CloseReason.CLIENT_CLOSED : CloseReason.CLIENT_LEFT;
            case WE_CLOSED -> CloseReason.INTERNAL_ERROR;
            case PROTOCOL_ERROR -> CloseReason.PROTOCOL_ERROR;
            case INVALID_UTF8, CORRUPT -> CloseReason.INVALID_PAYLOAD;
            case MESSAGE_TOO_BIG, FRAME_TOO_BIG -> CloseReason.MESSAGE_TOO_BIG;
            case TOO_MANY_FRAMES -> CloseReason.TOO_MANY_FRAMES;
            case LOST -> CloseReason.CONNECTION_LOST;
            case FAULT -> CloseReason.INTERNAL_ERROR;
        };
    }

    private void countLimit(Ending.Kind kind) {
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
        invocations.cancelAll();
        backlog = null;
        outbox.detached();
        quietSinceMillis = shard.now();
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
            close(current.socket(), reason.code(), reason.text());
        } else {
            end(reason, reason.text());
        }
    }

    /** Ends the connection for good, with the usual code of the reason. */
    void end(CloseReason reason, String text) {
        end(reason, reason.code(), text);
    }

    /** Ends the connection for good, whether or not it has a socket. */
    void end(CloseReason reason, int code, String text) {
        if (ended) {
            return;
        }
        if (claimant != null) {
            released();
            return;
        }
        ended = true;
        invocations.cancelAll();
        leaveEverything();
        shard.forget(this);
        Link current = link;
        link(null);
        if (current != null) {
            current.unbind();
            if (!current.closed()) {
                current.sendLast(session.codec().disconnected(text));
                close(current.socket(), code, text);
            }
        }
        dropWaiting(reason);
        shard.ended(this, reason, current);
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

    /** The bytes its socket was given and the kernel has not taken. */
    long pendingBytes() {
        return socket == null ? 0 : socket.pendingBytes();
    }

    /** The bytes the node keeps for this connection, whether or not others share them. */
    long keptBytes() {
        if (!present()) {
            return 0;
        }
        return pendingBytes()
                + (session.unacknowledged() == null ? outbox.waitingBytes() : outbox.unacknowledgedBytes());
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

    private static void close(Socket socket, int code, String text) {
        if (CloseReason.maySend(code)) {
            socket.close(code, text);
        } else {
            socket.abort();
        }
    }

    /** Looks after time: pings, silence, age, expiry. Called about once a second. */
    void sweep(long now) {
        if (!present()) {
            return;
        }
        if (arrival != null && arrival.isPast(now)) {
            arrival = null;
        }
        if (now >= endsAtMillis) {
            end(CloseReason.TOKEN_EXPIRED, CloseReason.TOKEN_EXPIRED.text());
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
        } else if (remote != null && !notListening() && remote.idle(now)) {
            disconnect(CloseReason.IDLE);
        } else if (current.socket().heard() || notListening()) {
            quietSinceMillis = now;
        } else if (now - quietSinceMillis >= shard.silentMillis()) {
            shard.metrics().limitReached(Metrics.Limit.SILENCE);
            disconnect(CloseReason.SILENT);
        } else if (now - quietSinceMillis >= shard.pingMillis() && now - pingedAtMillis >= shard.pingMillis()) {
            pingedAtMillis = now;
            current.socket().ping();
        }
    }

    // ---- what the client says

    /** A message arrived. */
    void received(boolean text, byte[] payload) {
        shard.metrics().received(1, payload.length);
        if (remote != null) {
            remote.heard(shard.now());
        }
        long wait = rate.take(shard.nanoTime());
        if (wait > 0 && pause(Pause.RATE)) {
            shard.metrics().limitReached(Metrics.Limit.MESSAGE_RATE);
            shard.after(wait, () -> resume(Pause.RATE));
        }
        ClientFrame frame;
        try {
            frame = decode(text, payload);
        } catch (ProtocolViolation violation) {
            if (violation.isOfName()) {
                shard.metrics().limitReached(Metrics.Limit.NAMES);
            }
            end(CloseReason.INVALID_PAYLOAD, String.valueOf(violation.getMessage()));
            return;
        }
        if (pauses.contains(Pause.BUSY)) {
            backlog().add(frame);
        } else {
            take(frame);
        }
    }

    private ClientFrame decode(boolean text, byte[] payload) throws ProtocolViolation {
        if (publisher == null) {
            return session.codec().decode(text, payload);
        }
        Payload content = new Payload(text ? DataType.TEXT : DataType.BINARY, payload);
        return new ClientFrame.SendToGroup(publisher.group(), content, publisher.noEcho(), 0, Map.of(), null);
    }

    private Queue<ClientFrame> backlog() {
        if (backlog == null) {
            backlog = new ArrayDeque<>();
        }
        return backlog;
    }

    private void take(ClientFrame frame) {
        Refusal refusal = session.check(frame);
        if (refusal != null) {
            refuse(frame, refusal);
        } else if (remote != null && !remote.relay().isEmpty() && frame instanceof ClientFrame.Event event) {
            relay(event.payload(), remote.relay());
        } else if (frame instanceof ClientFrame.SendToGroup send) {
            publish(send);
        } else if (frame instanceof ClientFrame.SequenceAck ack) {
            outbox.acknowledged(ack.sequenceId());
        } else if (frame instanceof ClientFrame.Ping) {
            reply(session.codec().pong());
        } else if (frame instanceof ClientFrame.JoinGroup join) {
            hold(join(join.group()), () -> reply(session.succeeded(join.ackId())), frame);
        } else if (frame instanceof ClientFrame.LeaveGroup leave) {
            leave(leave.group());
            reply(session.succeeded(leave.ackId()));
        } else if (frame instanceof ClientFrame.Event event) {
            raise(event);
        } else if (frame instanceof ClientFrame.Invoke invoke) {
            invoke(invoke);
        } else if (frame instanceof ClientFrame.CancelInvocation cancel) {
            invocations.cancel(cancel.invocationId());
            resumeInvocations();
        } else if (frame instanceof ClientFrame.RefreshToken refresh) {
            refresh(refresh);
        }
    }

    private void publish(ClientFrame.SendToGroup send) {
        Selector target = Selector.group(session.hub(), send.group());
        long expiry = send.ttlSeconds() == 0 ? Message.NEVER : shard.now() + send.ttlSeconds() * 1000L;
        Message message = Message.toGroup(send.group(), session.userId(), send.payload(), send.metadata(), expiry);
        shard.publish(send.noEcho() ? target.without(Set.of(session.connectionId())) : target, message);
        reply(session.succeeded(send.ackId()));
        pauseIfInFlight();
    }

    /** Publishes what the remote said, and does not give it back to it. */
    private void relay(Payload payload, List<String> to) {
        Set<String> itself = Set.of(session.connectionId());
        for (String group : to) {
            Message message = Message.toGroup(group, session.userId(), payload, Map.of(), Message.NEVER);
            shard.publish(Selector.group(session.hub(), group).without(itself), message);
        }
        pauseIfInFlight();
    }

    private void pauseIfInFlight() {
        if (!shard.broker().writable() && pause(Pause.IN_FLIGHT)) {
            shard.metrics().limitReached(Metrics.Limit.IN_FLIGHT_BYTES);
            shard.whenWritable(() -> resume(Pause.IN_FLIGHT));
        }
    }

    private void raise(ClientFrame.Event event) {
        Future<@Nullable Message> raised = here(shard.events()
                .raise(new UserEvent(eventContext(), event.event(), event.payload(), event.metadata()))
                .answer());
        Future<@Nullable Refusal> handled = raised.transform(result ->
                Future.<@Nullable Refusal>succeededFuture(result.succeeded() ? null : refusal(result.cause())));
        hold(handled, () -> answer(event, raised.result()), event);
        raised.onSuccess(message -> {
            if (message != null && claimant != null) { // to wherever the session moved meanwhile
                shard.publish(Selector.connection(session.hub(), session.connectionId()), message);
            }
        });
    }

    /** Who the next event is about. */
    EventContext eventContext() {
        return EventContext.next(session.identity(), session.events());
    }

    /** Frames behind an invocation do not wait for it, or nobody could cancel it. */
    private void invoke(ClientFrame.Invoke invoke) {
        String id = invoke.invocationId();
        if (invocations.has(id)) {
            refuse(invoke, new Refusal(ErrorCode.CONFLICT, "an invocation with this id waits for its answer already"));
            return;
        }
        Raised raised = shard.events().raise(new UserEvent(eventContext(), invoke.event(), invoke.payload(), Map.of()));
        invocations.add(id, raised, invoke.payload().bytes().length);
        if (invocations.full()) {
            pause(Pause.INVOCATIONS);
        }
        here(raised.answer()).onComplete(result -> {
            if (invocations.answered(id, raised)) {
                answer(invoke, result);
                resumeInvocations();
            }
        });
    }

    private void answer(ClientFrame.Invoke invoke, AsyncResult<@Nullable Message> result) {
        if (result.failed()) {
            refuse(invoke, refusal(result.cause()));
        } else {
            Message message = result.result();
            reply(session.codec()
                    .invokeResponse(invoke.invocationId(), message == null ? null : message.payload(), null));
        }
    }

    private void resumeInvocations() {
        if (!invocations.full()) {
            resume(Pause.INVOCATIONS);
        }
    }

    private void answer(ClientFrame.Event event, @Nullable Message message) {
        if (message != null) {
            shard.deliverOwn(this, message);
        }
        reply(session.succeeded(event.ackId()));
    }

    private void refresh(ClientFrame.RefreshToken frame) {
        Future<Principal> verified = here(shard.authenticator().authenticateClient(frame.token(), session.hub()));
        Future<@Nullable Refusal> checked = verified.transform(
                result -> Future.<@Nullable Refusal>succeededFuture(refusal(result.result(), result.cause())));
        hold(checked, () -> renew(verified.result(), frame), frame);
    }

    private @Nullable Refusal refusal(@Nullable Principal principal, @Nullable Throwable failure) {
        if (principal == null) {
            return new Refusal(ErrorCode.UNAUTHORIZED, failure == null ? "" : message(failure));
        }
        return Objects.equals(principal.userId(), session.userId())
                ? null
                : new Refusal(ErrorCode.FORBIDDEN, "the new token is for another user");
    }

    private void renew(Principal principal, ClientFrame.RefreshToken frame) {
        endsAtMillis = principal.endsAtMillis();
        session.permissions().replaceRoles(principal.roles());
        reply(session.succeeded(frame.ackId()));
    }

    /** What work that is done elsewhere comes to, on the shard's thread. */
    private <T extends @Nullable Object> Future<T> here(Future<T> work) {
        if (work.isComplete()) {
            return work;
        }
        Promise<T> promise = Promise.promise();
        work.onComplete(shard.here(result -> promise.complete(result.result(), result.cause())));
        return promise.future();
    }

    private void refuse(ClientFrame frame, Refusal refusal) {
        shard.metrics().requestRefused(refusal.code());
        if (remote != null) {
            return; // which asked for nothing, and goes on
        }
        if (frame instanceof ClientFrame.Invoke invoke) {
            Codec.AckError error = new Codec.AckError(refusal.code().inBandName(), refusal.message());
            reply(session.codec().invokeResponse(invoke.invocationId(), null, error));
        } else if (session.subprotocol() != Subprotocol.RAW) {
            reply(session.failed(Session.ackId(frame), refusal));
        } else if (frame instanceof ClientFrame.Event) {
            end(CloseReason.EVENT_FAILED, refusal.message());
        } else {
            end(CloseReason.FORBIDDEN, refusal.message());
        }
    }

    private static Refusal refusal(Throwable cause) {
        return cause instanceof EventException failure
                ? new Refusal(failure.code(), message(failure))
                : new Refusal(ErrorCode.INTERNAL, CloseReason.INTERNAL_ERROR.text());
    }

    private static String message(Throwable cause) {
        return String.valueOf(cause.getMessage());
    }

    /** Holds the frames behind this one back until its work is done. */
    private void hold(Future<@Nullable Refusal> work, Runnable done, ClientFrame frame) {
        if (work.isComplete()) {
            finish(work, done, frame);
            return;
        }
        pause(Pause.BUSY);
        Link asker = link;
        work.onComplete(result -> {
            if (present()) {
                finish(work, done, frame);
                if (link == asker) {
                    proceed();
                }
            }
        });
    }

    private void finish(Future<@Nullable Refusal> work, Runnable done, ClientFrame frame) {
        Refusal refusal = work.succeeded()
                ? work.result()
                : new Refusal(ErrorCode.INTERNAL, "the group could not be registered; try again");
        if (refusal == null) {
            done.run();
        } else {
            refuse(frame, refusal);
        }
    }

    private void proceed() {
        pauses.remove(Pause.BUSY);
        Queue<ClientFrame> waiting = backlog;
        while (waiting != null && present() && !pauses.contains(Pause.BUSY)) {
            ClientFrame next = waiting.poll();
            if (next == null) {
                backlog = null;
                break;
            }
            take(next);
        }
        readAgain();
    }

    /** Whether we read nothing for reasons of ours: then silence says nothing about the client. */
    private boolean notListening() {
        return !pauses.isEmpty() && !pauses.contains(Pause.UNWRITABLE);
    }

    private boolean pause(Pause reason) {
        boolean fresh = pauses.add(reason);
        if (fresh && pauses.size() == 1 && link != null) {
            link.socket().pause();
        }
        return fresh;
    }

    private void resume(Pause reason) {
        if (pauses.remove(reason)) {
            readAgain();
        }
    }

    private void readAgain() {
        if (pauses.isEmpty() && link != null) {
            link.socket().resume();
        }
    }

    private void reply(@Nullable Encoded frame) {
        Link current = link;
        if (frame == null || current == null) {
            return;
        }
        current.socket().send(frame);
        if (!current.socket().writable()) {
            pause(Pause.UNWRITABLE);
        }
    }

    // ---- groups

    /** Registers the connection under its hub and user, and in these groups. Completes on the shard's thread. */
    Future<Void> register(List<String> initial) {
        List<Future<?>> all = new ArrayList<>();
        inHub = shard.hubs().add(session.hub(), "", this);
        String hubAddress = shard.subscriptions().hubAddress(session.hub());
        if (inHub.members().size() == 1) {
            shard.interests().want(hubAddress);
        }
        all.add(shard.interests().active(hubAddress));
        String user = session.userId();
        if (user != null) {
            ofUser = shard.users().add(session.hub(), user, this);
            all.add(shard.interests().want(shard.subscriptions().userAddress(session.hub(), user)));
        }
        for (String group : initial) {
            all.add(join(group));
        }
        return Future.all(all).mapEmpty();
    }

    /** Joins a group; a repetition changes nothing. Completes when everything published to it from then on arrives. */
    Future<@Nullable Refusal> join(String group) {
        if (!groups.containsKey(group)) {
            int limit = shard.limits().groupsPerConnection();
            if (groups.size() >= limit) {
                shard.metrics().limitReached(Metrics.Limit.GROUPS_PER_CONNECTION);
                return Future.succeededFuture(new Refusal(
                        ErrorCode.CONFLICT, "the connection is in " + limit + " groups, which is the limit"));
            }
            groups.put(group, shard.enter(session.hub(), group, this));
        }
        Membership<Connection> membership = groups.get(group);
        return shard.interests()
                .active(shard.subscriptions().groupAddress(session.hub(), group))
                .<@Nullable Refusal>map(v -> null)
                .onFailure(failure -> {
                    if (groups.get(group) == membership) {
                        leave(group);
                    }
                });
    }

    void leave(String group) {
        Membership<Connection> membership = groups.remove(group);
        if (membership != null) {
            shard.exit(membership);
        }
    }

    void leaveAllGroups() {
        groups.values().forEach(shard::exit);
        groups.clear();
    }

    private void leaveEverything() {
        leaveAllGroups();
        if (ofUser != null) {
            shard.users().remove(ofUser);
            shard.interests()
                    .drop(shard.subscriptions()
                            .userAddress(session.hub(), ofUser.members().name()));
            ofUser = null;
        }
        if (inHub != null) {
            if (shard.hubs().remove(inHub)) {
                shard.interests().drop(shard.subscriptions().hubAddress(session.hub()));
            }
            inHub = null;
        }
    }

    // ---- what the client hears

    /** A run of messages for this connection and others. */
    void deliver(Broadcast broadcast) {
        if (claimant != null) {
            for (Delivery delivery : broadcast.run()) {
                delivery.hold();
                claimant.forward(session.connectionId(), delivery);
            }
        } else if (arrival != null && !arrival.isOver()) {
            for (Delivery delivery : broadcast.run()) {
                deliverToArrival(arrival, delivery);
            }
        } else if (!ended) {
            offer(broadcast);
        }
    }

    /** A message for this connection alone, wherever it is by now. */
    void deliverOwn(Delivery own) {
        if (claimant != null) {
            claimant.forward(session.connectionId(), own);
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
        invocations.cancelAll();
        claimant = to;
        outbox.detached();
        outbox.close(ErrorCode.CLOSED);
        return new SessionState(
                session.identity(),
                session.permissions(),
                session.ackIds(),
                Objects.requireNonNull(session.unacknowledged(), "only reliable sessions move"),
                session.events(),
                List.copyOf(groups.keySet()),
                endsAtMillis,
                arrival == null ? heard : arrival.and(heard));
    }

    /** The claimant hears of everything itself: this object is no longer needed. */
    void released() {
        if (claimant != null && claimant.isRemote() && !ended) {
            shard.left(this);
        }
        ended = true;
        leaveEverything();
        shard.forget(this);
    }

    /** This session comes from another shard, where these publications have been dealt with. */
    void arriving(Map<Long, Long> heard) {
        begun = true;
        arrival = new Arrival(heard);
    }

    /** The former shard forwards a publication. */
    void forwarded(Delivery delivery) {
        if (claimant != null) {
            delivery.hold();
            claimant.forward(session.connectionId(), delivery);
        } else if (present() && (arrival == null || arrival.isNew(delivery))) {
            shard.offer(this, delivery);
        }
    }

    /** The former shard has forwarded its last. */
    void arrived() {
        if (arrival != null) {
            for (Delivery delivery : arrival.takeKept()) {
                if (!ended && arrival.isNew(delivery)) {
                    shard.offer(this, delivery);
                }
                delivery.release();
            }
            arrival.end(shard.now());
        }
    }

    /** Completes on the shard's thread when all of the session is here, so that it can be given away. */
    Future<Void> settled() {
        return arrival == null ? Future.succeededFuture() : arrival.over();
    }

    private void deliverToArrival(Arrival waiting, Delivery delivery) {
        delivery.hold();
        waiting.keep(delivery);
        if (waiting.keptBytes() > shard.limits().unacknowledgedBytesPerSession()) {
            overflowed();
        }
    }

    /** More came for the session than may be kept. */
    void overflowed() {
        shard.metrics().limitReached(Metrics.Limit.UNACKNOWLEDGED);
        end(CloseReason.UNACKNOWLEDGED_OVERFLOW, CloseReason.UNACKNOWLEDGED_OVERFLOW.text());
    }
}
