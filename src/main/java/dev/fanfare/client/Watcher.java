package dev.fanfare.client;

import dev.fanfare.connection.OutboundEntry;
import dev.fanfare.core.CloseReason;

/** Hears how an outbound connection fares on this node. Called on the thread of its shard. */
interface Watcher {

    /** It can be sent to. */
    default void entered(OutboundEntry entry) {}

    /** It has ended for good; its last socket may still have to. */
    default void ended(CloseReason reason) {}

    /** It has ended, and so has its last socket. */
    default void gone() {}
}
