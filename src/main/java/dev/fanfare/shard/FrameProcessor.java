package dev.fanfare.shard;

import dev.fanfare.auth.AuthenticationException;
import dev.fanfare.auth.Principal;
import dev.fanfare.broker.Operation;
import dev.fanfare.broker.Selector;
import dev.fanfare.core.CloseReason;
import dev.fanfare.core.ErrorCode;
import dev.fanfare.core.protocol.ClientFrame;
import dev.fanfare.core.protocol.ClientFrameHandler;
import dev.fanfare.core.protocol.Codec;
import dev.fanfare.core.protocol.DataType;
import dev.fanfare.core.protocol.Encoded;
import dev.fanfare.core.protocol.FrameRefusal;
import dev.fanfare.core.protocol.Message;
import dev.fanfare.core.protocol.Payload;
import dev.fanfare.core.protocol.ProtocolViolation;
import dev.fanfare.core.protocol.Subprotocol;
import dev.fanfare.core.session.Session;
import dev.fanfare.core.session.SessionState;
import dev.fanfare.delivery.Outbox;
import dev.fanfare.event.EventContext;
import dev.fanfare.event.EventException;
import dev.fanfare.event.RaisedEvent;
import dev.fanfare.event.UserEvent;
import dev.fanfare.ops.Metrics;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Executes the frames of one client in order. While a frame is pending, later ones queue in a {@link Backlog}; when it is
 * full, the socket is no longer read and TCP exerts backpressure. Sequence acks, pings and cancellations bypass the queue,
 * since order makes no difference to them. Confined to the shard's thread. See {@code src/docs/decisions/0021} (reading
 * ahead), {@code 0022} (answers follow sessions) and {@code 0032} (frames that were read take effect before the end).
 */
final class FrameProcessor {

    /** Why frames stay in the backlog. */
    private enum Wait {
        WORK,
        FORMER_OWNER,
        IN_FLIGHT,
        INVOCATIONS,
        UNWRITABLE
    }

    private static final FrameRefusal MOVED =
            new FrameRefusal(ErrorCode.UNAVAILABLE, "the session moved before the token was verified; try again");

    /** The connection whose frames these are. */
    interface Owner {

        Session session();

        Memberships memberships();

        Outbox outbox();

        /** Its socket; null if there is none. */
        @Nullable
        Link link();

        /** Whether it has neither ended nor been handed over. */
        boolean present();

        /** Whether its session has been handed over to another context. */
        boolean handedOver();

        /** The address of the client; loopback without a socket. */
        InetAddress remoteAddress();

        /** The context of the next event. */
        EventContext eventContext();

        /** @param millis when the token expires, in epoch milliseconds */
        void endsAt(long millis);

        /** Delivers a message to this connection. */
        void deliverOwn(Message message);

        void end(CloseReason reason, String text);
    }

    private final ShardContext context;
    private final Publisher publisher;
    private final Owner connection;
    private final Session session;
    private final InboundOpening.@Nullable RawPublisher rawPublisher;
    private final @Nullable Remote remote;
    private final Execution execution = new Execution();
    private final Invocations invocations = new Invocations();
    private final EnumSet<Wait> waits = EnumSet.noneOf(Wait.class);
    private final Backlog backlog;

    private final UnansweredEvents unanswered;

    /** The frame whose token is being verified. */
    private ClientFrame.@Nullable RefreshToken verifying;

    /** Acks that found no socket. */
    private final List<Encoded> unsent = new ArrayList<>(0);

    FrameProcessor(
            ShardContext context,
            Publisher publisher,
            Owner connection,
            InboundOpening.@Nullable RawPublisher rawPublisher,
            @Nullable Remote remote) {
        this.context = context;
        this.publisher = publisher;
        this.connection = connection;
        this.session = connection.session();
        this.rawPublisher = rawPublisher;
        this.remote = remote;
        this.backlog = new Backlog(context.inboundMemory());
        this.unanswered = new UnansweredEvents(context, publisher, session, new FormerOwner());
    }

    /** A new socket was attached. Nothing is read from it before {@link #ready}. */
    void begin(Link link) {
        socketLost();
        link.pause(Link.Pause.BEGINNING);
    }

    /** The client has been sent {@code connected}. Frames read from an earlier socket come first. */
    void ready(Link link) {
        pauseIfFull();
        link.resume(Link.Pause.BEGINNING);
        unsent.forEach(this::reply);
        unsent.clear();
        proceed();
    }

    /** The socket is gone: cancels its invocations. Other frames that were read still take effect. */
    void socketLost() {
        invocations.cancelAll();
        backlog.removeIf(frame -> frame.answeredInvocation() != null);
        waits.remove(Wait.INVOCATIONS);
        waits.remove(Wait.UNWRITABLE);
        if (connection.link() == null) {
            proceed();
        }
    }

    /**
     * The session ends: executes the frames that were read, in order and without waiting for answers. Joins and invocations
     * are dropped.
     */
    void end() {
        assert context.onThread();
        socketLost();
        drainBacklog(new FinalExecution());
    }

    private void drainBacklog(ClientFrameHandler handler) {
        for (ClientFrame frame = backlog.poll(); frame != null; frame = backlog.poll()) {
            handle(frame, handler);
        }
    }

    /**
     * The session is handed over: frames that were read take effect here, and answers of event handlers will be forwarded to
     * the new owner. Acks without a socket move with the session.
     *
     * @return with the events whose answers will be forwarded
     */
    SessionState.OwedAnswers handOver() {
        assert context.onThread();
        invocations.cancelAll();
        if (verifying != null) {
            refuse(verifying, MOVED);
        }
        drainBacklog(new HandOverExecution());
        SessionState.OwedAnswers owed = new SessionState.OwedAnswers(unanswered.handOver(), List.copyOf(unsent));
        unsent.clear();
        return owed;
    }

    /** The session comes from another shard: new frames wait for the answers to its events in flight. */
    void adopt(SessionState.OwedAnswers owed) {
        unsent.addAll(owed.unsent());
        unanswered.adopt(owed.pending());
    }

    /** Receives the answers to events that former owners raised. */
    private final class FormerOwner implements UnansweredEvents.Former {

        @Override
        public void answered(@Nullable Long ackId, @Nullable Message message) {
            answer(ackId, message);
        }

        @Override
        public void failed(@Nullable Long ackId, FrameRefusal why) {
            context.metrics().requestRefused(why.code());
            acknowledge(session.failed(ackId, why));
        }

        @Override
        public void unanswered(boolean some) {
            if (some) {
                waits.add(Wait.FORMER_OWNER);
            } else {
                endWait(Wait.FORMER_OWNER);
            }
        }

        @Override
        public boolean present() {
            return connection.present();
        }
    }

    /** A former owner forwards the answer to an event. */
    void eventDone(Operation.EventDone done) {
        unanswered.forwarded(done);
    }

    /** Drops all frames that have not taken effect. */
    void dropAll() {
        backlog.removeIf(frame -> true);
        invocations.cancelAll();
    }

    /** The socket is writable again. */
    void writable() {
        endWait(Wait.UNWRITABLE);
    }

    /** A complete message was read. */
    void received(boolean text, byte[] payload) {
        assert context.onThread();
        context.metrics().received(1, payload.length);
        if (remote != null) {
            remote.messageReceived(context.monotonicMillis());
        }
        ClientFrame frame;
        try {
            frame = decode(text, payload);
        } catch (ProtocolViolation violation) {
            count(violation);
            connection.end(CloseReason.INVALID_PAYLOAD, String.valueOf(violation.getMessage()));
            return;
        }
        if (frame instanceof ClientFrame.NotAllowed not) {
            count(not.violation());
        }
        if ((waits.isEmpty() && backlog.isEmpty()) || isUrgent(frame)) {
            execute(frame);
        } else {
            backlog.add(frame, payload.length);
            pauseIfFull();
        }
    }

    private void count(ProtocolViolation violation) {
        if (violation.isOfName()) {
            context.metrics().limitReached(Metrics.Limit.NAMES);
        }
    }

    /** A ping is not urgent while the client does not read, since it is answered. */
    private boolean isUrgent(ClientFrame frame) {
        return frame instanceof ClientFrame.SequenceAck
                || frame instanceof ClientFrame.CancelInvocation
                || (frame instanceof ClientFrame.Ping && !waits.contains(Wait.UNWRITABLE));
    }

    /** Bytes of frames that have not taken effect. */
    long backlogBytes() {
        return backlog.bytes();
    }

    private void pauseIfFull() {
        Link current = connection.link();
        if (current != null && backlog.full()) {
            current.pause(Link.Pause.BACKLOG);
        }
    }

    private ClientFrame decode(boolean text, byte[] payload) throws ProtocolViolation {
        if (rawPublisher == null) {
            return session.codec().decode(text, payload);
        }
        Payload content = new Payload(text ? DataType.TEXT : DataType.BINARY, payload);
        return new ClientFrame.SendToGroup(rawPublisher.group(), content, rawPublisher.noEcho(), 0, Map.of(), null);
    }

    private void execute(ClientFrame frame) {
        handle(frame, execution);
    }

    private void handle(ClientFrame frame, ClientFrameHandler handler) {
        FrameRefusal frameRefusal = session.check(frame);
        if (frameRefusal != null) {
            refuse(frame, frameRefusal);
        } else {
            frame.accept(handler);
        }
    }

    /** The effect of a frame while the session is open. */
    private final class Execution implements ClientFrameHandler {

        @Override
        public void on(ClientFrame.JoinGroup join) {
            hold(connection.memberships().join(join.group()), () -> acknowledge(session.succeeded(join.ackId())), join);
        }

        @Override
        public void on(ClientFrame.LeaveGroup leave) {
            leave(leave);
        }

        @Override
        public void on(ClientFrame.SendToGroup send) {
            publish(send);
        }

        @Override
        public void on(ClientFrame.Event event) {
            relayOrRaise(event);
        }

        @Override
        public void on(ClientFrame.Invoke invoke) {
            invoke(invoke);
        }

        @Override
        public void on(ClientFrame.NotAllowed notAllowed) {
            // refused by its check
        }

        @Override
        public void on(ClientFrame.CancelInvocation cancel) {
            cancel(cancel.invocationId());
        }

        @Override
        public void on(ClientFrame.Ping ping) {
            reply(session.codec().pong());
        }

        @Override
        public void on(ClientFrame.SequenceAck ack) {
            connection.outbox().acknowledged(ack.sequenceId());
        }

        @Override
        public void on(ClientFrame.RefreshToken refresh) {
            refresh(refresh);
        }
    }

    /** The effect of a frame behind the end of its session, without holding back those behind it: only publications and events. */
    private class FinalExecution implements ClientFrameHandler {

        @Override
        public void on(ClientFrame.JoinGroup join) {}

        @Override
        public void on(ClientFrame.LeaveGroup leave) {}

        @Override
        public void on(ClientFrame.SendToGroup send) {
            publish(send);
        }

        @Override
        public void on(ClientFrame.Event event) {
            if (!unanswered.has(event.ackId())) {
                relayOrRaise(event);
            }
        }

        @Override
        public void on(ClientFrame.Invoke invoke) {}

        @Override
        public void on(ClientFrame.NotAllowed notAllowed) {}

        @Override
        public void on(ClientFrame.CancelInvocation cancel) {}

        @Override
        public void on(ClientFrame.Ping ping) {}

        @Override
        public void on(ClientFrame.SequenceAck ack) {}

        @Override
        public void on(ClientFrame.RefreshToken refresh) {}
    }

    /** The effect of a frame that was read before its session is handed over. */
    private final class HandOverExecution extends FinalExecution {

        @Override
        public void on(ClientFrame.JoinGroup join) {
            connection.memberships().join(join.group()); // no ack: the client may repeat it to the new owner
        }

        @Override
        public void on(ClientFrame.LeaveGroup leave) {
            leave(leave);
        }

        @Override
        public void on(ClientFrame.RefreshToken refresh) {
            refuse(refresh, MOVED);
        }
    }

    private void leave(ClientFrame.LeaveGroup leave) {
        connection.memberships().leave(leave.group());
        acknowledge(session.succeeded(leave.ackId()));
    }

    private void publish(ClientFrame.SendToGroup send) {
        Selector target = Selector.group(session.hub(), send.group());
        long expiry = send.ttlSeconds() == 0 ? Message.NEVER : context.wallMillis() + send.ttlSeconds() * 1000L;
        Message message = Message.toGroup(send.group(), session.userId(), send.payload(), send.metadata(), expiry);
        publisher.publish(send.noEcho() ? target.without(Set.of(session.connectionId())) : target, message);
        acknowledge(session.succeeded(send.ackId()));
        waitIfInFlight();
    }

    private void relayOrRaise(ClientFrame.Event event) {
        if (remote == null || remote.relay().isEmpty()) {
            raise(event);
        } else {
            relay(event.payload(), remote.relay());
        }
    }

    /** Publishes a message of the remote, excluding the remote itself. */
    private void relay(Payload payload, List<String> to) {
        Set<String> itself = Set.of(session.connectionId());
        for (String group : to) {
            Message message = Message.toGroup(group, session.userId(), payload, Map.of(), Message.NEVER);
            publisher.publish(Selector.group(session.hub(), group).without(itself), message);
        }
        waitIfInFlight();
    }

    private void waitIfInFlight() {
        if (!publisher.writable() && waits.add(Wait.IN_FLIGHT)) {
            context.metrics().limitReached(Metrics.Limit.IN_FLIGHT_BYTES);
            publisher.whenWritable(() -> endWait(Wait.IN_FLIGHT));
        }
    }

    private void raise(ClientFrame.Event event) {
        EventContext eventContext = connection.eventContext();
        Future<@Nullable Message> raised = here(context.events()
                .raise(new UserEvent(eventContext, event.event(), event.payload(), event.metadata()))
                .answer());
        unanswered.raised(eventContext.id(), event.ackId());
        Future<@Nullable FrameRefusal> handled = raised.transform(result ->
                Future.<@Nullable FrameRefusal>succeededFuture(result.succeeded() ? null : refusal(result.cause())));
        hold(handled, () -> answer(event.ackId(), raised.result()), event);
        raised.onComplete(result -> {
            unanswered.answered(eventContext.id());
            if (connection.handedOver()) {
                FrameRefusal why = result.succeeded() ? null : refusal(result.cause());
                unanswered.forward(eventContext.id(), result.result(), why);
            }
        });
    }

    /** Does not hold back later frames, one of which may cancel the invocation. */
    private void invoke(ClientFrame.Invoke invoke) {
        String id = invoke.invocationId();
        if (invocations.has(id)) {
            refuse(
                    invoke,
                    new FrameRefusal(ErrorCode.CONFLICT, "an invocation with this id waits for its answer already"));
            return;
        }
        RaisedEvent raisedEvent = context.events()
                .raise(new UserEvent(connection.eventContext(), invoke.event(), invoke.payload(), Map.of()));
        invocations.add(id, raisedEvent, invoke.payload().bytes().length);
        if (invocations.full()) {
            waits.add(Wait.INVOCATIONS);
        }
        here(raisedEvent.answer()).onComplete(result -> {
            if (invocations.answered(id, raisedEvent)) {
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

    /** Cancels an invocation in flight, or removes it from the backlog. */
    private void cancel(String invocationId) {
        invocations.cancel(invocationId);
        backlog.removeIf(frame -> invocationId.equals(frame.answeredInvocation()));
        resumeInvocations();
        resumeReading();
    }

    private void resumeInvocations() {
        if (!invocations.full()) {
            endWait(Wait.INVOCATIONS);
        }
    }

    private void answer(@Nullable Long ackId, @Nullable Message message) {
        assert context.onThread();
        if (message != null) {
            connection.deliverOwn(message);
        }
        acknowledge(session.succeeded(ackId));
    }

    private void refresh(ClientFrame.RefreshToken frame) {
        Future<Principal> verified = here(
                context.authenticator().authenticateClient(frame.token(), session.hub(), connection.remoteAddress()));
        Future<@Nullable FrameRefusal> checked = verified.transform(
                result -> Future.<@Nullable FrameRefusal>succeededFuture(refusal(result.result(), result.cause())));
        verifying = frame;
        checked.onComplete(result -> verifying = null);
        hold(checked, () -> renew(verified.result(), frame), frame);
    }

    private @Nullable FrameRefusal refusal(@Nullable Principal principal, @Nullable Throwable failure) {
        if (principal == null) {
            return failure instanceof AuthenticationException refused
                    ? new FrameRefusal(code(refused.reason()), message(refused))
                    : new FrameRefusal(ErrorCode.INTERNAL, "the token could not be checked; try again");
        }
        return Objects.equals(principal.userId(), session.userId())
                ? null
                : new FrameRefusal(ErrorCode.FORBIDDEN, "the new token is for another user");
    }

    private static ErrorCode code(AuthenticationException.Reason reason) {
        return switch (reason) {
            case OVERLOADED -> ErrorCode.UNAVAILABLE;
            case THROTTLED -> ErrorCode.TOO_MANY_REQUESTS;
            default -> ErrorCode.UNAUTHORIZED;
        };
    }

    private void renew(Principal principal, ClientFrame.RefreshToken frame) {
        connection.endsAt(principal.endsAtMillis());
        session.permissions().replaceRoles(principal.roles());
        acknowledge(session.succeeded(frame.ackId()));
    }

    /** Completes on the shard's thread with the result of asynchronous work. */
    private <T extends @Nullable Object> Future<T> here(Future<T> work) {
        if (work.isComplete()) {
            return work;
        }
        Promise<T> promise = Promise.promise();
        work.onComplete(context.here(result -> promise.complete(result.result(), result.cause())));
        return promise.future();
    }

    private void refuse(ClientFrame frame, FrameRefusal frameRefusal) {
        context.metrics().requestRefused(frameRefusal.code());
        if (remote != null) {
            return; // a remote expects no replies
        }
        String invocationId = frame.answeredInvocation();
        if (invocationId != null) {
            Codec.AckError error = new Codec.AckError(frameRefusal.code().inBandName(), frameRefusal.message());
            reply(session.codec().invokeResponse(invocationId, null, error));
        } else if (session.subprotocol() != Subprotocol.RAW) {
            acknowledge(session.failed(frame.ackId(), frameRefusal));
        } else {
            dropAll(); // frames behind it came after the end
            connection.end(
                    frame instanceof ClientFrame.Event ? CloseReason.EVENT_FAILED : CloseReason.FORBIDDEN,
                    frameRefusal.message());
        }
    }

    private static FrameRefusal refusal(Throwable cause) {
        return cause instanceof EventException failure
                ? new FrameRefusal(failure.code(), message(failure))
                : new FrameRefusal(ErrorCode.INTERNAL, CloseReason.INTERNAL_ERROR.text());
    }

    private static String message(Throwable cause) {
        return String.valueOf(cause.getMessage());
    }

    /** Holds back later frames until the work of this one is done. */
    private void hold(Future<@Nullable FrameRefusal> work, Runnable done, ClientFrame frame) {
        if (work.isComplete()) {
            finish(work, done, frame);
            return;
        }
        waits.add(Wait.WORK);
        work.onComplete(result -> {
            if (connection.present()) {
                finish(work, done, frame);
                endWait(Wait.WORK);
            }
        });
    }

    private void finish(Future<@Nullable FrameRefusal> work, Runnable done, ClientFrame frame) {
        assert context.onThread();
        FrameRefusal frameRefusal = work.succeeded()
                ? work.result()
                : new FrameRefusal(ErrorCode.INTERNAL, "the group could not be registered; try again");
        if (frameRefusal == null) {
            done.run();
        } else {
            refuse(frame, frameRefusal);
        }
    }

    private void endWait(Wait reason) {
        if (waits.remove(reason)) {
            proceed();
        }
    }

    /** Executes queued frames as far as possible, then reads on. */
    private void proceed() {
        assert context.onThread();
        while (waits.isEmpty() && !backlog.isEmpty() && connection.present() && !paused(Link.Pause.BEGINNING)) {
            ClientFrame next = backlog.poll();
            if (next != null) {
                execute(next);
            }
        }
        resumeReading();
    }

    /** Whether reading is paused by the node, so that silence says nothing about the client. */
    boolean pausedByNode() {
        Link current = connection.link();
        return current != null && current.paused() && !waits.contains(Wait.UNWRITABLE);
    }

    /** Whether reading is paused for a reason beyond the client's control. */
    boolean delaysClient() {
        return paused(Link.Pause.BEGINNING) || (paused(Link.Pause.BACKLOG) && !waits.contains(Wait.UNWRITABLE));
    }

    private boolean paused(Link.Pause reason) {
        Link current = connection.link();
        return current != null && current.paused(reason);
    }

    private void resumeReading() {
        Link current = connection.link();
        if (current != null && !backlog.full()) {
            current.resume(Link.Pause.BACKLOG);
        }
    }

    /** Sends an ack, or keeps it for the next socket of a reliable session. Bounded: without a socket no frames arrive. */
    private void acknowledge(@Nullable Encoded ack) {
        if (ack != null && connection.link() == null && session.unacknowledged() != null) {
            unsent.add(ack);
        } else {
            reply(ack);
        }
    }

    /** Sends a frame if there is a socket; holds back further frames while the client does not read. */
    void reply(@Nullable Encoded frame) {
        assert context.onThread();
        Link current = connection.link();
        if (frame == null || current == null) {
            return;
        }
        current.socket().send(frame);
        if (!current.socket().writable()) {
            waits.add(Wait.UNWRITABLE);
        }
    }
}
