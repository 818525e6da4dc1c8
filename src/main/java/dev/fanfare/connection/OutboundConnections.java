package dev.fanfare.connection;

import dev.fanfare.config.OutboundConnection;
import io.vertx.core.Future;

/** Opens connections to remote servers. Called on any thread; the futures complete on the caller's context. */
public interface OutboundConnections {

    /**
     * Takes up a connection and begins to open its socket. Completes with the connection's id as soon as it can be sent to;
     * fails with {@link OutboundException} if it is not taken up.
     */
    Future<String> open(OutboundConnection connection);
}
