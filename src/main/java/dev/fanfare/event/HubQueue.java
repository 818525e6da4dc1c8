package dev.fanfare.event;

import dev.fanfare.config.Config;
import dev.fanfare.core.Backoff;
import dev.fanfare.ops.Metrics;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The events of one hub for one handler: queued and in flight, with a circuit breaker. Bounded by {@code queueBytes}
 * and {@code concurrency} of the handler, and independent of all other queues. Used on the handler's event loop. See
 * {@code src/docs/decisions/0013}.
 */
final class HubQueue {

    private static final long RETRY_MILLIS = 500;
    private static final long MAX_RETRY_MILLIS = 8000;

    /** What a queue needs of its environment. */
    interface World {
        /** Milliseconds of a monotonic clock. */
        long now();

        long after(long millis, Runnable work);

        void cancel(long timer);

        /** Runs work on the event loop of the queue. */
        void later(Runnable work);

        /** Sends an event, once the handler has passed the preflight. */
        Future<Exchange.Response> send(PendingEvent pendingEvent, long millisLeft);

        /** An attempt ended: the handler has answered, or failed to. */
        void attempted(PendingEvent pendingEvent, @Nullable EventException failure);

        /** The circuit opened, or admits events again. */
        void circuit(boolean open);

        /** The handler has begun to fail, or has recovered. */
        void failing(boolean fails);
    }

    private final Config.EventHandler settings;
    private final World world;
    private final Metrics metrics;
    private final Backoff backoff;
    private final Circuit circuit;
    private final Set<PendingEvent> waiting = new LinkedHashSet<>();
    private int running;
    private int pending;
    private long bytes;
    private boolean waking;
    private boolean shownOpen;
    private boolean failing;

    HubQueue(Config.EventHandler settings, World world, Metrics metrics, RandomGenerator random) {
        this.settings = settings;
        this.world = world;
        this.metrics = metrics;
        this.backoff = new Backoff(RETRY_MILLIS, MAX_RETRY_MILLIS, Backoff.Jitter.EQUAL, random);
        this.circuit = new Circuit(settings.circuitFailures(), TimeUnit.SECONDS.toMillis(settings.circuitSeconds()));
    }

    /** Whether nothing is lost if this queue is dropped. */
    boolean idle() {
        return pending == 0 && !shownOpen;
    }

    /** Enqueues an event. A single one is never too large. */
    void submit(PendingEvent pendingEvent) {
        if (pendingEvent.over()) {
            return;
        }
        int weight = pendingEvent.event().weight();
        if (bytes > 0 && bytes + weight > settings.queueBytes()) {
            metrics.limitReached(Metrics.Limit.EVENT_BYTES);
            pendingEvent.fail(EventException.full());
            return;
        }
        bytes += weight;
        pending++;
        long timeoutMillis = TimeUnit.SECONDS.toMillis(settings.timeoutSeconds());
        pendingEvent.deadlineMillis = world.now() + timeoutMillis;
        pendingEvent.timer = world.after(timeoutMillis, () -> pendingEvent.fail(EventException.timedOut()));
        pendingEvent.answer().onComplete(result -> world.later(() -> over(pendingEvent, result)));
        enqueue(pendingEvent);
    }

    private void enqueue(PendingEvent pendingEvent) {
        waiting.add(pendingEvent);
        pump();
    }

    private void over(PendingEvent pendingEvent, AsyncResult<Exchange.Response> result) {
        world.cancel(pendingEvent.timer);
        waiting.remove(pendingEvent);
        pending--;
        bytes -= pendingEvent.event().weight();
        if (pendingEvent.inFlight && result.cause() instanceof EventException failure && failure.handlerDown()) {
            circuit.failed(world.now()); // given up while in flight
            world.attempted(pendingEvent, failure);
        }
        if (pendingEvent.exchange != null) {
            pendingEvent.exchange.stop(EventException.cancelled());
        }
        pump();
    }

    private void pump() {
        if (circuit.open(world.now())) {
            failBlocking();
        }
        while (running < settings.concurrency() && !waiting.isEmpty() && circuit.admit(world.now())) {
            Iterator<PendingEvent> first = waiting.iterator();
            PendingEvent pendingEvent = first.next();
            first.remove();
            start(pendingEvent);
        }
        showCircuit();
    }

    /** Events with a waiting caller fail at once; the others wait until the circuit admits events again. */
    private void failBlocking() {
        List<PendingEvent> blocking =
                waiting.stream().filter(PendingEvent::blocking).toList();
        blocking.forEach(pendingEvent -> {
            waiting.remove(pendingEvent);
            pendingEvent.fail(EventException.circuitOpen());
        });
    }

    private void start(PendingEvent pendingEvent) {
        if (pendingEvent.over()) {
            circuit.abandoned(world.now());
            return;
        }
        running++;
        pendingEvent.inFlight = true;
        pendingEvent.attempts++;
        if (pendingEvent.attempts > 1) {
            metrics.eventRetried();
        }
        world.send(pendingEvent, Math.max(1, pendingEvent.deadlineMillis - world.now()))
                .onComplete(result -> {
                    running--;
                    pendingEvent.inFlight = false;
                    pendingEvent.exchange = null;
                    if (pendingEvent.over()) {
                        circuit.abandoned(world.now());
                    } else {
                        ended(pendingEvent, result);
                    }
                    pump();
                });
    }

    private void ended(PendingEvent pendingEvent, AsyncResult<Exchange.Response> result) {
        EventException failure = failure(result);
        world.attempted(pendingEvent, failure);
        if (failure == null) {
            circuit.succeeded();
            pendingEvent.complete(result.result());
            return;
        }
        long pause = backoff.pauseMillis(pendingEvent.attempts - 1);
        boolean again = failure.retryable()
                && pendingEvent.attempts <= settings.retries()
                && world.now() + pause < pendingEvent.deadlineMillis;
        if (failure.outcome() == Metrics.EventOutcome.HANDSHAKE_REFUSED) {
            circuit.trip(world.now());
        } else if (!failure.handlerDown()) {
            circuit.succeeded();
        } else if (!again || circuit.halfOpen()) { // an event counts once, however many attempts it had
            circuit.failed(world.now());
        }
        if (again) {
            world.after(pause, () -> {
                if (!pendingEvent.over()) {
                    enqueue(pendingEvent);
                }
            });
        } else {
            pendingEvent.fail(failure);
        }
    }

    private static @Nullable EventException failure(AsyncResult<Exchange.Response> result) {
        if (result.succeeded()) {
            return result.result().ok()
                    ? null
                    : EventException.status(result.result().status());
        }
        return result.cause() instanceof EventException failure ? failure : EventException.unreachable(result.cause());
    }

    /**
     * Without traffic the circuit does not stay open: when its time is over the next event may be tried, whenever it
     * comes.
     */
    private void showCircuit() {
        boolean open = circuit.refuses(world.now());
        if (open != shownOpen) {
            shownOpen = open;
            world.circuit(open);
        }
        if (circuit.open(world.now()) && !waking) {
            waking = true;
            world.after(Math.max(1, circuit.opensUntil() - world.now()), () -> {
                waking = false;
                pump();
            });
        }
        if (failing == circuit.closed()) {
            failing = !failing;
            world.failing(failing);
        }
    }
}
