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

    /** Whether messages that its socket did not write are written to its next one. */
    boolean outlivesItsSocket();

    /** Whether it is one of these members now. */
    boolean isMemberOf(Members<R> members);

    /** The number of the last fan-out that has reached it or had no need to, see {@link FanOuts#latest}. */
    long served();

    void served(long fanOut);

    /** Reads the memory that a delivery needs; the result only keeps the compiler from leaving that out. */
    int warm();
}
