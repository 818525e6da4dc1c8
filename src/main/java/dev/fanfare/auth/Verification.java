package dev.fanfare.auth;

import dev.fanfare.auth.AuthenticationException.Reason;
import dev.fanfare.auth.FairQueue.Standing;
import dev.fanfare.core.SourceNetwork;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.net.InetAddress;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/**
 * Verifies tokens on dedicated threads, at most 8 and half as many as there are processors, so that a flood of tokens
 * does not starve the event loops. Sources take turns ({@link FairQueue}); those that fail too often are answered late
 * and served last ({@link FailureLimit}); tokens of disconnected clients are skipped. Thread-safe; futures complete on
 * the caller's context. See {@code src/docs/decisions/0018-tokens-off-the-loops.md} and
 * {@code src/docs/decisions/0038-known-addresses-first.md}.
 */
final class Verification {

    static final String WORKERS = "fanfare-tokens";
    static final int THREADS = Math.min(8, Math.max(1, Runtime.getRuntime().availableProcessors() / 2));

    /** Many clients may reconnect at once from behind one address; a failing one needs only a few. */
    static final FairQueue.Bounds BOUNDS = new FairQueue.Bounds(4096, 1024, 64);

    /** Delay of a refusal without verification. */
    private static final int HOLD_MILLIS = 1000;

    /** Answers that may be delayed at the same time; further ones are sent at once. */
    private static final int MAX_HELD = 4096;

    /** Sources remembered for a valid token, about 100 bytes each. */
    private static final int KNOWN_SOURCES = 16_384;

    private final AtomicInteger held = new AtomicInteger();
    private final Vertx vertx;
    private final WorkerExecutor workers;
    private final FairQueue<Runnable> queue;
    private final FailureLimit failures;

    /** Sources that had a valid token, least recently used first. */
    private final Map<SourceNetwork, Boolean> known = Collections.synchronizedMap(new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<SourceNetwork, Boolean> eldest) {
            return size() > KNOWN_SOURCES;
        }
    });

    /** @param threads number of verifying threads */
    Verification(Vertx vertx, int threads, FairQueue.Bounds bounds, FailureLimit failures) {
        this(vertx, WORKERS, threads, bounds, failures);
    }

    /**
     * The same for something else than tokens.
     *
     * @param name of the threads
     */
    Verification(Vertx vertx, String name, int threads, FairQueue.Bounds bounds, FailureLimit failures) {
        this.vertx = vertx;
        this.workers = vertx.createSharedWorkerExecutor(name, threads);
        this.queue = new FairQueue<>(bounds);
        this.failures = failures;
    }

    /** The place of one token in the queue. */
    final class Place {

        private final Context caller;
        private final SourceNetwork source;
        private final Standing standing;
        private final BooleanSupplier wanted;

        private Place(Context caller, SourceNetwork source, Standing standing, BooleanSupplier wanted) {
            this.caller = caller;
            this.source = source;
            this.standing = standing;
            this.wanted = wanted;
        }

        /** Runs a part of the work on another thread, in its turn, if the answer is still needed then. */
        <T> Future<T> call(Callable<T> work) {
            Promise<T> promise = Promise.promise();
            queue.add(source, standing, () -> {
                try {
                    if (!wanted.getAsBoolean()) {
                        throw new AuthenticationException(
                                Reason.ABANDONED, "the caller no longer waits for the answer");
                    }
                    T value = work.call();
                    caller.runOnContext(turn -> promise.tryComplete(value));
                } catch (Throwable e) {
                    caller.runOnContext(turn -> promise.tryFail(e));
                }
            });
            try {
                workers.executeBlocking(this::next, false);
            } catch (RejectedExecutionException e) {
                promise.tryFail(new AuthenticationException(Reason.OVERLOADED, "the node is stopping"));
            }
            return promise.future();
        }

        private boolean next() {
            Runnable work = queue.poll();
            if (work != null) {
                work.run();
            }
            return true;
        }
    }

    /**
     * Verifies a token, or refuses it if too many are waiting.
     *
     * @param wanted whether the answer is still needed; called on another thread
     */
    <T> Future<T> verify(InetAddress from, BooleanSupplier wanted, Function<Place, Future<T>> work) {
        SourceNetwork source = SourceNetwork.of(from.getAddress());
        Standing standing = standing(source);
        switch (queue.enter(source, standing)) {
            case SOURCE_FULL -> {
                return standing == Standing.FAILING
                        ? later(Reason.THROTTLED, "too many tokens from this address failed; try again later")
                        : refused(Reason.THROTTLED, "too many tokens from this address wait to be verified; try again");
            }
            case LANE_FULL -> {
                return refused(Reason.OVERLOADED, "too many tokens wait to be verified; try again");
            }
            case ENTERED -> {}
        }
        Context caller = vertx.getOrCreateContext();
        Promise<T> promise = Promise.promise();
        // compose() turns exceptions into failures, so that the place is always released.
        Future.succeededFuture(new Place(caller, source, standing, wanted))
                .compose(work)
                .onComplete((value, failure) -> {
                    if (failure == null) {
                        known.put(source, true);
                    }
                    long wait = failure == null ? 0 : waitMillis(source, failure);
                    if (wait == 0 || !mayHold()) {
                        queue.leave(source, standing);
                        promise.complete(value, failure);
                    } else {
                        queue.hold(source, standing);
                        vertx.setTimer(wait, timer -> {
                            held.decrementAndGet();
                            queue.release(source);
                            promise.complete(value, failure);
                        });
                    }
                });
        return promise.future();
    }

    private Standing standing(SourceNetwork source) {
        if (failures.isExhausted(source)) {
            return Standing.FAILING;
        }
        return known.get(source) == null ? Standing.NEW : Standing.KNOWN;
    }

    private long waitMillis(SourceNetwork source, Throwable failure) {
        return failure instanceof AuthenticationException refused && saysSomethingAboutTheToken(refused.reason())
                ? failures.failed(source)
                : 0;
    }

    private static boolean saysSomethingAboutTheToken(Reason reason) {
        return reason != Reason.OVERLOADED && reason != Reason.ABANDONED;
    }

    /** Refuses after a delay, so that a client that sends tokens as fast as they are answered gets few answers. */
    private <T> Future<T> later(Reason reason, String message) {
        if (!mayHold()) {
            return refused(reason, message);
        }
        return vertx.timer(HOLD_MILLIS, TimeUnit.MILLISECONDS).compose(time -> {
            held.decrementAndGet();
            return refused(reason, message);
        });
    }

    private boolean mayHold() {
        if (held.incrementAndGet() <= MAX_HELD) {
            return true;
        }
        held.decrementAndGet();
        return false;
    }

    private static <T> Future<T> refused(Reason reason, String message) {
        return Future.failedFuture(new AuthenticationException(reason, message));
    }

    Future<Void> close() {
        return workers.close();
    }
}
