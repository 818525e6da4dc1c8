package dev.fanfare.broker.handover;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Shares a round of barriers to all nodes among its callers: one round runs at a time, and callers that arrive
 * meanwhile share the next one, which begins after their call. Single-threaded.
 */
final class CoalescedBarrier {

    private final Executor executor;
    private final Supplier<Future<?>> work;
    private @Nullable Promise<Void> next;
    private boolean running;

    /**
     * @param executor runs tasks on the thread of the callers
     * @param work one round; completes on any thread
     */
    CoalescedBarrier(Executor executor, Supplier<Future<?>> work) {
        this.executor = executor;
        this.work = work;
    }

    /** Completes, on the thread of the callers, when a round that begins from now on has ended, successfully or not. */
    Future<Void> await() {
        Promise<Void> pending = next;
        if (pending == null) {
            pending = Promise.promise();
            next = pending;
        }
        if (!running) {
            begin(pending);
        }
        return pending.future();
    }

    private void begin(Promise<Void> round) {
        next = null;
        running = true;
        Future.<Void>succeededFuture()
                .<Void>compose(v -> work.get().mapEmpty())
                .onComplete(done -> executor.execute(() -> end(round)));
    }

    private void end(Promise<Void> round) {
        running = false;
        if (next != null) {
            begin(next);
        }
        round.complete();
    }
}
