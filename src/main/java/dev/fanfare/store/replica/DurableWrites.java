package dev.fanfare.store.replica;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Writes what a member must not forget, and makes wait what depends on it. Without a storage nothing is written and nothing
 * waits. Pure: no thread, no clock.
 */
final class DurableWrites {

    private static final int CROWD = 65_536;

    private record WaitingAction(long position, LongConsumer action) {}

    private final @Nullable ReplicaStorage storage;
    private final Queue<WaitingAction> waiting = new ArrayDeque<>();

    DurableWrites(@Nullable ReplicaStorage storage) {
        this.storage = storage;
    }

    boolean isDurable() {
        return storage != null;
    }

    void write(StateRecord record) {
        if (storage != null) {
            storage.append(record.toBytes());
        }
    }

    /** Runs something with the time when everything written until now is on the disk: now if it is. */
    void whenWritten(LongConsumer action, long now) {
        if (storage == null || (waiting.isEmpty() && storage.written() == storage.appended())) {
            action.accept(now);
        } else {
            waiting.add(new WaitingAction(storage.appended(), action));
        }
    }

    /** Runs what need not wait any longer. */
    void release(long now) {
        if (storage == null) {
            return;
        }
        for (WaitingAction next = waiting.peek();
                next != null && next.position() <= storage.written();
                next = waiting.peek()) {
            waiting.remove();
            next.action().accept(now);
        }
    }

    /** Whether so much waits that what is sent again anyway need not wait, too. */
    boolean isCrowded() {
        return waiting.size() >= CROWD;
    }

    boolean isBusy() {
        return storage != null && storage.isBusy();
    }

    boolean isFailing() {
        return storage != null && storage.isFailing();
    }

    StateRecord.TimeMark mark(long time) {
        return new StateRecord.TimeMark(time, storage == null ? 0 : storage.timeOfDay());
    }

    /** How much time has passed since a mark was written, as far as the time of day tells. */
    long since(StateRecord.TimeMark mark) {
        return storage == null ? 0 : Math.max(0, storage.timeOfDay() - mark.timeOfDay());
    }
}
