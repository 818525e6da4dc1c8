package dev.fanfare.delivery;

import dev.fanfare.core.ConnectionType;
import dev.fanfare.core.group.Members;

/**
 * A connection as delivery sees it. Called on the shard's thread.
 *
 * @param <R> the connections of a shard
 */
public interface Receiver<R> {

    String connectionId();

    ConnectionType type();

    /** Whether messages that its socket did not write will be written to its next one. */
    boolean outlivesItsSocket();

    /** Whether it is currently one of these members. */
    boolean isMemberOf(Members<R> members);

    /** The number of the last fan-out that it has been served or did not need, see {@link FanOuts#latest}. */
    long served();

    void served(long fanOut);

    /** Reads the memory that a delivery needs; the result only prevents the compiler from eliminating the reads. */
    int warm();
}
