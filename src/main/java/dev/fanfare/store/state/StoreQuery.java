package dev.fanfare.store.state;

/** A question about the content of a {@link StoreState}. {@link QueryCodec} makes bytes of it and of its answer. */
public sealed interface StoreQuery {

    /** The entry of a key. */
    record GetEntry(String key) implements StoreQuery {}

    /**
     * Records of a log, see {@link dev.fanfare.store.Store#read}.
     *
     * @param from 1 and up
     * @param maxRecords 1 and up
     * @param maxBytes 1 and up
     */
    record ReadLog(String log, long from, int maxRecords, int maxBytes) implements StoreQuery {}
}
