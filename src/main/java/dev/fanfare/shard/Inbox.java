package dev.fanfare.shard;

import dev.fanfare.broker.Delivery;
import dev.fanfare.socket.LoopThread;
import dev.fanfare.socket.NextTick;
import io.vertx.core.Context;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The queue through which other threads reach a shard: deliveries and tasks, in order. Consecutive deliveries with the same
 * target form one run, so that a burst costs each member one write; deliveries with a report stay alone. Filled from any
 * thread, drained on the shard's thread within a budget per turn of the event loop. Bounded in bytes by the broker, which
 * applies backpressure to publishers.
 */
final class Inbox {

    /** Receivers and items processed per turn; then the event loop serves its sockets again. */
    private static final int BUDGET = 1024;

    private static final int RUN_MESSAGES = 64;
    private static final int RUN_BYTES = 64 * 1024;

    private final Context context;
    private final LoopThread thread;
    private final NextTick nextTick;
    private final FanOut fanOut;
    private final Consumer<Throwable> fault;
    private final Queue<Object> items = new ConcurrentLinkedQueue<>();

    /** Whether a turn is due or runs. What is added during a turn does not make the next one due at once. */
    private final AtomicBoolean scheduled = new AtomicBoolean();

    /** Delivers runs to their receivers. */
    interface FanOut {

        /**
         * @param run at least one delivery
         * @param weight the sum of the weights of the run
         * @param last whether the inbox is empty behind it
         * @return the number of receivers served in this turn
         */
        int begin(List<Delivery> run, long weight, boolean last);
    }

    /** @param fault called with each unexpected exception; later items are still processed */
    Inbox(Context context, FanOut fanOut, Consumer<Throwable> fault) {
        this.context = context;
        this.thread = LoopThread.of(context);
        this.nextTick = NextTick.of(context);
        this.fanOut = fanOut;
        this.fault = fault;
    }

    /** Queues a delivery. Any thread. */
    void add(Delivery delivery) {
        enqueue(delivery);
    }

    /** Runs a task on the shard's thread, behind everything queued before. Any thread. */
    void execute(Runnable work) {
        enqueue(work);
    }

    private void enqueue(Object item) {
        items.add(item);
        if (!scheduled.get() && scheduled.compareAndSet(false, true)) {
            context.runOnContext(v -> drain());
        }
    }

    private void drain() {
        assert thread.isCurrent();
        try {
            turn();
        } finally {
            scheduled.set(false);
            if (!items.isEmpty() && scheduled.compareAndSet(false, true)) {
                nextTick.next(this::drain);
            }
        }
    }

    private void turn() {
        Run run = new Run();
        for (int left = BUDGET; left > 0; left -= run.takeCost()) {
            Object item = items.poll();
            if (item == null) {
                break;
            }
            if (item instanceof Delivery delivery) {
                run.add(delivery);
            } else {
                run.finish(false);
                guard((Runnable) item);
            }
        }
        run.finish(items.isEmpty());
    }

    private void guard(Runnable work) {
        try {
            work.run();
        } catch (RuntimeException | Error bug) {
            fault.accept(bug);
        }
    }

    /** Consecutive deliveries that are fanned out together. */
    private final class Run {
        private @Nullable List<Delivery> deliveries;
        private int bytes;
        private int cost;

        void add(Delivery delivery) {
            if (deliveries != null && !fits(deliveries, delivery)) {
                finish(false);
            }
            if (deliveries == null) {
                deliveries = new ArrayList<>(4);
            }
            deliveries.add(delivery);
            bytes += delivery.weight();
        }

        private boolean fits(List<Delivery> begun, Delivery delivery) {
            return delivery.deliveryReportCollector() == null
                    && begun.get(0).deliveryReportCollector() == null
                    && begun.size() < RUN_MESSAGES
                    && bytes + delivery.weight() <= RUN_BYTES
                    && begun.get(0)
                            .publication()
                            .target()
                            .equals(delivery.publication().target());
        }

        void finish(boolean last) {
            List<Delivery> complete = deliveries;
            if (complete != null) {
                int weight = bytes;
                deliveries = null;
                bytes = 0;
                guard(() -> cost += fanOut.begin(complete, weight, last));
            }
        }

        /** The cost since the last call. */
        int takeCost() {
            int spent = cost + 1;
            cost = 0;
            return spent;
        }
    }
}
