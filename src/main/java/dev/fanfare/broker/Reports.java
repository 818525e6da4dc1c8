package dev.fanfare.broker;

import io.vertx.core.Context;
import io.vertx.core.Future;
import java.util.HashMap;
import java.util.Map;

/**
 * The reports that are made on this node, from when the message arrives until the question for its report is answered. The
 * question comes the same way behind it; either may be lost. Belongs to the registry's thread.
 */
final class Reports {

    /** How long a report is kept for a question that does not come. */
    private static final long KEPT_MILLIS = 5000;

    private final Context context;
    private final Map<Key, Reporting> underway = new HashMap<>();

    Reports(Context context) {
        this.context = context;
    }

    /** A publication. */
    private record Key(long origin, long sequence) {}

    /** The message is here. The caller holds what it returns once. */
    Reporting begin(Publication publication) {
        Key key = new Key(publication.origin(), publication.sequence());
        Reporting reporting = new Reporting();
        underway.put(key, reporting);
        after(publication.reportMillis(), () -> {
            reporting.expire();
            after(KEPT_MILLIS, () -> underway.remove(key, reporting));
        });
        return reporting;
    }

    /** The question for a report; whose message was lost is not known here. */
    Future<Answer> fetch(Operation.Outcome question) {
        Key key = new Key(question.origin(), question.sequence());
        Reporting reporting = underway.get(key);
        if (reporting == null) {
            return Future.succeededFuture(Answer.UNREACHABLE);
        }
        return reporting.outcome().onComplete(done -> context.runOnContext(v -> underway.remove(key, reporting)));
    }

    private void after(long millis, Runnable work) {
        context.owner().setTimer(Math.max(1, millis), timer -> work.run());
    }

    /** How many are being made or wait to be fetched. */
    int size() {
        return underway.size();
    }
}
