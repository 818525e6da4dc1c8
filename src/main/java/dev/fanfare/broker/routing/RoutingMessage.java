package dev.fanfare.broker.routing;

/**
 * The messages that keep {@link RoutingTable}s up to date. A lost one is repaired by the next {@link Heartbeat}. {@code
 * src/docs/decisions/0015-own-view.md} shows the sequence.
 */
public sealed interface RoutingMessage {

    /** The sender. */
    String from();

    /**
     * Asks a node for its subscriptions and shows that the sender is alive; sent every {@link
     * RoutingTable#TICK_MILLIS}.
     *
     * @param known the version of the receiver's subscriptions that the sender has
     * @param all whether the sender needs all of them again
     * @param at the sender's clock, returned with the answer
     * @param sent the mark of the last publication to the receiver, see {@link SendWindow}
     * @param received the mark up to which the receiver's publications are processed
     */
    record Heartbeat(String from, long known, boolean all, long at, long sent, long received)
            implements RoutingMessage {}

    /**
     * Changes of the sender's subscriptions.
     *
     * @param base the version that the changes apply to; {@link SubscriptionSet#NOTHING} if {@code added} is everything
     * @param version the resulting version
     * @param digest of the resulting set
     * @param at of the {@link Heartbeat} that it answers; {@link #UNASKED} if none
     */
    record SubscriptionDelta(
            String from, long base, long version, long digest, SlotList added, SlotList removed, long at)
            implements RoutingMessage {

        public static final long UNASKED = Long.MIN_VALUE;
    }

    /** The sender has the receiver's subscriptions up to this version. */
    record DeltaAck(String from, long version) implements RoutingMessage {}

    /** The sender has processed the receiver's publications up to this mark. */
    record WindowUpdate(String from, long mark) implements RoutingMessage {}

    /** The sender leaves: it publishes nothing more and can no longer be reached. */
    record Leave(String from) implements RoutingMessage {}
}
