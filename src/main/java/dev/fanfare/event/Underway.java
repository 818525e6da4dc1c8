package dev.fanfare.event;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The events that handlers have not taken yet. Thread-safe. */
final class Underway {

    private final Set<Errand> errands = ConcurrentHashMap.newKeySet();
    private volatile @Nullable Promise<Void> none;

    void add(Errand errand) {
        errands.add(errand);
        errand.answer().onComplete(ended -> {
            errands.remove(errand);
            checkNone();
        });
    }

    int count() {
        return errands.size();
    }

    /** Completes when there is none left. Call it once, when no more come. */
    Future<Void> none() {
        Promise<Void> promise = Promise.promise();
        none = promise;
        checkNone();
        return promise.future();
    }

    private void checkNone() {
        Promise<Void> waiting = none;
        if (waiting != null && errands.isEmpty()) {
            waiting.tryComplete();
        }
    }

    /** Gives all up. Returns how many. */
    int abandon() {
        int count = 0;
        for (Errand errand : errands) {
            errand.fail(EventException.stopped());
            count++;
        }
        return count;
    }
}
