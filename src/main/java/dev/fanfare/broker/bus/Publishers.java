package dev.fanfare.broker.bus;

import java.lang.invoke.VarHandle;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The publishers of this node, which read subscriptions without a lock and hand publications to shards and nodes. What
 * may happen only after each publication that is based on earlier subscriptions has been handed over, such as the end of
 * a handover, waits until the publications in progress are over: read-copy-update. Thread-safe. See {@code
 * src/docs/decisions/0044-publishers-hand-over.md}.
 */
final class Publishers {

    private final List<WeakReference<PublisherPhase>> publishers = new CopyOnWriteArrayList<>();

    /** A new publisher. It is forgotten when nothing refers to it any more. */
    PublisherPhase add() {
        PublisherPhase publisher = new PublisherPhase();
        publishers.removeIf(reference -> reference.get() == null);
        publishers.add(new WeakReference<>(publisher));
        return publisher;
    }

    /**
     * The publications in progress. Any other one sees all subscriptions that were changed, by this thread, before the
     * call.
     */
    List<InProgress> inProgress() {
        VarHandle.fullFence(); // pairs with begin(): either the publisher sees the change, or it is seen here
        List<InProgress> all = new ArrayList<>();
        for (WeakReference<PublisherPhase> reference : publishers) {
            PublisherPhase publisher = reference.get();
            InProgress current = publisher == null ? null : publisher.inProgress();
            if (current != null) {
                all.add(current);
            }
        }
        return all;
    }

    /** A publication that had not been handed over to all its receivers. */
    record InProgress(PublisherPhase publisher, long phase) {

        boolean isOver() {
            return publisher.phase.get() != phase;
        }
    }

    /** Publishes from one thread. */
    static final class PublisherPhase {

        /** Odd while a publication is in progress. Never decreases. */
        private final AtomicLong phase = new AtomicLong();

        /** A publication begins: from here on subscriptions may be read. */
        void begin() {
            phase.setRelease((phase.getPlain() + 1) | 1);
            VarHandle.fullFence();
        }

        /** It has been handed over. */
        void end() {
            phase.setRelease((phase.getPlain() + 1) & ~1);
        }

        private @Nullable InProgress inProgress() {
            long now = phase.get();
            return (now & 1) == 0 ? null : new InProgress(this, now);
        }
    }
}
