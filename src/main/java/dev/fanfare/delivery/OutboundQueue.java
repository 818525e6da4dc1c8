package dev.fanfare.delivery;

import dev.fanfare.core.ErrorCode;
import dev.fanfare.core.SlowConsumerPolicy;
import dev.fanfare.core.session.Retention;
import dev.fanfare.ops.Metrics;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Messages queued for one slow consumer, each with the policy of its hub or group. Bounded in bytes, except that a single
 * message always fits. Droppable messages make room for those that must not be dropped. Confined to the shard's thread.
 */
final class OutboundQueue {

    private final long maxBytes;
    private final Retention retention;
    private final Consumer<Metrics.Drop> dropped;

    /** Messages that must not be dropped, and messages that may be; both in order, numbered so that they can be merged. */
    private final ArrayDeque<Entry> undroppable = new ArrayDeque<>(4);

    private final ArrayDeque<Entry> droppable = new ArrayDeque<>(4);
    private final Map<String, Entry> latest = new HashMap<>(0);
    private long numbers;
    private long bytes;

    /**
     * @param maxBytes the limit of the queue
     * @param dropped called for each dropped message
     */
    OutboundQueue(long maxBytes, Retention retention, Consumer<Metrics.Drop> dropped) {
        this.maxBytes = maxBytes;
        this.retention = retention;
        this.dropped = dropped;
    }

    /** An entry. With {@code KEEP_LATEST} a newer message of the same group replaces its message. */
    static final class Entry {
        private final long number;
        private final @Nullable String conflationKey;
        private QueuedMessage message;
        private @Nullable Receipt receipt;

        Entry(long number, @Nullable String conflationKey, QueuedMessage message, @Nullable Receipt receipt) {
            this.number = number;
            this.conflationKey = conflationKey;
            this.message = message;
            this.receipt = receipt;
        }

        QueuedMessage message() {
            return message;
        }

        @Nullable
        Receipt receipt() {
            return receipt;
        }
    }

    /**
     * Queues a message, and drops messages as the policies say.
     *
     * @param group the group it was published to; null for none
     * @param receipt null without a report
     * @return false if the queue is full and the policy is to disconnect
     */
    boolean offer(QueuedMessage message, @Nullable String group, SlowConsumerPolicy policy, @Nullable Receipt receipt) {
        String conflationKey = policy == SlowConsumerPolicy.KEEP_LATEST ? group : null;
        Entry same = conflationKey == null ? null : latest.get(conflationKey);
        if (same != null) {
            replace(same, message, receipt);
            return true;
        }
        if (policy == SlowConsumerPolicy.DROP_NEWEST && !fits(message)) {
            drop(receipt, Metrics.Drop.NEWEST);
            return true;
        }
        makeRoom(message.weight());
        if (fits(message)) {
            add(new Entry(numbers++, conflationKey, message, receipt), policy);
            return true;
        }
        if (policy == SlowConsumerPolicy.DISCONNECT) {
            reportDropped(receipt, ErrorCode.SLOW_CONSUMER);
            return false;
        }
        drop(receipt, Metrics.Drop.NEWEST);
        return true;
    }

    /** A single message always fits: escaped as JSON it may be six times as long as its sender was allowed to send. */
    private boolean fits(QueuedMessage message) {
        return size() == 0 || bytes + message.weight() <= maxBytes;
    }

    private void drop(@Nullable Receipt receipt, Metrics.Drop reason) {
        dropped.accept(reason);
        reportDropped(receipt, ErrorCode.SLOW_CONSUMER);
    }

    private static void reportDropped(@Nullable Receipt receipt, ErrorCode why) {
        if (receipt != null) {
            receipt.dropped(why);
        }
    }

    private void replace(Entry entry, QueuedMessage message, @Nullable Receipt receipt) {
        release(entry.message);
        drop(entry.receipt, Metrics.Drop.SUPERSEDED);
        entry.message = message;
        entry.receipt = receipt;
        hold(message);
        while (bytes > maxBytes && size() > 1 && !droppable.isEmpty()) {
            dropOldest();
        }
    }

    /** Drops the oldest droppable messages until {@code wanted} bytes fit. */
    private void makeRoom(long wanted) {
        while (wanted > maxBytes - bytes && !droppable.isEmpty()) {
            dropOldest();
        }
    }

    private void dropOldest() {
        Entry oldest = take(droppable);
        release(oldest.message);
        drop(oldest.receipt, Metrics.Drop.OLDEST);
    }

    private void add(Entry entry, SlowConsumerPolicy policy) {
        (policy == SlowConsumerPolicy.DISCONNECT ? undroppable : droppable).add(entry);
        if (entry.conflationKey != null) {
            latest.put(entry.conflationKey, entry);
        }
        hold(entry.message);
    }

    /** Removes the oldest entry, whose message the caller {@linkplain #release releases}; null if empty. */
    @Nullable
    Entry poll() {
        Entry firstUndroppable = undroppable.peek();
        Entry firstDroppable = droppable.peek();
        if (firstUndroppable == null && firstDroppable == null) {
            return null;
        }
        boolean droppableFirst =
                firstUndroppable == null || (firstDroppable != null && firstDroppable.number < firstUndroppable.number);
        return take(droppableFirst ? droppable : undroppable);
    }

    private Entry take(ArrayDeque<Entry> from) {
        Entry entry = from.remove();
        if (entry.conflationKey != null) {
            latest.remove(entry.conflationKey);
        }
        return entry;
    }

    /** Drops everything and returns true, if all of it is droppable. */
    boolean shed() {
        if (undroppable.isEmpty()) {
            makeRoom(Long.MAX_VALUE);
        }
        return undroppable.isEmpty();
    }

    /** Removes everything without counting it as dropped. */
    void clear(ErrorCode why) {
        for (Entry entry = poll(); entry != null; entry = poll()) {
            release(entry.message);
            reportDropped(entry.receipt, why);
        }
    }

    private void hold(QueuedMessage message) {
        bytes += message.weight();
        retention.hold(message);
    }

    /** Uncounts a message that was removed. */
    void release(QueuedMessage message) {
        bytes -= message.weight();
        retention.release(message);
    }

    int size() {
        return undroppable.size() + droppable.size();
    }

    /** The weight of all queued messages. */
    long bytes() {
        return bytes;
    }
}
