package dev.fanfare.alert;

import dev.fanfare.core.Backoff;
import dev.fanfare.core.alert.AlertNotice;
import dev.fanfare.core.alert.AlertText;
import dev.fanfare.ops.Metrics;
import io.vertx.core.Context;
import io.vertx.core.Future;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends notices by one channel, one at a time and in order, and repeats what fails for {@value #PATIENCE_MINUTES} minutes.
 * At most {@value #QUEUE} notices wait; above that the oldest is dropped. That a channel fails is logged once, and so is
 * that it works again. Used on one event loop; the channel may complete on any thread.
 */
final class AlertDelivery {

    /** The most notices that wait for a channel. */
    static final int QUEUE = 64;

    /** How long an attempt is repeated, in minutes. */
    static final int PATIENCE_MINUTES = 60;

    private static final Logger log = LoggerFactory.getLogger(AlertDelivery.class);
    private static final int SHOWN_CHARACTERS = 500;

    private final Context context;
    private final AlertChannel channel;
    private final Backoff backoff;
    private final LongSupplier nanoTime;
    private final Consumer<Metrics.AlertOutcome> counter;
    private final Deque<QueuedNotice> queue = new ArrayDeque<>();
    private List<String> refused = List.of();
    private @Nullable AlertNotice sending;
    private boolean busy;
    private boolean failing;
    private boolean stopped;
    private List<AlertDelivery> successors = List.of();

    private static final class QueuedNotice {
        private final AlertNotice notice;
        private final long sinceNanos;
        private int retries;

        QueuedNotice(AlertNotice notice, long sinceNanos) {
            this.notice = notice;
            this.sinceNanos = sinceNanos;
        }
    }

    /**
     * Creates it with nothing to send.
     *
     * @param context on which it is used
     * @param nanoTime a monotonic clock
     * @param counter counts each attempt, and what is given up
     */
    AlertDelivery(
            Context context,
            AlertChannel channel,
            Backoff backoff,
            LongSupplier nanoTime,
            Consumer<Metrics.AlertOutcome> counter) {
        this.context = context;
        this.channel = channel;
        this.backoff = backoff;
        this.nanoTime = nanoTime;
        this.counter = counter;
    }

    AlertChannel channel() {
        return channel;
    }

    /** Sends a notice after those that wait. */
    void submit(AlertNotice notice) {
        enqueue(new QueuedNotice(notice, nanoTime.getAsLong()));
    }

    private void enqueue(QueuedNotice queued) {
        while (queue.size() >= QUEUE) {
            queue.removeFirst();
            counter.accept(Metrics.AlertOutcome.DROPPED);
        }
        queue.addLast(queued);
        next();
    }

    /** Begins to send nothing more; what waits is given up. */
    void stop() {
        handOver(List.of());
    }

    /**
     * Begins to send nothing more. Others send what waits, and what is being sent if that fails; with no others it is
     * given up.
     */
    void handOver(List<AlertDelivery> others) {
        stopped = true;
        successors = others;
        List<QueuedNotice> waiting = List.copyOf(queue);
        queue.clear();
        waiting.forEach(this::pass);
    }

    private void pass(QueuedNotice queued) {
        if (successors.isEmpty()) {
            counter.accept(Metrics.AlertOutcome.FAILED);
        }
        successors.forEach(successor -> successor.take(queued));
    }

    private void take(QueuedNotice passed) {
        if (stopped) {
            pass(passed);
        } else if (!passed.notice.equals(sending)
                && queue.stream().noneMatch(queued -> queued.notice.equals(passed.notice))) {
            enqueue(new QueuedNotice(passed.notice, passed.sinceNanos));
        }
    }

    private void next() {
        if (busy || stopped || queue.isEmpty()) {
            return;
        }
        busy = true;
        QueuedNotice queued = queue.removeFirst();
        sending = queued.notice;
        // Composed, so that what the channel throws is a failure like others.
        Future.succeededFuture()
                .compose(v -> channel.send(queued.notice))
                .onComplete(
                        refusedNow -> context.runOnContext(v -> succeeded(refusedNow)),
                        failure -> context.runOnContext(v -> failed(queued, failure)));
    }

    private void succeeded(List<String> refusedNow) {
        busy = false;
        sending = null;
        counter.accept(refusedNow.isEmpty() ? Metrics.AlertOutcome.SENT : Metrics.AlertOutcome.PARTLY_SENT);
        if (failing) {
            failing = false;
            log.atInfo().addKeyValue("channel", channel.name()).log("alerts can be sent again");
        }
        if (!refusedNow.isEmpty() && !refusedNow.equals(refused)) {
            log.atWarn()
                    .addKeyValue("channel", channel.name())
                    .addKeyValue("refused", AlertText.cut(String.join(", ", refusedNow), SHOWN_CHARACTERS))
                    .log("the mail server refuses some receivers of alerts");
        }
        refused = refusedNow;
        next();
    }

    private void failed(QueuedNotice queued, Throwable failure) {
        if (!failing) {
            failing = true;
            log.atWarn()
                    .addKeyValue("channel", channel.name())
                    .addKeyValue("error", failure.getMessage())
                    .log("an alert could not be sent; it is tried again");
        }
        long pause = Math.max(1, backoff.pauseMillis(queued.retries++));
        long waited = nanoTime.getAsLong() - queued.sinceNanos + TimeUnit.MILLISECONDS.toNanos(pause);
        sending = null;
        if (waited > TimeUnit.MINUTES.toNanos(PATIENCE_MINUTES)) {
            counter.accept(Metrics.AlertOutcome.FAILED);
            busy = false;
            next();
            return;
        }
        if (stopped) {
            pass(queued);
            return;
        }
        counter.accept(Metrics.AlertOutcome.RETRIED);
        queue.addFirst(queued); // it is the oldest: the first to go if too many wait
        context.owner().setTimer(pause, due -> {
            busy = false;
            next();
        });
    }
}
