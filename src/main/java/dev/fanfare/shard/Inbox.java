package dev.fanfare.shard;

import dev.fanfare.broker.Delivery;
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
 * What other threads want of a shard, in the order in which they said so. Consecutive deliveries with the same target are
 * handed on as one run, so that a burst costs each member one write; but those of which somebody wants a report. Bounded in bytes by the broker, which makes
 * publishers wait.
 */
final class Inbox {

    /** What a turn may cost; then the event loop looks after its sockets again. In receivers, and items besides. */
    private static final int BUDGET = 1024;

    private static final int RUN_MESSAGES = 64;
    private static final int RUN_BYTES = 64 * 1024;

    private final Context context;
    private final NextTick nextTick;
    private final FanOut fanOut;
    private final Consumer<Throwable> fault;
    private final Queue<Object> items = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean scheduled = new AtomicBoolean();

    /** Brings runs to their receivers. */
    interface FanOut {

        /**
         * @param run at least one delivery
         * @param weight of all of them
         * @param last whether nothing waits behind it
         * @return how many receivers it was brought to
         */
        int begin(List<Delivery> run, long weight, boolean last);
    }

    /** @param fault hears of bugs; what is behind them in the queue goes on */
    Inbox(Context context, FanOut fanOut, Consumer<Throwable> fault) {
        this.context = context;
        this.nextTick = NextTick.of(context);
        this.fanOut = fanOut;
        this.fault = fault;
    }

    /** Any thread. */
    void add(Delivery delivery) {
        enqueue(delivery);
    }

    /** Runs something on the shard's thread, behind everything added before. Any thread. */
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
        scheduled.set(false);
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
        if (!items.isEmpty() && scheduled.compareAndSet(false, true)) {
            nextTick.next(this::drain);
        }
    }

    private void guard(Runnable work) {
        try {
            work.run();
        } catch (RuntimeException | Error bug) {
            fault.accept(bug);
        }
    }

    /** Deliveries that can be written as one. */
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

        /** What was spent since the last call. */
        int takeCost() {
            int spent = cost + 1;
            cost = 0;
            return spent;
        }
    }
}
