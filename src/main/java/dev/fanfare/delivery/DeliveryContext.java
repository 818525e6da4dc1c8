package dev.fanfare.delivery;

import dev.fanfare.core.session.Retention;
import dev.fanfare.ops.Metrics;

/** What outboxes need of the shard they belong to. Called on the shard's thread. */
public interface DeliveryContext {

    Metrics metrics();

    /** The bytes that all connections of the shard keep. */
    Retention retention();

    /** The time of day, in epoch milliseconds. */
    long wallMillis();

    /** See {@code limits.outboundBytesPerConnection}. */
    int outboundBytesPerConnection();

    /** Room for the end of a message, overwritten with each. */
    byte[] tail();
}
