package dev.fanfare.shard;

import dev.fanfare.broker.Operation;
import dev.fanfare.broker.Selector;
import dev.fanfare.core.ErrorCode;
import dev.fanfare.core.protocol.FrameRefusal;
import dev.fanfare.core.protocol.Message;
import dev.fanfare.core.session.Session;
import dev.fanfare.core.session.UnansweredEvent;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The events of one session that handlers have not answered. Answers follow a session that moves: its former owner forwards
 * them to the new one, which fails the events if it hears nothing for too long. Confined to the shard's thread. See {@code
 * src/docs/decisions/0022}.
 */
final class UnansweredEvents {

    private static final int FORWARD_ATTEMPTS = 10;

    /** What becomes of events that former owners of the session raised. */
    interface Former {

        void answered(@Nullable Long ackId, @Nullable Message message);

        void failed(@Nullable Long ackId, FrameRefusal why);

        /** Whether frames have to wait for further answers; called after each change. */
        void unanswered(boolean some);

        /** Whether the session is still here. */
        boolean present();
    }

    private final ShardContext context;
    private final Publisher publisher;
    private final Session session;
    private final Former former;

    /** Raised here, by id. */
    private final Map<Integer, UnansweredEvent> here = new LinkedHashMap<>(2);

    /** Raised by former owners, by id. */
    private final Map<Integer, UnansweredEvent> elsewhere = new LinkedHashMap<>(0);

    /** Completes when all answers have been forwarded to the new owner; null before a handover with unanswered events. */
    private @Nullable Promise<Void> allForwarded;

    /** The latest forwarded answer, behind which the next one is chained; whether it reached the session. */
    private Future<Boolean> lastForwarded = Future.succeededFuture(true);

    UnansweredEvents(ShardContext context, Publisher publisher, Session session, Former former) {
        this.context = context;
        this.publisher = publisher;
        this.session = session;
        this.former = former;
    }

    void raised(int id, @Nullable Long ackId) {
        here.put(id, new UnansweredEvent(id, ackId));
    }

    /** An event that was raised here is answered. */
    void answered(int id) {
        here.remove(id);
    }

    /** Whether this is the ackId of an unanswered event, which the client repeats. */
    boolean has(@Nullable Long ackId) {
        return ackId != null && (hasAckId(here, ackId) || hasAckId(elsewhere, ackId));
    }

    private static boolean hasAckId(Map<Integer, UnansweredEvent> events, Long ackId) {
        return events.values().stream().anyMatch(event -> ackId.equals(event.ackId()));
    }

    // ---- the session leaves

    /** The session is handed over: returns the events whose answers will be forwarded. */
    List<UnansweredEvent> handOver() {
        if (!here.isEmpty()) {
            allForwarded = Promise.promise();
            context.events().await(allForwarded.future());
        }
        List<UnansweredEvent> all = new ArrayList<>(elsewhere.values());
        all.addAll(here.values());
        return all;
    }

    /**
     * Forwards an answer behind the previous one, so that the latest connection state wins.
     *
     * @param why why the event failed; null if it did not
     */
    void forward(int event, @Nullable Message message, @Nullable FrameRefusal why) {
        Operation.EventDone done = new Operation.EventDone(
                event,
                message,
                why == null ? null : why.code(),
                why == null ? "" : why.message(),
                session.events().connectionState());
        Selector itself = Selector.connection(session.hub(), session.connectionId());
        // If the previous answer did not reach the session, one attempt is enough for this one.
        lastForwarded = lastForwarded.transform(before ->
                publisher.sendToSession(itself, done, Boolean.FALSE.equals(before.result()) ? 1 : FORWARD_ATTEMPTS));
        Promise<Void> all = here.isEmpty() ? allForwarded : null;
        if (all != null) {
            lastForwarded.onComplete(last -> all.tryComplete());
        }
    }

    // ---- the session arrives

    /** The session comes from another shard, which forwards the answers to these events. */
    void adopt(List<UnansweredEvent> events) {
        events.forEach(event -> elsewhere.put(event.id(), event));
        awaitFormer();
    }

    private void awaitFormer() {
        int left = elsewhere.size();
        former.unanswered(left > 0);
        if (left == 0) {
            return;
        }
        long timeoutMillis = context.events().passingOnMillis(session.hub());
        context.after(TimeUnit.MILLISECONDS.toNanos(timeoutMillis), () -> {
            if (elsewhere.size() == left && former.present()) {
                failAll();
            }
        });
    }

    /** The former owner is gone. */
    private void failAll() {
        FrameRefusal unknown = new FrameRefusal(ErrorCode.TIMEOUT, "nobody knows what the event handler answered");
        for (UnansweredEvent event : List.copyOf(elsewhere.values())) {
            former.failed(event.ackId(), unknown);
        }
        elsewhere.clear();
        awaitFormer();
    }

    /** A former owner forwards the answer to an event. */
    void forwarded(Operation.EventDone done) {
        assert context.onThread();
        UnansweredEvent event = elsewhere.remove(done.event());
        if (event == null) {
            return;
        }
        session.events().connectionState(done.connectionState());
        if (done.error() == null) {
            former.answered(event.ackId(), done.message());
        } else {
            former.failed(event.ackId(), new FrameRefusal(done.error(), done.reason()));
        }
        awaitFormer();
    }
}
