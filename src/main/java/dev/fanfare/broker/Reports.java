package dev.fanfare.broker;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The reports that are made on this node, from when the message or the question for its report arrives until the question
 * is answered. Both come from the publisher's node, in any order, and either may be lost. Belongs to the registry's thread.
 */
final class Reports {

    /** How long a report is kept for a question that does not come. */
    private static final long KEPT_MILLIS = 5000;

    private static final Answer UNKNOWN = new Answer(0, List.of(), null, null, 1);

    private final Context context;
    private final Map<Key, Entry> entries = new HashMap<>();

    Reports(Context context) {
        this.context = context;
    }

    /** A publication. */
    private record Key(long origin, long sequence) {}

    private static final class Entry {
        private final Promise<Answer> answer = Promise.promise();
        private @Nullable Reporting reporting;

        void expire() {
            if (reporting == null) {
                answer.tryComplete(UNKNOWN);
            } else {
                reporting.expire();
            }
        }
    }

    /** The message is here. The caller holds what it returns once. */
    Reporting begin(Publication publication) {
        Entry entry =
                entry(new Key(publication.origin(), publication.sequence()), publication.reportMillis(), KEPT_MILLIS);
        Reporting reporting = new Reporting();
        entry.reporting = reporting;
        reporting.outcome().onSuccess(entry.answer::tryComplete);
        return reporting;
    }

    /**
     * The question for a report.
     *
     * @param listening whether this node listens to the address of the message; if not, it will not come
     */
    Future<Answer> fetch(Operation.Outcome question, boolean listening) {
        Key key = new Key(question.origin(), question.sequence());
        if (!entries.containsKey(key) && !listening) {
            return Future.succeededFuture(Answer.NONE);
        }
        Future<Answer> answer = entry(key, question.withinMillis(), 0).answer.future();
        answer.onComplete(done -> context.runOnContext(v -> entries.remove(key)));
        return answer;
    }

    private Entry entry(Key key, int withinMillis, long keptMillis) {
        Entry known = entries.get(key);
        if (known != null) {
            return known;
        }
        Entry entry = new Entry();
        entries.put(key, entry);
        after(withinMillis, () -> {
            entry.expire();
            after(keptMillis, () -> entries.remove(key, entry));
        });
        return entry;
    }

    private void after(long millis, Runnable work) {
        context.owner().setTimer(Math.max(1, millis), timer -> work.run());
    }

    /** How many are being made or wait to be fetched. */
    int size() {
        return entries.size();
    }
}
