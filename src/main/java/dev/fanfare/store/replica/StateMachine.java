package dev.fanfare.store.replica;

import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/**
 * The content of a partition at one of its replicas. Deterministic: the same commands with the same times in the same order
 * lead to the same content. Used by one thread.
 */
interface StateMachine {

    /** Becomes empty. The epoch tells what it creates afterwards from what was lost. */
    void begin(String epoch);

    /**
     * Applies a committed command.
     *
     * @param time of the partition in milliseconds, never less than before
     * @return the result for the caller
     */
    byte[] apply(byte[] command, long time);

    /** Answers a query about the current content. */
    byte[] read(byte[] query, long time);

    /** A command that is due, such as one that frees what has expired; null for none. */
    byte @Nullable [] due(long time);

    /** The content as of now, in parts of bounded size, at least one; not changed by commands that are applied meanwhile. */
    Iterator<byte[]> snapshot();

    /** Begins to replace the content by a snapshot, whose parts follow. */
    void beginRestore();

    /** The next part of the snapshot, in order. */
    void restore(byte[] part);
}
