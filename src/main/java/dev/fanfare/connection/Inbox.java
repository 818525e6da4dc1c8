package dev.fanfare.connection;

import dev.fanfare.broker.Delivery;
import io.vertx.core.Context;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * What other threads want of a shard, in the order in which they said so. Consecutive deliveries with the same target are
 * handed on as one run, so that a burst costs each member one write. Bounded in bytes by the broker, which makes
 * publishers wait.
 */
final class Inbox {

    /** The shard looks after its sockets again after so many items. */
    private static final int SLICE = 256;

    private static final int RUN_MESSAGES = 64;
    private static final int RUN_BYTES = 64 * 1024;

    private final Context context;
    private final Consumer<List<Delivery>> fanOut;
    private final LongConsumer settled;
    private final Consumer<Throwable> fault;
    private final Queue<Object> items = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean scheduled = new AtomicBoolean();

    /**
     * @param fanOut gets runs of at least one delivery
     * @param settled hears how many bytes have been dealt with
     * @param fault hears of bugs; what is behind them in the queue goes on
     */
    Inbox(Context context, Consumer<List<Delivery>> fanOut, LongConsumer settled, Consumer<Throwable> fault) {
        this.context = context;
        this.fanOut = fanOut;
        this.settled = settled;
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
        for (int left = SLICE; left > 0; left--) {
            Object item = items.poll();
            if (item == null) {
                break;
            }
            if (item instanceof Delivery delivery) {
                run.add(delivery);
            } else {
                run.finish();
                guard((Runnable) item);
            }
        }
        run.finish();
        if (!items.isEmpty() && scheduled.compareAndSet(false, true)) {
            context.runOnContext(v -> drain());
        }
    }

    private void guard(Runnable work) {
        try {
            work.run();
        } catch (RuntimeException | AssertionError bug) {
            fault.accept(bug);
        }
    }

    /** Deliveries that can be written as one. */
    private final class Run {
        private @Nullable List<Delivery> deliveries;
        private int bytes;

        void add(Delivery delivery) {
            if (deliveries != null
                    && (deliveries.size() == RUN_MESSAGES
                            || bytes + delivery.weight() > RUN_BYTES
                            || !deliveries
                                    .get(0)
                                    .publication()
                                    .target()
                                    .equals(delivery.publication().target()))) {
                finish();
            }
            if (deliveries == null) {
                deliveries = new ArrayList<>(4);
            }
            deliveries.add(delivery);
            bytes += delivery.weight();
        }

        void finish() {
            List<Delivery> complete = deliveries;
            if (complete != null) {
                int weight = bytes;
                deliveries = null;
                bytes = 0;
                guard(() -> fanOut.accept(complete));
                settled.accept(weight);
            }
        }
    }
}
