package dev.fanfare.client;

import dev.fanfare.config.OutboundConnection;
import dev.fanfare.core.Names;

/**
 * Identifies a durable connection in the cluster.
 *
 * @param hub the hub's name in lower case
 * @param connectionId the id it was given
 */
record DurableKey(String hub, String connectionId) {

    static DurableKey of(OutboundConnection connection) {
        return new DurableKey(Names.hub(connection.hub()), connection.connectionId());
    }
}
