package dev.fanfare.client;

import dev.fanfare.config.OutboundConnection;
import org.jspecify.annotations.Nullable;

/**
 * A declared durable connection. May hold secrets; {@code toString} shows none.
 *
 * @param version the higher of two declarations wins; {@link #CONFIGURED} for the configuration
 * @param json as the REST API accepted it; null for a connection of the configuration, which nodes do not send each
 *     other
 * @param connection null if this node cannot open it: its target is not allowed here, or a key is missing
 */
record DurableConnection(
        DurableKey key,
        long version,
        @Nullable String json,
        @Nullable OutboundConnection connection) {

    static final long CONFIGURED = 0;

    @Override
    public String toString() {
        return "Durable[key=" + key + ", version=" + version + "]";
    }
}
