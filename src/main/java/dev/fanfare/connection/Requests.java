package dev.fanfare.connection;

import dev.fanfare.auth.AuthenticationException;
import dev.fanfare.auth.Principal;
import dev.fanfare.broker.Selector;
import dev.fanfare.core.CloseReason;
import dev.fanfare.core.ErrorCode;
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
import dev.fanfare.event.EventException;
import dev.fanfare.event.Raised;
import dev.fanfare.event.UserEvent;
import dev.fanfare.ops.Metrics;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What one client asks for, in the order in which it asks. Nothing is read while there is a reason to wait: then TCP tells
 * the client. Belongs to the shard's thread.
 */
final class Requests {

    /** Why nothing is read for the moment. */
    private enum Pause {
        BUSY,
        RATE,
        IN_FLIGHT,
        INVOCATIONS,
        UNWRITABLE
    }

    private final Shard shard;
    private final Connection connection;
    private final Session session;
    private final @Nullable RawPublisher publisher;
    private final @Nullable Remote remote;
    private final RateLimiter rate;
    private final RateLimiter byteRate;
    private final Invocations invocations = new Invocations();
    private final EnumSet<Pause> pauses = EnumSet.noneOf(Pause.class);
    private @Nullable Queue<ClientFrame> backlog;

    Requests(Shard shard, Connection connection, @Nullable RawPublisher publisher, @Nullable Remote remote) {
        this.shard = shard;
        this.connection = connection;
        this.session = connection.session();
        this.publisher = publisher;
        this.remote = remote;
        this.rate = new RateLimiter(shard.limits().messagesPerSecond());
        this.byteRate = new RateLimiter(shard.limits().bytesPerSecond());
    }

    /** There is a new socket. Nothing is read from it before {@link #proceed}. */
    void begin() {
        stop();
        pauses.clear();
        pause(Pause.BUSY);
    }

    /** The socket is gone: nobody waits for an answer any more. */
    void stop() {
        invocations.cancelAll();
        backlog = null;
    }

    /** The socket takes more. */
    void writable() {
        resume(Pause.UNWRITABLE);
    }

    /** A message arrived. */
    void received(boolean text, byte[] payload) {
        shard.metrics().received(1, payload.length);
        if (remote != null) {
            remote.heard(shard.monotonicMillis());
        }
        slow(rate.take(shard.monotonicNanos()), Metrics.Limit.MESSAGE_RATE);
        ClientFrame frame;
        try {
            frame = decode(text, payload);
        } catch (ProtocolViolation violation) {
            if (violation.isOfName()) {
                shard.metrics().limitReached(Metrics.Limit.NAMES);
            }
            connection.end(CloseReason.INVALID_PAYLOAD, String.valueOf(violation.getMessage()));
            return;
        }
        if (pauses.contains(Pause.BUSY)) {
            backlog().add(frame);
        } else {
            take(frame);
        }
    }

    /** Frames arrived that are no messages, or bytes. */
    void heard(int frames, int bytes) {
        long now = shard.monotonicNanos();
        if (frames > 0) {
            slow(rate.take(now, frames), Metrics.Limit.MESSAGE_RATE);
        }
        if (bytes > 0) {
            slow(byteRate.take(now, bytes), Metrics.Limit.BYTE_RATE);
        }
    }

    /** Reads on when the client is no longer ahead. */
    private void slow(long waitNanos, Metrics.Limit limit) {
        if (waitNanos > 0 && pause(Pause.RATE)) {
            shard.metrics().limitReached(limit);
            shard.after(waitNanos, () -> resume(Pause.RATE));
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
            connection.outbox().acknowledged(ack.sequenceId());
        } else if (frame instanceof ClientFrame.Ping) {
            reply(session.codec().pong());
        } else if (frame instanceof ClientFrame.JoinGroup join) {
            hold(connection.memberships().join(join.group()), () -> reply(session.succeeded(join.ackId())), frame);
        } else if (frame instanceof ClientFrame.LeaveGroup leave) {
            connection.memberships().leave(leave.group());
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
        long expiry = send.ttlSeconds() == 0 ? Message.NEVER : shard.wallMillis() + send.ttlSeconds() * 1000L;
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
                .raise(new UserEvent(connection.eventContext(), event.event(), event.payload(), event.metadata()))
                .answer());
        Future<@Nullable Refusal> handled = raised.transform(result ->
                Future.<@Nullable Refusal>succeededFuture(result.succeeded() ? null : refusal(result.cause())));
        hold(handled, () -> answer(event, raised.result()), event);
        raised.onSuccess(message -> {
            if (message != null && connection.departed()) { // to wherever the session moved meanwhile
                shard.publish(Selector.connection(session.hub(), session.connectionId()), message);
            }
        });
    }

    /** Frames behind an invocation do not wait for it, or nobody could cancel it. */
    private void invoke(ClientFrame.Invoke invoke) {
        String id = invoke.invocationId();
        if (invocations.has(id)) {
            refuse(invoke, new Refusal(ErrorCode.CONFLICT, "an invocation with this id waits for its answer already"));
            return;
        }
        Raised raised = shard.events()
                .raise(new UserEvent(connection.eventContext(), invoke.event(), invoke.payload(), Map.of()));
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
            shard.deliverOwn(connection, message);
        }
        reply(session.succeeded(event.ackId()));
    }

    private void refresh(ClientFrame.RefreshToken frame) {
        Future<Principal> verified = here(
                shard.authenticator().authenticateClient(frame.token(), session.hub(), connection.remoteAddress()));
        Future<@Nullable Refusal> checked = verified.transform(
                result -> Future.<@Nullable Refusal>succeededFuture(refusal(result.result(), result.cause())));
        hold(checked, () -> renew(verified.result(), frame), frame);
    }

    private @Nullable Refusal refusal(@Nullable Principal principal, @Nullable Throwable failure) {
        if (principal == null) {
            return failure instanceof AuthenticationException refused
                    ? new Refusal(code(refused.reason()), message(refused))
                    : new Refusal(ErrorCode.INTERNAL, "the token could not be checked; try again");
        }
        return Objects.equals(principal.userId(), session.userId())
                ? null
                : new Refusal(ErrorCode.FORBIDDEN, "the new token is for another user");
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
            connection.end(CloseReason.EVENT_FAILED, refusal.message());
        } else {
            connection.end(CloseReason.FORBIDDEN, refusal.message());
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
        Link asker = connection.link();
        work.onComplete(result -> {
            if (connection.present()) {
                finish(work, done, frame);
                if (connection.link() == asker) {
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

    /** Goes on with what was read already, and reads on. */
    void proceed() {
        pauses.remove(Pause.BUSY);
        Queue<ClientFrame> waiting = backlog;
        while (waiting != null && connection.present() && !pauses.contains(Pause.BUSY)) {
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
    boolean notListening() {
        return !pauses.isEmpty() && !pauses.contains(Pause.UNWRITABLE);
    }

    /** Whether we read nothing and the client could not help it. */
    boolean keepsWaiting() {
        return pauses.contains(Pause.BUSY) || pauses.contains(Pause.IN_FLIGHT) || pauses.contains(Pause.INVOCATIONS);
    }

    private boolean pause(Pause reason) {
        boolean fresh = pauses.add(reason);
        Link current = connection.link();
        if (fresh && pauses.size() == 1 && current != null) {
            current.socket().pause();
        }
        return fresh;
    }

    private void resume(Pause reason) {
        if (pauses.remove(reason)) {
            readAgain();
        }
    }

    private void readAgain() {
        Link current = connection.link();
        if (pauses.isEmpty() && current != null) {
            current.socket().resume();
        }
    }

    /** Sends a frame at once, if there is one and a socket; reads nothing more from who does not read. */
    void reply(@Nullable Encoded frame) {
        Link current = connection.link();
        if (frame == null || current == null) {
            return;
        }
        current.socket().send(frame);
        if (!current.socket().writable()) {
            pause(Pause.UNWRITABLE);
        }
    }
}
