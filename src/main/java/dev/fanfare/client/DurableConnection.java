package dev.fanfare.client;

import dev.fanfare.config.OutboundConnection;
import org.jspecify.annotations.Nullable;

/**
 * A durable connection as it was declared. May hold secrets: what {@code toString} shows is safe.
 *
 * @param version of two declarations the higher one holds; {@link #CONFIGURED} for what a configuration says
 * @param json as the REST API took it; null for one of the configuration, which nodes do not tell one another
 * @param connection null where this node cannot have it: it may not lead where it leads, or lacks a key
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
