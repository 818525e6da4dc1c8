package dev.fanfare.delivery;

import dev.fanfare.core.ErrorCode;
import dev.fanfare.core.SlowConsumerPolicy;
import dev.fanfare.core.session.Retained;
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
    private final ArrayDeque<Slot> firm = new ArrayDeque<>(4);

    private final ArrayDeque<Slot> loose = new ArrayDeque<>(4);
    private final Map<String, Slot> latest = new HashMap<>(0);
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
    static final class Slot {
        private final long number;
        private final @Nullable String conflated;
        private Retained message;
        private @Nullable Receipt receipt;

        Slot(long number, @Nullable String conflated, Retained message, @Nullable Receipt receipt) {
            this.number = number;
            this.conflated = conflated;
            this.message = message;
            this.receipt = receipt;
        }

        Retained message() {
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
    boolean offer(Retained message, @Nullable String group, SlowConsumerPolicy policy, @Nullable Receipt receipt) {
        String conflated = policy == SlowConsumerPolicy.KEEP_LATEST ? group : null;
        Slot same = conflated == null ? null : latest.get(conflated);
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
            add(new Slot(numbers++, conflated, message, receipt), policy);
            return true;
        }
        if (policy == SlowConsumerPolicy.DISCONNECT) {
            lose(receipt, ErrorCode.SLOW_CONSUMER);
            return false;
        }
        drop(receipt, Metrics.Drop.NEWEST);
        return true;
    }

    /** A single message always fits: escaped as JSON it may be six times as long as its sender was allowed to send. */
    private boolean fits(Retained message) {
        return size() == 0 || bytes + message.weight() <= maxBytes;
    }

    private void drop(@Nullable Receipt receipt, Metrics.Drop reason) {
        dropped.accept(reason);
        lose(receipt, ErrorCode.SLOW_CONSUMER);
    }

    private static void lose(@Nullable Receipt receipt, ErrorCode why) {
        if (receipt != null) {
            receipt.dropped(why);
        }
    }

    private void replace(Slot slot, Retained message, @Nullable Receipt receipt) {
        forget(slot.message);
        drop(slot.receipt, Metrics.Drop.SUPERSEDED);
        slot.message = message;
        slot.receipt = receipt;
        keep(message);
        while (bytes > maxBytes && size() > 1 && !loose.isEmpty()) {
            dropOldest();
        }
    }

    /** Drops the oldest droppable messages until {@code wanted} bytes fit. */
    private void makeRoom(long wanted) {
        while (wanted > maxBytes - bytes && !loose.isEmpty()) {
            dropOldest();
        }
    }

    private void dropOldest() {
        Slot oldest = take(loose);
        forget(oldest.message);
        drop(oldest.receipt, Metrics.Drop.OLDEST);
    }

    private void add(Slot slot, SlowConsumerPolicy policy) {
        (policy == SlowConsumerPolicy.DISCONNECT ? firm : loose).add(slot);
        if (slot.conflated != null) {
            latest.put(slot.conflated, slot);
        }
        keep(slot.message);
    }

    /** Removes the oldest entry; null if empty. */
    @Nullable
    Slot poll() {
        Slot hard = firm.peek();
        Slot soft = loose.peek();
        if (hard == null && soft == null) {
            return null;
        }
        boolean fromLoose = hard == null || (soft != null && soft.number < hard.number);
        Slot next = take(fromLoose ? loose : firm);
        forget(next.message);
        return next;
    }

    private Slot take(ArrayDeque<Slot> from) {
        Slot slot = from.remove();
        if (slot.conflated != null) {
            latest.remove(slot.conflated);
        }
        return slot;
    }

    /** Drops everything and returns true, if all of it is droppable. */
    boolean shed() {
        if (firm.isEmpty()) {
            makeRoom(Long.MAX_VALUE);
        }
        return firm.isEmpty();
    }

    /** Removes everything without counting it as dropped. */
    void clear(ErrorCode why) {
        for (Slot slot = poll(); slot != null; slot = poll()) {
            lose(slot.receipt, why);
        }
    }

    private void keep(Retained message) {
        bytes += message.weight();
        retention.hold(message);
    }

    private void forget(Retained message) {
        bytes -= message.weight();
        retention.release(message);
    }

    int size() {
        return firm.size() + loose.size();
    }

    /** The weight of all queued messages. */
    long bytes() {
        return bytes;
    }
}
