package dev.fanfare.store.state;

import dev.fanfare.store.LogPosition;

/** What a {@link StoreCommand} did. */
public sealed interface StoreResult {

    /** Calls the method of the visitor for this result. */
    <R> R accept(StoreResultVisitor<R> visitor);

    /** The value was written. */
    record Stored(long version) implements StoreResult {
        @Override
        public <R> R accept(StoreResultVisitor<R> visitor) {
            return visitor.on(this);
        }
    }

    /**
     * The condition did not hold; nothing was changed.
     *
     * @param current the version of the key, 0 if it is not there
     */
    record Mismatch(long current) implements StoreResult {
        @Override
        public <R> R accept(StoreResultVisitor<R> visitor) {
            return visitor.on(this);
        }
    }

    /** The key or the log is not there any more. */
    record Removed(boolean wasThere) implements StoreResult {
        @Override
        public <R> R accept(StoreResultVisitor<R> visitor) {
            return visitor.on(this);
        }
    }

    /** The record was appended. */
    record Appended(LogPosition position) implements StoreResult {
        @Override
        public <R> R accept(StoreResultVisitor<R> visitor) {
            return visitor.on(this);
        }
    }

    /**
     * What had expired was freed.
     *
     * @param keys that were removed
     * @param more whether more may have expired than the command was allowed to visit
     */
    record Expired(int keys, boolean more) implements StoreResult {
        @Override
        public <R> R accept(StoreResultVisitor<R> visitor) {
            return visitor.on(this);
        }
    }
}
