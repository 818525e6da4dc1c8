package dev.fanfare.shard;

import dev.fanfare.auth.AuthenticationException;
import dev.fanfare.auth.Principal;
import dev.fanfare.broker.Operation;
import dev.fanfare.broker.Selector;
import dev.fanfare.config.Config;
import dev.fanfare.core.CloseReason;
import dev.fanfare.core.ErrorCode;
import dev.fanfare.core.RevocationKind;
import dev.fanfare.core.alert.AlertCause;
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
import dev.fanfare.core.session.TokenGrant;
import dev.fanfare.delivery.Outbox;
import dev.fanfare.event.EventContext;
import dev.fanfare.event.EventException;
import dev.fanfare.event.RaisedEvent;
import dev.fanfare.event.UserEvent;
import dev.fanfare.limit.ConnectionLimits;
import dev.fanfare.limit.OverLimitException;
import dev.fanfare.ops.Metrics;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Executes the frames of one client in order: what each does, and how it is refused. {@link FrameFlow} decides when,
 * {@link FrameAnswers} sends what the client gets. Confined to the shard's thread. See {@code src/docs/decisions/0022} (answers
 * follow sessions) and {@code 0032} (frames that were read take effect before the end).
 */
final class FrameProcessor implements FrameFlow.FrameExecutor {

    private static final Logger log = LoggerFactory.getLogger(FrameProcessor.class);
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

        /** What it shares with other connections. */
        ConnectionLimits limits();

        /** What the client was admitted with. */
        TokenGrant grant();

        /**
         * The client has another token.
         *
         * @param endsAtMillis when the token expires, in epoch milliseconds
         * @param grant what the client is admitted with from now on
         */
        void renewed(long endsAtMillis, TokenGrant grant);

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
    private final FrameFlow flow;
    private final FrameAnswers answers;
    private final UnansweredEvents unanswered;

    /** The frame whose token is being verified. */
    private ClientFrame.@Nullable RefreshToken verifying;

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
        this.flow = new FrameFlow(context, connection, this);
        this.answers = new FrameAnswers(context, connection, flow);
        this.unanswered = new UnansweredEvents(context, publisher, session, new FormerOwner());
    }

    /** When frames take effect. */
    FrameFlow flow() {
        return flow;
    }

    /** A new socket was attached. Nothing is read from it before {@link #ready}. */
    void begin(Link link) {
        socketLost();
        flow.begin(link);
    }

    /** The client has been sent {@code connected}. Frames read from an earlier socket come first. */
    void ready(Link link) {
        flow.ready(link);
        answers.sendUnsent();
        flow.proceed();
    }

    /** The socket is gone: cancels its invocations. Other frames that were read still take effect. */
    void socketLost() {
        invocations.cancelAll();
        flow.drop(frame -> frame.answeredInvocation() != null);
        flow.socketLost();
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
        for (ClientFrame frame = flow.poll(); frame != null; frame = flow.poll()) {
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
        return new SessionState.OwedAnswers(unanswered.handOver(), answers.takeUnsent());
    }

    /** The session comes from another shard: new frames wait for the answers to its events in flight. */
    void adopt(SessionState.OwedAnswers owed) {
        answers.adopt(owed.unsent());
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
                flow.hold(FrameFlow.Wait.FORMER_OWNER);
            } else {
                flow.release(FrameFlow.Wait.FORMER_OWNER);
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
        flow.drop(frame -> true);
        invocations.cancelAll();
    }

    /** The socket is writable again. */
    void writable() {
        flow.release(FrameFlow.Wait.UNWRITABLE);
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
        flow.received(frame, payload.length);
    }

    private void count(ProtocolViolation violation) {
        if (violation.isOfName()) {
            context.metrics().limitReached(Metrics.Limit.NAMES);
        }
    }

    private ClientFrame decode(boolean text, byte[] payload) throws ProtocolViolation {
        if (rawPublisher == null) {
            return session.codec().decode(text, payload);
        }
        Payload content = new Payload(text ? DataType.TEXT : DataType.BINARY, payload);
        return new ClientFrame.SendToGroup(rawPublisher.group(), content, rawPublisher.noEcho(), 0, Map.of(), null);
    }

    @Override
    public void execute(ClientFrame frame) {
        handle(frame, execution);
    }

    private void handle(ClientFrame frame, ClientFrameHandler handler) {
        if (mustNotSend(frame)) {
            forbidSending(frame);
            return;
        }
        FrameRefusal frameRefusal = session.check(frame);
        if (frameRefusal == null && frame instanceof ClientFrame.SendToGroup) {
            frameRefusal = publisherProblem();
        }
        if (frameRefusal != null) {
            refuse(frame, frameRefusal);
        } else {
            frame.accept(handler);
        }
    }

    /** Whether the client is a consumer that may listen only, and the frame carries a message. */
    private boolean mustNotSend(ClientFrame frame) {
        if (remote != null
                || !(frame instanceof ClientFrame.SendToGroup
                        || frame instanceof ClientFrame.Event
                        || frame instanceof ClientFrame.Invoke)) {
            return false;
        }
        Config.ConsumerSettings consumers = context.hub(session.hub()).consumers();
        return consumers.enabled() && !consumers.mayPublish();
    }

    private void forbidSending(ClientFrame frame) {
        if (!connection.present()) {
            return; // behind the first one
        }
        ConnectionTable.described(log.atWarn(), session)
                .addKeyValue("clientId", session.userId())
                .addKeyValue("remote", connection.remoteAddress().getHostAddress())
                .log("a consumer that may not send has sent a message");
        context.alerts()
                .raise(
                        AlertCause.MESSAGE_FORBIDDEN,
                        "hub " + session.hub() + ", client id " + session.userId() + ", address "
                                + connection.remoteAddress().getHostAddress());
        if (session.subprotocol() != Subprotocol.RAW) {
            refuse(frame, new FrameRefusal(ErrorCode.FORBIDDEN, CloseReason.CONSUMER_SENT.text()));
        }
        dropAll(); // frames behind it came after the end
        connection.end(CloseReason.CONSUMER_SENT, CloseReason.CONSUMER_SENT.text());
    }

    private @Nullable FrameRefusal publisherProblem() {
        return remote != null
                        || context.hub(session.hub())
                                .mayPublish(connection.grant().address())
                ? null
                : new FrameRefusal(ErrorCode.FORBIDDEN, "messages to this hub are not allowed from your address");
    }

    /** The effect of a frame while the session is open. */
    private final class Execution implements ClientFrameHandler {

        @Override
        public void on(ClientFrame.JoinGroup join) {
            join(join);
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

    private void join(ClientFrame.JoinGroup join) {
        OverLimitException overLimit = connection.limits().join(context.monotonicNanos());
        if (overLimit == null) {
            hold(connection.memberships().join(join.group()), () -> acknowledge(session.succeeded(join.ackId())), join);
        } else {
            context.metrics().limitReached(overLimit.limit());
            refuse(join, new FrameRefusal(ErrorCode.TOO_MANY_REQUESTS, message(overLimit)));
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
        if (!publisher.writable() && flow.hold(FrameFlow.Wait.IN_FLIGHT)) {
            context.metrics().limitReached(Metrics.Limit.IN_FLIGHT_BYTES);
            publisher.whenWritable(() -> flow.release(FrameFlow.Wait.IN_FLIGHT));
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
            flow.hold(FrameFlow.Wait.INVOCATIONS);
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
        flow.drop(frame -> invocationId.equals(frame.answeredInvocation()));
        resumeInvocations();
        flow.resumeReading();
    }

    private void resumeInvocations() {
        if (!invocations.full()) {
            flow.release(FrameFlow.Wait.INVOCATIONS);
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
        if (context.hub(session.hub()).consumers().enabled()) {
            return new FrameRefusal(ErrorCode.FORBIDDEN, "a registered client connects anew with a new token");
        }
        if (!Objects.equals(principal.userId(), session.userId())) {
            return new FrameRefusal(ErrorCode.FORBIDDEN, "the new token is for another user");
        }
        RevocationKind revoked = context.revocations().find(session.hub(), session.userId(), grant(principal));
        if (revoked != null) {
            context.metrics().revoked(revoked);
            return new FrameRefusal(ErrorCode.UNAUTHORIZED, revoked.text());
        }
        return null;
    }

    private static ErrorCode code(AuthenticationException.Reason reason) {
        return switch (reason) {
            case OVERLOADED -> ErrorCode.UNAVAILABLE;
            case THROTTLED -> ErrorCode.TOO_MANY_REQUESTS;
            default -> ErrorCode.UNAUTHORIZED;
        };
    }

    private TokenGrant grant(Principal principal) {
        return principal.grant(connection.grant().address());
    }

    private void renew(Principal principal, ClientFrame.RefreshToken frame) {
        connection.renewed(principal.endsAtMillis(), grant(principal));
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
        flow.hold(FrameFlow.Wait.WORK);
        work.onComplete(result -> {
            if (connection.present()) {
                finish(work, done, frame);
                flow.release(FrameFlow.Wait.WORK);
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

    /** Sends a frame if there is a socket. */
    void reply(@Nullable Encoded frame) {
        answers.send(frame);
    }

    private void acknowledge(@Nullable Encoded ack) {
        answers.acknowledge(ack);
    }
}
