package dev.fanfare.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.config.Config;
import dev.fanfare.core.ConnectionType;
import dev.fanfare.core.protocol.Payload;
import dev.fanfare.core.protocol.Subprotocol;
import dev.fanfare.core.session.EventState;
import dev.fanfare.core.session.Identity;
import dev.fanfare.ops.Metrics;
import dev.fanfare.ops.Metrics.EventOutcome;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A queue in an environment whose time and answers the test controls. */
class HubQueueTest {

    private static final Config.EventHandler SETTINGS =
            new Config.EventHandler("http://h/", List.of(), "*", null, "", "", 30, 2, 2, 10_000, 1000, 3, 10);

    private final FakeWorld world = new FakeWorld();
    private final HubQueue hubQueue = new HubQueue(SETTINGS, world, Metrics.NONE, new Random(1));

    private static final class FakeWorld implements HubQueue.World {
        private long now;
        private long timers;
        private final TreeMap<Long, Runnable> due = new TreeMap<>();
        private final Map<Long, Long> times = new TreeMap<>();
        private final Queue<Runnable> soon = new ArrayDeque<>();
        private final List<Promise<Exchange.Response>> sent = new ArrayList<>();
        private final List<Boolean> reports = new ArrayList<>();
        private boolean circuitOpen;

        @Override
        public void attempted(PendingEvent pendingEvent, @Nullable EventException failure) {}

        @Override
        public long now() {
            return now;
        }

        @Override
        public long after(long millis, Runnable work) {
            long timer = ++timers;
            due.put(timer, work);
            times.put(timer, now + millis);
            return timer;
        }

        @Override
        public void cancel(long timer) {
            due.remove(timer);
            times.remove(timer);
        }

        @Override
        public void later(Runnable work) {
            soon.add(work);
        }

        @Override
        public Future<Exchange.Response> send(PendingEvent pendingEvent, long millisLeft) {
            Promise<Exchange.Response> answer = Promise.promise();
            sent.add(answer);
            return answer.future();
        }

        @Override
        public void circuit(boolean open) {
            circuitOpen = open;
        }

        @Override
        public void failing(boolean fails) {
            reports.add(fails);
        }

        void settle() {
            for (Runnable work = soon.poll(); work != null; work = soon.poll()) {
                work.run();
            }
        }

        /** Advances time, timer by timer. */
        void pass(long millis) {
            long end = now + millis;
            settle();
            for (Long next = next(end); next != null; next = next(end)) {
                now = Math.max(now, Objects.requireNonNull(times.remove(next)));
                Objects.requireNonNull(due.remove(next)).run();
                settle();
            }
            now = end;
        }

        private @Nullable Long next(long end) {
            return times.entrySet().stream()
                    .filter(timer -> timer.getValue() <= end)
                    .min(Map.Entry.comparingByValue())
                    .map(Map.Entry::getKey)
                    .orElse(null);
        }

        void answer(int index, int status) {
            sent.get(index)
                    .complete(new Exchange.Response(status, MultiMap.caseInsensitiveMultiMap(), Buffer.buffer()));
            settle();
        }

        void fail(int index, EventException failure) {
            sent.get(index).fail(failure);
            settle();
        }
    }

    @Test
    void notMoreAreSentAtATimeThanAllowed() {
        List<PendingEvent> errands = List.of(submit(10), submit(10), submit(10));
        assertEquals(2, world.sent.size());
        world.answer(0, 200);
        assertEquals(3, world.sent.size());
        world.answer(1, 204);
        world.answer(2, 299);
        assertTrue(
                errands.stream().allMatch(pendingEvent -> pendingEvent.answer().succeeded()));
        assertTrue(hubQueue.idle());
    }

    @Test
    void theQueueIsBoundedInBytesButTakesOneOfAnySize() {
        PendingEvent large = submit(1_000_000);
        PendingEvent tooMuch = submit(10);
        assertEquals(EventOutcome.QUEUE_FULL, outcome(tooMuch));
        world.answer(0, 200);
        assertTrue(large.answer().succeeded());
        submit(3900);
        submit(3900);
        assertEquals(EventOutcome.QUEUE_FULL, outcome(submit(10)));
        world.answer(1, 200);
        assertFalse(submit(10).over());
    }

    @Test
    void whatMayPassIsTriedAgainAndAgainUntilItIsEnough() {
        PendingEvent pendingEvent = submit(10);
        world.fail(0, EventException.unreachable(null));
        assertEquals(1, world.sent.size());
        world.pass(600);
        world.answer(1, 500);
        world.pass(1200);
        world.answer(2, 408);
        assertEquals(3, world.sent.size());
        assertEquals(EventOutcome.REFUSED, outcome(pendingEvent));
    }

    @Test
    void whatDoesNotPassIsNotTriedAgain() {
        PendingEvent refused = submit(10);
        world.answer(0, 429);
        assertEquals(EventOutcome.REFUSED, outcome(refused));
        PendingEvent redirected = submit(10);
        world.answer(1, 302);
        assertEquals(EventOutcome.REDIRECTED, outcome(redirected));
        PendingEvent late = submit(10);
        world.fail(2, EventException.timedOut());
        assertEquals(EventOutcome.TIMED_OUT, outcome(late));
        world.pass(60_000);
        assertEquals(3, world.sent.size());
    }

    @Test
    void theDeadlineHoldsWhereverAnEventIs() {
        PendingEvent sent = submit(10);
        submit(10);
        PendingEvent waiting = submit(10);
        world.pass(29_999);
        assertFalse(sent.over() || waiting.over());
        world.pass(1);
        assertEquals(EventOutcome.TIMED_OUT, outcome(sent));
        assertEquals(EventOutcome.TIMED_OUT, outcome(waiting));
        world.answer(0, 200);
        world.answer(1, 200);
        assertEquals(2, world.sent.size());
        assertTrue(hubQueue.idle());
    }

    @Test
    void noAttemptBeginsThatCouldNotEndInTime() {
        PendingEvent pendingEvent = submit(10);
        world.pass(29_900);
        world.fail(0, EventException.unreachable(null));
        assertEquals(EventOutcome.UNREACHABLE, outcome(pendingEvent));
    }

    @Test
    void whoWaitsForAnAnswerIsToldThatTheHandlerIsLeftAlone() {
        open();
        assertTrue(world.circuitOpen);
        PendingEvent asked = submit(10);
        assertEquals(EventOutcome.CIRCUIT_OPEN, outcome(asked));
        assertEquals(3, world.sent.size());
    }

    @Test
    void noticesWaitUntilTheHandlerIsWellAgain() {
        open();
        PendingEvent notice = submit(Metrics.EventKind.DISCONNECTED, 10);
        PendingEvent second = submit(Metrics.EventKind.DISCONNECTED, 10);
        world.pass(9_999);
        assertEquals(3, world.sent.size());
        world.pass(1);
        assertEquals(4, world.sent.size());
        PendingEvent asked = submit(10);
        assertFalse(asked.over());
        world.answer(3, 200);
        assertFalse(world.circuitOpen);
        assertTrue(notice.answer().succeeded());
        world.answer(4, 200);
        world.answer(5, 200);
        assertTrue(second.answer().succeeded() && asked.answer().succeeded());
        assertTrue(hubQueue.idle());
    }

    @Test
    void anAttemptThatIsGivenUpLetsAnotherTry() {
        open();
        PendingEvent notice = submit(Metrics.EventKind.DISCONNECTED, 10);
        world.pass(10_000);
        assertEquals(4, world.sent.size());
        notice.fail(EventException.cancelled());
        world.settle();
        world.fail(3, EventException.cancelled());
        PendingEvent asked = submit(10);
        assertEquals(5, world.sent.size());
        world.answer(4, 200);
        assertTrue(asked.answer().succeeded());
        assertTrue(hubQueue.idle());
    }

    @Test
    void whatIsCancelledWhileItWaitsIsNotSent() {
        submit(10);
        submit(10);
        PendingEvent cancelled = submit(10);
        cancelled.fail(EventException.cancelled());
        world.settle();
        world.answer(0, 200);
        world.answer(1, 200);
        assertEquals(2, world.sent.size());
        assertTrue(hubQueue.idle());
    }

    @Test
    void aHandlerThatDoesNotAllowEventsIsAskedAgainLater() {
        PendingEvent pendingEvent = submit(10);
        world.fail(0, EventException.notAllowed());
        assertEquals(EventOutcome.HANDSHAKE_REFUSED, outcome(pendingEvent));
        assertEquals(EventOutcome.CIRCUIT_OPEN, outcome(submit(10)));
        world.pass(10_000);
        submit(10);
        assertEquals(2, world.sent.size());
    }

    @Test
    void whatAnApplicationAnswersToAnEventOpensNoCircuit() {
        for (int status : new int[] {400, 404, 408, 429, 499, 500, 501, 505, 302}) {
            for (int times = 0; times < 3; times++) {
                PendingEvent pendingEvent = submit(10);
                while (!pendingEvent.over()) {
                    world.answer(world.sent.size() - 1, status);
                    world.pass(1200);
                }
            }
        }
        assertFalse(submit(10).over());
        assertFalse(world.circuitOpen);
    }

    @Test
    void anEventCountsOnceHoweverOftenItWasSent() {
        for (int times = 0; times < 2; times++) {
            PendingEvent pendingEvent = submit(10);
            while (!pendingEvent.over()) {
                world.answer(world.sent.size() - 1, 503);
                world.pass(1200);
            }
        }
        assertEquals(6, world.sent.size());
        assertFalse(world.circuitOpen);
        PendingEvent third = submit(10);
        while (!third.over()) {
            world.answer(world.sent.size() - 1, 502);
            world.pass(1200);
        }
        assertTrue(world.circuitOpen);
    }

    @Test
    void anEventThatTimesOutBeforeItIsEvenSentCounts() {
        for (int times = 0; times < 3; times++) {
            submit(10);
            world.pass(30_000); // the preflight is still pending
            world.fail(times, EventException.cancelled());
        }
        assertTrue(world.circuitOpen);
    }

    @Test
    void aCircuitThatNobodyAsksIsNotOpenForEver() {
        open();
        assertFalse(hubQueue.idle());
        world.pass(10_000);
        assertFalse(world.circuitOpen);
        assertTrue(hubQueue.idle());
        assertEquals(List.of(true), world.reports, "nobody knows yet whether it is well");

        submit(10);
        assertTrue(world.circuitOpen, "others wait for the one that tries");
        world.fail(3, EventException.unreachable(null));
        assertTrue(world.circuitOpen);
        world.pass(10_000);
        assertFalse(world.circuitOpen);
        submit(10);
        world.answer(4, 404);
        assertFalse(world.circuitOpen);
        assertEquals(List.of(true, false), world.reports);
    }

    @Test
    void whoWaitsIsToldWhenTheCircuitOpensThoughNoPlaceIsFree() {
        submit(10);
        submit(10);
        PendingEvent waiting = submit(10);
        world.fail(0, EventException.notAllowed());
        assertEquals(EventOutcome.CIRCUIT_OPEN, outcome(waiting));
        submit(10);
        assertEquals(2, world.sent.size());
    }

    /** Three consecutive events find the handler unreachable. */
    private void open() {
        for (int i = 0; i < 3; i++) {
            PendingEvent pendingEvent = submit(10);
            world.fail(i, EventException.timedOut());
            assertTrue(pendingEvent.over());
        }
    }

    private PendingEvent submit(int bytes) {
        return submit(Metrics.EventKind.USER, bytes);
    }

    private PendingEvent submit(Metrics.EventKind kind, int bytes) {
        Identity identity =
                new Identity("c", "chat", null, ConnectionType.INBOUND, "/client/hubs/chat", Subprotocol.JSON, 0);
        EventContext context = EventContext.next(identity, new EventState());
        PendingEvent pendingEvent =
                new PendingEvent(new CloudEvent(context, "t", "n", 0, Payload.binary(new byte[bytes]), Map.of()), kind);
        hubQueue.submit(pendingEvent);
        world.settle();
        return pendingEvent;
    }

    private static EventOutcome outcome(PendingEvent pendingEvent) {
        return assertInstanceOf(EventException.class, pendingEvent.answer().cause())
                .outcome();
    }
}
