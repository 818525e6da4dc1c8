package dev.fanfare.broker.routing;

import java.util.List;

/** What nodes tell one another to keep their {@link RoutingTable}s. Lost ones are made good by the next {@link Look}. */
public sealed interface RoutingMessage {

    /** The node that says so. */
    String from();

    /**
     * Asks a node what it listens to, every {@link RoutingTable#TICK_MILLIS}; also a sign of life.
     *
     * @param known the version that the asking node has
     * @param all whether it wants everything again
     * @param at the asking node's clock, returned with the answer
     * @param sent the mark of the last publication for the receiver, see {@link SendWindow}
     * @param received the mark up to which the receiver's publications are dealt with
     */
    record Heartbeat(String from, long known, boolean all, long at, long sent, long received)
            implements RoutingMessage {}

    /**
     * Says what the sender listens to.
     *
     * @param base the version that the changes go on from; {@link SubscriptionSet#NOTHING} if {@code added} is everything
     * @param version that results
     * @param digest of what results
     * @param at of the {@link Look} it answers; {@link #UNASKED} if none
     */
    record SubscriptionDelta(
            String from, long base, long version, long digest, List<String> added, List<String> removed, long at)
            implements RoutingMessage {

        public static final long UNASKED = Long.MIN_VALUE;
    }

    /** The sender has the receiver's addresses up to this version. */
    record DeltaAck(String from, long version) implements RoutingMessage {}

    /** The sender has dealt with the receiver's publications up to this mark. */
    record WindowUpdate(String from, long mark) implements RoutingMessage {}

    /** The sender ends; it publishes nothing any more and nothing can reach it. */
    record Leave(String from) implements RoutingMessage {}
}
