package dev.fanfare.broker.bus;

import dev.fanfare.broker.DeliveryReportCollector;
import dev.fanfare.broker.Operation;
import dev.fanfare.broker.OperationResult;
import dev.fanfare.broker.Publication;
import io.vertx.core.Context;
import io.vertx.core.Future;
import java.util.HashMap;
import java.util.Map;

/**
 * The reports that are made on this node, from when the message arrives until the question for its report is answered. The
 * question comes the same way behind it; either may be lost. Belongs to the registry's thread.
 */
final class PendingReports {

    /** How long a report is kept for a question that does not come. */
    private static final long KEPT_MILLIS = 5000;

    private final Context context;
    private final Map<Key, DeliveryReportCollector> pending = new HashMap<>();

    PendingReports(Context context) {
        this.context = context;
    }

    /** A publication. */
    private record Key(long origin, long sequence) {}

    /** The message is here. The caller holds what it returns once. */
    DeliveryReportCollector begin(Publication publication) {
        Key key = new Key(publication.origin(), publication.sequence());
        DeliveryReportCollector deliveryReportCollector = new DeliveryReportCollector();
        pending.put(key, deliveryReportCollector);
        after(publication.reportMillis(), () -> {
            deliveryReportCollector.expire();
            after(KEPT_MILLIS, () -> pending.remove(key, deliveryReportCollector));
        });
        return deliveryReportCollector;
    }

    /** The question for a report; whose message was lost is not known here. */
    Future<OperationResult> fetch(Operation.Outcome question) {
        Key key = new Key(question.origin(), question.sequence());
        DeliveryReportCollector deliveryReportCollector = pending.get(key);
        if (deliveryReportCollector == null) {
            return Future.succeededFuture(OperationResult.UNREACHABLE);
        }
        return deliveryReportCollector
                .outcome()
                .onComplete(done -> context.runOnContext(v -> pending.remove(key, deliveryReportCollector)));
    }

    private void after(long millis, Runnable work) {
        context.owner().setTimer(Math.max(1, millis), timer -> work.run());
    }

    /** How many are being made or wait to be fetched. */
    int size() {
        return pending.size();
    }
}
