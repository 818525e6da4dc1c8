package dev.fanfare.store.state;

import dev.fanfare.store.LogLimits;
import dev.fanfare.store.VersionCondition;
import java.util.Objects;

/** A change of a {@link StoreState}. What it does depends on the state and on the time at which it is applied only. */
public sealed interface StoreCommand {

    /** Calls the method of the visitor for this command. */
    <R> R accept(StoreCommandVisitor<R> visitor);

    /**
     * Writes a value. The result is {@link StoreResult.Stored} or {@link StoreResult.Mismatch}.
     *
     * @param timeToLiveMillis counted from the time at which the command is applied; 0 if the value does not expire
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Put(String key, byte[] value, VersionCondition condition, long timeToLiveMillis) implements StoreCommand {

        public Put {
            Objects.requireNonNull(key, "key");
            Objects.requireNonNull(value, "value");
            Objects.requireNonNull(condition, "condition");
            if (timeToLiveMillis < 0) {
                throw new IllegalArgumentException("timeToLiveMillis=" + timeToLiveMillis);
            }
        }

        @Override
        public <R> R accept(StoreCommandVisitor<R> visitor) {
            return visitor.on(this);
        }
    }

    /** Removes a key. The result is {@link StoreResult.Removed} or {@link StoreResult.Mismatch}. */
    record Remove(String key, VersionCondition condition) implements StoreCommand {

        public Remove {
            Objects.requireNonNull(key, "key");
            Objects.requireNonNull(condition, "condition");
        }

        @Override
        public <R> R accept(StoreCommandVisitor<R> visitor) {
            return visitor.on(this);
        }
    }

    /** Appends a record. The result is {@link StoreResult.Appended}. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Append(String log, byte[] record, LogLimits limits) implements StoreCommand {

        public Append {
            Objects.requireNonNull(log, "log");
            Objects.requireNonNull(record, "record");
            Objects.requireNonNull(limits, "limits");
        }

        @Override
        public <R> R accept(StoreCommandVisitor<R> visitor) {
            return visitor.on(this);
        }
    }

    /** Removes a log. The result is {@link StoreResult.Removed}. */
    record RemoveLog(String log) implements StoreCommand {

        public RemoveLog {
            Objects.requireNonNull(log, "log");
        }

        @Override
        public <R> R accept(StoreCommandVisitor<R> visitor) {
            return visitor.on(this);
        }
    }

    /**
     * Frees what has expired by the time at which the command is applied, in the order of keys, then of logs. The result is
     * {@link StoreResult.Expired}. Reads and conditions ignore what has expired in any case.
     *
     * @param max the most keys and logs that are visited, 1 and up: bounds the time that the command takes
     */
    record Expire(int max) implements StoreCommand {

        public Expire {
            if (max < 1) {
                throw new IllegalArgumentException("max=" + max);
            }
        }

        @Override
        public <R> R accept(StoreCommandVisitor<R> visitor) {
            return visitor.on(this);
        }
    }
}
