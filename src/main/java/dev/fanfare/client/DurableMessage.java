package dev.fanfare.client;

import java.util.List;

/** What nodes tell one another about durable connections. Each may be lost: the next {@link Status} makes good for it. */
sealed interface DurableMessage {

    /**
     * What the sender knows and has, all of it; every {@link OutboundOwnership#TICK_MILLIS}, and when it changes.
     *
     * @param draining whether it stops and takes nothing any more
     * @param answers whether the sender has had a status of the receiver, and told it since what that did not know
     */
    record Status(boolean draining, boolean answers, List<Entry> entries) implements DurableMessage {}

    /**
     * One of them.
     *
     * @param version of the declaration
     * @param owned whether the sender has the connection, or is about to, or still has a socket of it
     * @param candidate whether the sender could take it
     */
    record Entry(DurableKey key, long version, boolean owned, boolean candidate) {}

    /**
     * A connection was asked for.
     *
     * @param json as the REST API takes it
     */
    record Declared(DurableKey key, long version, String json) implements DurableMessage {}

    /** A connection is no longer wanted: all of its declarations up to this version are void. */
    record Withdrawn(DurableKey key, long version) implements DurableMessage {}
}
