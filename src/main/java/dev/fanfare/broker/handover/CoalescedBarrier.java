package dev.fanfare.broker.handover;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Shares a round of barriers to all nodes among its callers: one round runs at a time, and callers that arrive
 * meanwhile share the next one, which begins after their call. Single-threaded.
 */
final class CoalescedBarrier {

    private final Supplier<Future<?>> work;
    private @Nullable Promise<Void> next;
    private boolean running;

    /** @param work one round; completes on the same thread */
    CoalescedBarrier(Supplier<Future<?>> work) {
        this.work = work;
    }

    /** Completes when a round that begins from now on has ended, successfully or not. */
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
        Future.<Void>succeededFuture().<Void>compose(v -> work.get().mapEmpty()).onComplete(done -> {
            running = false;
            if (next != null) {
                begin(next);
            }
            round.complete();
        });
    }
}
