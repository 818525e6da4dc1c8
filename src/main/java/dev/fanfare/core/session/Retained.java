package dev.fanfare.core.session;

import dev.fanfare.core.protocol.Encoded;

/**
 * A message that is kept while a receiver of one shard may still need it, shared by all its holders. Belongs to the
 * thread of its {@link Retention}; only its message and expiry may be read elsewhere.
 */
public class Retained {

    /** What a message counts for in a receiver's own bounds besides its body, so that empty ones are bounded too. */
    private static final int OVERHEAD = 32;

    private final Encoded message;
    private final long expiresAtMillis;

    /** The number of holders, maintained by {@link Retention}. */
    int holders;

    /** Bytes that its holders keep besides the message, maintained by {@link Retention}. */
    long extra;

    /**
     * @param message without the tail of each receiver
     * @param expiresAtMillis epoch milliseconds
     */
    public Retained(Encoded message, long expiresAtMillis) {
        this.message = message;
        this.expiresAtMillis = expiresAtMillis;
    }

    /** The message. */
    public final Encoded message() {
        return message;
    }

    /** Epoch milliseconds. */
    public final long expiresAtMillis() {
        return expiresAtMillis;
    }

    /** Whether it has expired, for all holders. */
    public final boolean expired(long nowMillis) {
        return expiresAtMillis <= nowMillis;
    }

    /** The bytes it counts for in the bounds of one receiver. */
    public final long weight() {
        return (long) message.body().length + OVERHEAD;
    }

    /** Whether it has several holders now. */
    protected final boolean shared() {
        return holders > 1;
    }

    /** Called when the last holder has released it. */
    protected void released() {}

    /** A copy for another shard. */
    Retained copy() {
        return new Retained(message, expiresAtMillis);
    }
}
