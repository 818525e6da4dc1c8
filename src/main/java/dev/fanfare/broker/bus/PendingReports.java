package dev.fanfare.broker.bus;

import dev.fanfare.broker.DeliveryReportCollector;
import dev.fanfare.broker.Operation;
import dev.fanfare.broker.OperationResult;
import dev.fanfare.broker.Publication;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The delivery reports being collected on this node, from when the message arrives until the request for its report is
 * answered. The request follows on the same path; either may be lost. Thread-safe; each entry
 * expires {@link #KEPT_MILLIS} after its publisher has stopped waiting.
 */
final class PendingReports {

    /** How long a report is kept for a request that does not arrive. */
    private static final long KEPT_MILLIS = 5000;

    private final Vertx vertx;
    private final Map<PublicationKey, DeliveryReportCollector> pending = new ConcurrentHashMap<>();

    PendingReports(Vertx vertx) {
        this.vertx = vertx;
    }

    /** Identifies a publication. */
    private record PublicationKey(long origin, long sequence) {}

    /** Starts the report of a message that has arrived. The result is held once, for the caller. */
    DeliveryReportCollector begin(Publication publication) {
        PublicationKey publicationKey = new PublicationKey(publication.origin(), publication.sequence());
        DeliveryReportCollector deliveryReportCollector = new DeliveryReportCollector();
        pending.put(publicationKey, deliveryReportCollector);
        after(publication.reportMillis(), () -> {
            deliveryReportCollector.expire();
            after(KEPT_MILLIS, () -> pending.remove(publicationKey, deliveryReportCollector));
        });
        return deliveryReportCollector;
    }

    /** Completes with the report; unreachable if the message never arrived here. */
    Future<OperationResult> fetch(Operation.FetchReport question) {
        PublicationKey publicationKey = new PublicationKey(question.origin(), question.sequence());
        DeliveryReportCollector deliveryReportCollector = pending.get(publicationKey);
        if (deliveryReportCollector == null) {
            return Future.succeededFuture(OperationResult.UNREACHABLE);
        }
        return deliveryReportCollector
                .outcome()
                .onComplete(done -> pending.remove(publicationKey, deliveryReportCollector));
    }

    private void after(long millis, Runnable work) {
        vertx.setTimer(Math.max(1, millis), timer -> work.run());
    }

    /** Number of reports that are being collected or wait to be fetched. */
    int size() {
        return pending.size();
    }
}
