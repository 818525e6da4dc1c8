/** Delivery of messages to the connections of a shard: fan-out in slices, shared frames, outboxes, receipts. */
@NullMarked
package dev.fanfare.delivery;

import org.jspecify.annotations.NullMarked;
