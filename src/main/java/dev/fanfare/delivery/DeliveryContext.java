package dev.fanfare.delivery;

import dev.fanfare.core.session.Retention;
import dev.fanfare.ops.Metrics;

/** What outboxes need from their shard. Called on the shard's thread. */
public interface DeliveryContext {

    /** Whether the caller runs on the thread of the shard. For use in {@code assert}. */
    boolean onThread();

    Metrics metrics();

    /** The bytes that all connections of the shard keep. */
    Retention retention();

    /** The time of day, in epoch milliseconds. */
    long wallMillis();

    /** See {@code limits.outboundBytesPerConnection}. */
    int outboundBytesPerConnection();

    /** Scratch buffer for one message tail, valid within one call. */
    byte[] tail();
}
