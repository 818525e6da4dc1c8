package dev.fanfare.core.session;

import dev.fanfare.core.protocol.Encoded;

/**
 * A message for as long as a receiver of one shard may still need it. All who keep it share it. Belongs to the thread of
 * its {@link Retention}; only its message and expiry may be read elsewhere.
 */
public final class Retained {

    /** What a message counts for in a receiver's own bounds besides its body, so that empty ones are bounded, too. */
    private static final int OVERHEAD = 32;

    private final Encoded message;
    private final long expiresAtMillis;

    /** How many keep it; {@link Retention} counts. */
    int holders;

    /**
     * @param message all but the tail of each receiver
     * @param expiresAtMillis epoch milliseconds
     */
    public Retained(Encoded message, long expiresAtMillis) {
        this.message = message;
        this.expiresAtMillis = expiresAtMillis;
    }

    /** What is kept. */
    public Encoded message() {
        return message;
    }

    /** Epoch milliseconds. */
    public long expiresAtMillis() {
        return expiresAtMillis;
    }

    /** Whether nobody needs it any more, whoever kept it. */
    public boolean expired(long nowMillis) {
        return expiresAtMillis <= nowMillis;
    }

    /** The bytes it counts for in the bounds of one receiver. */
    public long weight() {
        return (long) message.body().length + OVERHEAD;
    }

    /** The same for another shard. */
    Retained copy() {
        return new Retained(message, expiresAtMillis);
    }
}
