package dev.fanfare.client;

import dev.fanfare.config.OutboundConnection;
import dev.fanfare.core.Names;

/**
 * By what a durable connection is known in the whole cluster.
 *
 * @param hub the hub's name in lower case
 * @param connectionId that was given
 */
record DurableKey(String hub, String connectionId) {

    static DurableKey of(OutboundConnection connection) {
        return new DurableKey(Names.hub(connection.hub()), connection.connectionId());
    }
}
