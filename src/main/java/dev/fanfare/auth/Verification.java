package dev.fanfare.auth;

import dev.fanfare.auth.AuthenticationException.Reason;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.net.InetAddress;
import java.util.concurrent.Callable;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/**
 * Has tokens verified on a few threads of its own, at most half as many as there are processors, so that no flood of tokens
 * takes event loops their time. Sources take turns ({@link FairQueue}); who fails too often is answered late and served last
 * ({@link FailureLimit}). Any thread may use it; futures complete on the caller's context.
 */
final class Verification {

    static final String WORKERS = "fanfare-tokens";
    static final int THREADS = Math.min(8, Math.max(1, Runtime.getRuntime().availableProcessors() / 2));

    /** Many clients may come back at once from behind one address; of one that fails a few tokens will do. */
    static final FairQueue.Bounds BOUNDS = new FairQueue.Bounds(4096, 1024, 64);

    /** How long a refusal without verification is held back. */
    private static final int HOLD_MILLIS = 1000;

    /** Refusals that are held back at the same time; further ones are given at once. */
    private static final int MAX_HELD = 4096;

    private final AtomicInteger held = new AtomicInteger();
    private final Vertx vertx;
    private final WorkerExecutor workers;
    private final FairQueue<Runnable> queue;
    private final FailureLimit failures;

    /** @param threads that verify */
    Verification(Vertx vertx, int threads, FairQueue.Bounds bounds, FailureLimit failures) {
        this.vertx = vertx;
        this.workers = vertx.createSharedWorkerExecutor(WORKERS, threads);
        this.queue = new FairQueue<>(bounds);
        this.failures = failures;
    }

    /** The place of one token among all that are verified. */
    final class Place {

        private final Context caller;
        private final SourceNetwork source;
        private final boolean failing;

        private Place(Context caller, SourceNetwork source, boolean failing) {
            this.caller = caller;
            this.source = source;
            this.failing = failing;
        }

        /** Does a part of the work on another thread, when it is its turn. */
        <T> Future<T> call(Callable<T> work) {
            Promise<T> promise = Promise.promise();
            queue.add(source, failing, () -> {
                try {
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

    /** Verifies a token, or refuses to where too much waits already. */
    <T> Future<T> verify(InetAddress from, Function<Place, Future<T>> work) {
        SourceNetwork source = SourceNetwork.of(from);
        boolean failing = failures.isExhausted(source);
        switch (queue.enter(source, failing)) {
            case SOURCE_FULL -> {
                return failing
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
        // compose() turns whatever is thrown into a failure, so that the place is always left.
        Future.succeededFuture(new Place(caller, source, failing)).compose(work).onComplete((value, failure) -> {
            long wait = failure == null ? 0 : waitMillis(source, failure);
            if (wait == 0 || !mayHold()) {
                queue.leave(source, failing);
                promise.complete(value, failure);
            } else {
                queue.hold(source, failing);
                vertx.setTimer(wait, timer -> {
                    held.decrementAndGet();
                    queue.release(source);
                    promise.complete(value, failure);
                });
            }
        });
        return promise.future();
    }

    private long waitMillis(SourceNetwork source, Throwable failure) {
        return failure instanceof AuthenticationException refused && refused.reason() != Reason.OVERLOADED
                ? failures.failed(source)
                : 0;
    }

    /** Refuses after a while, so that who sends tokens as fast as they are answered gets few answers. */
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
