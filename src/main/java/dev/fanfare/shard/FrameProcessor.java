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
import dev.fanfare.core.session.UnansweredEvent;
import dev.fanfare.event.EventContext;
import dev.fanfare.event.EventException;
import dev.fanfare.event.RaisedEvent;
import dev.fanfare.event.UserEvent;
import dev.fanfare.ops.Metrics;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
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

    private static final int FORWARD_ATTEMPTS = 10;
    private static final FrameRefusal MOVED =
            new FrameRefusal(ErrorCode.UNAVAILABLE, "the session moved before the token was verified; try again");

    private final Shard shard;
    private final Connection connection;
    private final Session session;
    private final @Nullable RawPublisher publisher;
    private final @Nullable Remote remote;
    private final Execution execution = new Execution();
    private final Invocations invocations = new Invocations();
    private final EnumSet<Wait> waits = EnumSet.noneOf(Wait.class);
    private final Backlog backlog;

    /** Events in flight to handlers, by id. */
    private final Map<Integer, UnansweredEvent> pending = new LinkedHashMap<>(2);

    /** Events in flight that former owners of the session raised, by id; the former owners forward the answers. */
    private final Map<Integer, UnansweredEvent> pendingElsewhere = new LinkedHashMap<>(0);

    /** Completes when all answers have been forwarded to the new owner; null before a handover with pending events. */
    private @Nullable Promise<Void> allForwarded;

    /** The latest forwarded answer, behind which the next one is chained; whether it reached the session. */
    private Future<Boolean> lastForwarded = Future.succeededFuture(true);

    /** The frame whose token is being verified. */
    private ClientFrame.@Nullable RefreshToken verifying;

    /** Acks that found no socket. */
    private final List<Encoded> unsent = new ArrayList<>(0);

    FrameProcessor(Shard shard, Connection connection, @Nullable RawPublisher publisher, @Nullable Remote remote) {
        this.shard = shard;
        this.connection = connection;
        this.session = connection.session();
        this.publisher = publisher;
        this.remote = remote;
        this.backlog = new Backlog(shard.inboundMemory());
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
        assert shard.onThread();
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
     * @return the events whose answers will be forwarded
     */
    List<UnansweredEvent> handOver() {
        assert shard.onThread();
        invocations.cancelAll();
        if (verifying != null) {
            refuse(verifying, MOVED);
        }
        drainBacklog(new HandOverExecution());
        if (!pending.isEmpty()) {
            allForwarded = Promise.promise();
            shard.events().await(allForwarded.future());
        }
        List<UnansweredEvent> all = new ArrayList<>(pendingElsewhere.values());
        all.addAll(pending.values());
        return all;
    }

    /** Whether this is the ackId of an event in flight, which the client repeats. */
    private boolean isPending(@Nullable Long ackId) {
        return ackId != null && (hasAckId(pending, ackId) || hasAckId(pendingElsewhere, ackId));
    }

    private static boolean hasAckId(Map<Integer, UnansweredEvent> events, Long ackId) {
        return events.values().stream().anyMatch(event -> ackId.equals(event.ackId()));
    }

    /** Removes and returns the acks that move with the session. */
    List<Encoded> takeUnsent() {
        List<Encoded> taken = List.copyOf(unsent);
        unsent.clear();
        return taken;
    }

    /** The session comes from another shard: new frames wait for the answers to its events in flight. */
    void adopt(List<UnansweredEvent> events, List<Encoded> acks) {
        unsent.addAll(acks);
        events.forEach(event -> pendingElsewhere.put(event.id(), event));
        awaitFormerOwner();
    }

    private void awaitFormerOwner() {
        int left = pendingElsewhere.size();
        if (left == 0) {
            endWait(Wait.FORMER_OWNER);
            return;
        }
        waits.add(Wait.FORMER_OWNER);
        long timeoutMillis = shard.events().passingOnMillis(session.hub());
        shard.after(TimeUnit.MILLISECONDS.toNanos(timeoutMillis), () -> {
            if (pendingElsewhere.size() == left && connection.present()) {
                failFormerOwner();
            }
        });
    }

    /** The former owner is gone: fails its events. */
    private void failFormerOwner() {
        FrameRefusal unknown = new FrameRefusal(ErrorCode.TIMEOUT, "nobody knows what the event handler answered");
        for (UnansweredEvent event : List.copyOf(pendingElsewhere.values())) {
            shard.metrics().requestRefused(unknown.code());
            acknowledge(session.failed(event.ackId(), unknown));
        }
        pendingElsewhere.clear();
        awaitFormerOwner();
    }

    /** A former owner forwards the answer to an event. */
    void eventDone(Operation.EventDone done) {
        assert shard.onThread();
        UnansweredEvent event = pendingElsewhere.remove(done.event());
        if (event == null) {
            return;
        }
        session.events().connectionState(done.connectionState());
        if (done.error() == null) {
            answer(event.ackId(), done.message());
        } else {
            shard.metrics().requestRefused(done.error());
            acknowledge(session.failed(event.ackId(), new FrameRefusal(done.error(), done.reason())));
        }
        awaitFormerOwner();
    }

    /** Forwards an answer behind the previous one, so that the latest connection state wins. */
    private void forwardAnswer(int event, AsyncResult<@Nullable Message> result) {
        FrameRefusal frameRefusal = result.succeeded() ? null : refusal(result.cause());
        Operation.EventDone done = new Operation.EventDone(
                event,
                result.result(),
                frameRefusal == null ? null : frameRefusal.code(),
                frameRefusal == null ? "" : frameRefusal.message(),
                session.events().connectionState());
        Selector itself = Selector.connection(session.hub(), session.connectionId());
        // If the previous answer did not reach the session, one attempt is enough for this one.
        lastForwarded = lastForwarded.transform(before ->
                shard.sendToSession(itself, done, Boolean.FALSE.equals(before.result()) ? 1 : FORWARD_ATTEMPTS));
        Promise<Void> all = pending.isEmpty() ? allForwarded : null;
        if (all != null) {
            lastForwarded.onComplete(last -> all.tryComplete());
        }
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
        assert shard.onThread();
        shard.metrics().received(1, payload.length);
        if (remote != null) {
            remote.messageReceived(shard.monotonicMillis());
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
            shard.metrics().limitReached(Metrics.Limit.NAMES);
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
        if (publisher == null) {
            return session.codec().decode(text, payload);
        }
        Payload content = new Payload(text ? DataType.TEXT : DataType.BINARY, payload);
        return new ClientFrame.SendToGroup(publisher.group(), content, publisher.noEcho(), 0, Map.of(), null);
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
            if (!isPending(event.ackId())) {
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
        long expiry = send.ttlSeconds() == 0 ? Message.NEVER : shard.wallMillis() + send.ttlSeconds() * 1000L;
        Message message = Message.toGroup(send.group(), session.userId(), send.payload(), send.metadata(), expiry);
        shard.publish(send.noEcho() ? target.without(Set.of(session.connectionId())) : target, message);
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
            shard.publish(Selector.group(session.hub(), group).without(itself), message);
        }
        waitIfInFlight();
    }

    private void waitIfInFlight() {
        if (!shard.broker().writable() && waits.add(Wait.IN_FLIGHT)) {
            shard.metrics().limitReached(Metrics.Limit.IN_FLIGHT_BYTES);
            shard.whenWritable(() -> endWait(Wait.IN_FLIGHT));
        }
    }

    private void raise(ClientFrame.Event event) {
        EventContext context = connection.eventContext();
        Future<@Nullable Message> raised = here(shard.events()
                .raise(new UserEvent(context, event.event(), event.payload(), event.metadata()))
                .answer());
        pending.put(context.id(), new UnansweredEvent(context.id(), event.ackId()));
        Future<@Nullable FrameRefusal> handled = raised.transform(result ->
                Future.<@Nullable FrameRefusal>succeededFuture(result.succeeded() ? null : refusal(result.cause())));
        hold(handled, () -> answer(event.ackId(), raised.result()), event);
        raised.onComplete(result -> {
            pending.remove(context.id());
            if (connection.handedOver()) {
                forwardAnswer(context.id(), result);
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
        RaisedEvent raisedEvent = shard.events()
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
        assert shard.onThread();
        if (message != null) {
            shard.deliverOwn(connection, message);
        }
        acknowledge(session.succeeded(ackId));
    }

    private void refresh(ClientFrame.RefreshToken frame) {
        Future<Principal> verified = here(
                shard.authenticator().authenticateClient(frame.token(), session.hub(), connection.remoteAddress()));
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
        work.onComplete(shard.here(result -> promise.complete(result.result(), result.cause())));
        return promise.future();
    }

    private void refuse(ClientFrame frame, FrameRefusal frameRefusal) {
        shard.metrics().requestRefused(frameRefusal.code());
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
        assert shard.onThread();
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
        assert shard.onThread();
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
        assert shard.onThread();
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
