package dev.fanfare.store.replica;

import java.util.Iterator;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The content of a partition at one of its replicas. Deterministic: the same commands with the same times in the same order
 * lead to the same content. Used by one thread.
 */
public interface StateMachine {

    /** Drops everything: this replica has no content until {@link #begin} or {@link #beginRestore}. */
    void clear();

    /**
     * Begins anew, empty.
     *
     * @param lineage of the configurations
     * @param number of the configuration in which the partition begins: with the lineage, it tells what is created from now on
     *     from what was lost; it is greater than any number of the same lineage with which the partition began before
     */
    void begin(String lineage, long number);

    /**
     * Applies a committed command.
     *
     * @param time of the partition in milliseconds, never less than before
     * @return the result for the caller
     */
    byte[] apply(byte[] command, long time);

    /** Registers the one consumer of the keys that each command writes or removes, called while it is applied. */
    void onChange(Consumer<String> consumer);

    /** Bytes that the content takes. */
    long bytes();

    /**
     * Bytes by which {@link #bytes} would grow at most if this command was applied to any content; 0 if it makes nothing grow.
     * Throws {@link IllegalArgumentException} if this is not a command that this release knows: then it is not ordered.
     */
    long maxGrowth(byte[] command);

    /** The same for the current content. */
    long growth(byte[] command, long time);

    /** Answers a query about the current content. Throws {@link IllegalArgumentException} if this release does not know it. */
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
