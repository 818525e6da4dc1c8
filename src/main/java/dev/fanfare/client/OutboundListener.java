package dev.fanfare.client;

import dev.fanfare.core.CloseReason;
import dev.fanfare.shard.OutboundEntry;

/** Hears how an outbound connection fares on this node. Called on the thread of its shard. */
interface OutboundListener {

    /** It can be sent to. */
    default void entered(OutboundEntry entry) {}

    /** It has ended for good; its last socket may still have to. */
    default void ended(CloseReason reason) {}

    /** It has ended, and so has its last socket. */
    default void closed() {}
}
