package dev.fanfare.consumer;

import dev.fanfare.core.Backoff;
import dev.fanfare.store.StoreException;
import dev.fanfare.store.VersionMismatchException;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Changes of records that are made until they succeed: a few at a time, and again after a pause while the store does not
 * serve. Each belongs to a connection that has a seat, had one or may have written one, which bounds their number. Runs on
 * one context; {@link #add} and {@link #idle} may be called by any thread.
 */
final class SeatErrands {

    private static final Logger log = LoggerFactory.getLogger(SeatErrands.class);
    private static final int RUNNING = 64;
    private static final int FIRST_PAUSE_MILLIS = 50;
    private static final long OUTRUN_PAUSE_MILLIS = 2;
    private static final int LONGEST_PAUSE_MILLIS = 10_000;

    private final Queue<Errand> waiting = new ArrayDeque<>();
    private final List<Promise<Void>> idle = new ArrayList<>();
    private final Backoff backoff =
            new Backoff(FIRST_PAUSE_MILLIS, LONGEST_PAUSE_MILLIS, Backoff.Jitter.FULL, new SplittableRandom());
    private volatile @Nullable Context context;
    private int unfinished;
    private int running;
    private boolean closed;

    private static final class Errand {
        private final Supplier<Future<Void>> work;
        private int failures;

        Errand(Supplier<Future<Void>> work) {
            this.work = work;
        }
    }

    /** @param own where everything runs */
    void open(Context own) {
        context = own;
    }

    void close() {
        closed = true;
        waiting.clear();
    }

    /** Does this soon, and until it succeeds. It may be called again, so it must read what it changes. */
    void add(Supplier<Future<Void>> work) {
        Context own = context;
        if (own != null) {
            own.runOnContext(v -> {
                unfinished++;
                waiting.add(new Errand(work));
                pump();
            });
        }
    }

    /** Completes when nothing is left to be done of what was added before. */
    Future<Void> idle() {
        Context own = context;
        if (own == null) {
            return Future.succeededFuture();
        }
        Promise<Void> promise = Promise.promise();
        own.runOnContext(v -> {
            idle.add(promise);
            completeIfIdle();
        });
        return promise.future();
    }

    private void pump() {
        while (!closed && running < RUNNING && !waiting.isEmpty()) {
            Errand errand = waiting.remove();
            running++;
            // compose() turns exceptions into failures
            Future.succeededFuture()
                    .compose(v -> errand.work.get())
                    .onComplete(done -> onOwn(() -> ended(errand, done.cause())));
        }
    }

    private void onOwn(Runnable work) {
        Context own = context;
        if (own != null) {
            own.runOnContext(v -> work.run());
        }
    }

    private void ended(Errand errand, @Nullable Throwable failure) {
        running--;
        if (failure instanceof StoreException && !closed) {
            retry(errand, failure);
        } else {
            unfinished--;
            if (failure != null && !closed) {
                log.atError().setCause(failure).log("the record of a connection could not be changed");
            }
        }
        pump();
        completeIfIdle();
    }

    private void retry(Errand errand, Throwable failure) {
        // Another writer was faster: that is no sign of trouble.
        boolean outrun = failure instanceof VersionMismatchException;
        long pause = outrun ? OUTRUN_PAUSE_MILLIS : Math.max(1, backoff.pauseMillis(errand.failures++));
        Context own = context;
        if (own != null) {
            own.owner()
                    .setTimer(
                            pause,
                            timer -> onOwn(() -> {
                                waiting.add(errand);
                                pump();
                            }));
        }
    }

    private void completeIfIdle() {
        if (unfinished == 0 || closed) {
            idle.forEach(Promise::tryComplete);
            idle.clear();
        }
    }
}
