package dev.fanfare.client;

import java.util.List;

/** Messages between nodes about durable connections. Any may be lost: the next {@link Status} makes up for it. */
sealed interface DurableMessage {

    /**
     * The complete state of the sender; sent every {@link OutboundOwnership#TICK_MILLIS}, and when it changes.
     *
     * @param draining whether the sender is shutting down and takes no more connections
     * @param answers whether the sender has received a status from the receiver, and has since sent what that lacked
     */
    record Status(boolean draining, boolean answers, List<Entry> entries) implements DurableMessage {}

    /**
     * One connection in a status.
     *
     * @param version of the declaration
     * @param owned whether the sender owns the connection, is about to, or still has a socket of it
     * @param candidate whether the sender could take it
     */
    record Entry(DurableKey key, long version, boolean owned, boolean candidate) {}

    /**
     * A connection was declared.
     *
     * @param json as the REST API accepts it
     */
    record Declared(DurableKey key, long version, String json) implements DurableMessage {}

    /** A connection was withdrawn: all of its declarations up to this version are void. */
    record Withdrawn(DurableKey key, long version) implements DurableMessage {}
}
