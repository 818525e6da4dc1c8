package dev.fanfare.client;

import dev.fanfare.core.CloseReason;
import dev.fanfare.shard.OutboundEntry;

/** Observes an outbound connection on this node. Called on the thread of its shard. */
interface OutboundListener {

    /** It accepts messages. */
    default void entered(OutboundEntry entry) {}

    /** It has ended for good; its last socket may still be closing. */
    default void ended(CloseReason reason) {}

    /** It has ended, and its last socket has closed. */
    default void closed() {}
}
