package dev.fanfare.shard;

import dev.fanfare.config.OutboundConnection;
import io.vertx.core.Future;

/** Opens connections to remote servers. Called on any thread; the futures complete on the caller's context. */
public interface OutboundConnections {

    /**
     * Takes up a connection and begins to open its socket. Completes with the connection's id as soon as it can be sent to,
     * and, if it is durable, all nodes know of it; fails with {@link OutboundException} if it is not taken up.
     *
     * @param json what the connection was read from: other nodes read a durable one from it
     */
    Future<String> open(OutboundConnection connection, String json);

    /**
     * A connection that was closed is not to be opened again by any node. Does nothing if it is not durable.
     *
     * @param hub the hub's name in lower case
     */
    void withdraw(String hub, String connectionId);
}
