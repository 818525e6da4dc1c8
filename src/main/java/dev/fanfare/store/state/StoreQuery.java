package dev.fanfare.store.state;

import org.jspecify.annotations.Nullable;

/** A question about the content of a {@link StoreState}. {@link QueryCodec} makes bytes of it and of its answer. */
public sealed interface StoreQuery {

    /** Calls the method of the visitor for this query. */
    <R> R accept(StoreQueryVisitor<R> visitor);

    /** The entry of a key. */
    record GetEntry(String key) implements StoreQuery {
        @Override
        public <R> R accept(StoreQueryVisitor<R> visitor) {
            return visitor.on(this);
        }
    }

    /**
     * Records of a log, see {@link dev.fanfare.store.Store#read}.
     *
     * @param from 1 and up
     * @param maxRecords 1 and up
     * @param maxBytes 1 and up
     */
    record ReadLog(String log, long from, int maxRecords, int maxBytes) implements StoreQuery {
        @Override
        public <R> R accept(StoreQueryVisitor<R> visitor) {
            return visitor.on(this);
        }
    }

    /**
     * A {@link WatchPage} of entries in the order of their keys.
     *
     * @param after only keys that are greater; null from the first one
     */
    record ScanKeys(String prefix, @Nullable String after) implements StoreQuery {
        @Override
        public <R> R accept(StoreQueryVisitor<R> visitor) {
            return visitor.on(this);
        }
    }

    /** A {@link WatchPage} of what has changed after a version. */
    record ReadChanges(String prefix, String epoch, long version) implements StoreQuery {
        @Override
        public <R> R accept(StoreQueryVisitor<R> visitor) {
            return visitor.on(this);
        }
    }
}
