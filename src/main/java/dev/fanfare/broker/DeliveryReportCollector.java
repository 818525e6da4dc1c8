package dev.fanfare.broker;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Collects the {@link DeliveryReport} of one message on one node. Complete when nothing holds it for further receivers
 * and every receiver chosen so far has an outcome, or when its time is over. Shared by all shards of the node.
 * Thread-safe.
 */
public final class DeliveryReportCollector {

    private final Promise<OperationResult> outcome = Promise.promise();
    private final List<DeliveryReport.FailedDelivery> failures = new ArrayList<>(0);
    private int holders = 1;
    private int chosen;
    private int written;
    private int queued;
    private int dropped;
    private boolean elsewhere;
    private boolean closed;

    /**
     * The receiver may be on another node that this one does not know for certain: finding none here proves nothing.
     */
    public synchronized void perhapsElsewhere() {
        elsewhere = true;
    }

    /** Another component will deliver the message to receivers: a shard, or the claimant of a session. */
    public synchronized void hold() {
        holders++;
    }

    /** A component that held it has delivered it to all of its receivers. */
    public void release() {
        settle(() -> holders--);
    }

    /** Adds a receiver; one of the three methods below follows. */
    public synchronized void chosen() {
        chosen++;
    }

    /** The kernel accepted all of it. */
    public void written() {
        settle(() -> written++);
    }

    /** It is queued for the receiver, perhaps for long. */
    public void queued() {
        settle(() -> queued++);
    }

    /** The receiver does not get it. */
    public void dropped(DeliveryReport.FailedDelivery failedDelivery) {
        settle(() -> {
            dropped++;
            if (failures.size() < DeliveryReport.MAX_FAILURES) {
                failures.add(failedDelivery);
            }
        });
    }

    /**
     * The time is over: what has no outcome counts as queued. If something still holds it, the number of receivers is
     * unknown and the node counts as unreachable.
     */
    public void expire() {
        OperationResult operationResult;
        synchronized (this) {
            if (closed) {
                return;
            }
            queued = chosen - written - dropped;
            operationResult = answer(holders > 0 ? 1 : 0);
        }
        outcome.complete(operationResult);
    }

    /** The report, on any thread. */
    public Future<OperationResult> outcome() {
        return outcome.future();
    }

    private void settle(Runnable change) {
        OperationResult operationResult = null;
        synchronized (this) {
            if (!closed) {
                change.run();
                operationResult = complete();
            }
        }
        if (operationResult != null) {
            outcome.complete(operationResult);
        }
    }

    private @Nullable OperationResult complete() {
        return holders == 0 && chosen == written + queued + dropped ? answer(0) : null;
    }

    private OperationResult answer(int unreachable) {
        closed = true;
        DeliveryReport deliveryReport = new DeliveryReport(written, queued, dropped, List.copyOf(failures));
        int unknown = elsewhere && chosen == 0 ? 1 : unreachable;
        return new OperationResult(chosen, List.of(), deliveryReport, null, null, unknown);
    }
}
