package dev.fanfare.broker.routing;

import dev.fanfare.core.codec.WireVersions;

/**
 * The messages that keep {@link RoutingTable}s up to date. A lost one is repaired by the next {@link Heartbeat}. {@code
 * src/docs/decisions/0015-own-view.md} shows the sequence.
 */
public sealed interface RoutingMessage {

    /** The sender. */
    String from();

    /** Calls the method of the visitor for this message. */
    void accept(RoutingVisitor visitor);

    /**
     * Asks a node for its subscriptions and shows that the sender is alive; sent every {@link
     * RoutingTable#TICK_MILLIS}.
     *
     * @param versions of the protocol that the sender speaks: nodes may meet that have not exchanged a {@link Hello}
     * @param known the version of the receiver's subscriptions that the sender has
     * @param all whether the sender needs all of them again
     * @param at the sender's clock, returned with the answer
     * @param sent the mark of the last publication to the receiver, see {@link SendWindow}
     * @param received the mark up to which the receiver's publications are processed
     */
    record Heartbeat(String from, WireVersions versions, long known, boolean all, long at, long sent, long received)
            implements RoutingMessage {
        @Override
        public void accept(RoutingVisitor visitor) {
            visitor.on(this);
        }
    }

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

        @Override
        public void accept(RoutingVisitor visitor) {
            visitor.on(this);
        }
    }

    /** The sender has the receiver's subscriptions up to this version. */
    record DeltaAck(String from, long version) implements RoutingMessage {
        @Override
        public void accept(RoutingVisitor visitor) {
            visitor.on(this);
        }
    }

    /** The sender has processed the receiver's publications up to this mark. */
    record WindowUpdate(String from, long mark) implements RoutingMessage {
        @Override
        public void accept(RoutingVisitor visitor) {
            visitor.on(this);
        }
    }

    /** The sender leaves: it publishes nothing more and can no longer be reached. */
    record Leave(String from) implements RoutingMessage {
        @Override
        public void accept(RoutingVisitor visitor) {
            visitor.on(this);
        }
    }
}
