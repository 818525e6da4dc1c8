package dev.fanfare.shard;

import dev.fanfare.config.OutboundConnection;
import io.vertx.core.Future;

/** Opens connections to remote servers. Called on any thread; the futures complete on the caller's context. */
public interface OutboundConnections {

    /**
     * Registers a connection and starts to dial. Completes with the connection's id as soon as messages can be sent to it and,
     * if it is durable, all nodes have it; fails with {@link OutboundException} if it is rejected.
     *
     * @param json the JSON form of the connection, from which other nodes read a durable one
     */
    Future<String> open(OutboundConnection connection, String json);

    /**
     * Withdraws a closed durable connection, so that no node opens it again. Does nothing if it is not durable.
     *
     * @param hub the hub's name in lower case
     */
    void withdraw(String hub, String connectionId);
}
