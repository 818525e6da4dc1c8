package dev.fanfare.store;

/**
 * Is called with the state of watched keys, always on the same context and never by two threads at a time. It is called in
 * batches; a batch that takes long delays the next one, and nothing else. An exception that a method throws is logged,
 * and the next call follows.
 */
public interface WatchListener {

    /**
     * A synchronisation begins: at the start, when the listener was too slow to follow, and when the store may have lost
     * track of changes. All present entries follow, and then {@link #synced}. A key that was present before and is not
     * reported until then is gone. Changes may be reported in between.
     */
    void syncing();

    /** The state of a key that is there. */
    void present(StoreEntry entry);

    /**
     * A key is not there any more: it was removed or has expired. It may never have been reported as present.
     *
     * @param version not smaller than any version that the key has had before, and smaller than any that it gets afterwards
     */
    void absent(String key, long version);

    /** A synchronisation has ended: everything that was there when it began has been reported. */
    void synced();
}
