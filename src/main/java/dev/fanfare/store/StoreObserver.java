package dev.fanfare.store;

/** Receives what a store does, for metrics. Called on any thread. */
public interface StoreObserver {

    /** Ignores everything. */
    StoreObserver NONE = new StoreObserver() {
        @Override
        public void completed(StoreOperation operation, StoreOutcome outcome, long nanos) {}

        @Override
        public void written(long nanos) {}

        @Override
        public void writeFailed() {}
    };

    /** An operation was completed, so many nanoseconds after it was called. */
    void completed(StoreOperation operation, StoreOutcome outcome, long nanos);

    /** A batch of commands was written to the disk, which took so many nanoseconds. */
    void written(long nanos);

    /** A batch of commands could not be written to the disk, or the disk does not answer in time. */
    void writeFailed();
}
