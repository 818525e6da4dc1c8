package dev.fanfare.shard;

import dev.fanfare.config.OutboundConnection;
import dev.fanfare.core.ErrorCode;
import io.vertx.core.Future;

/** Opens connections to remote servers. Called on any thread; the futures complete on the caller's context. */
public interface OutboundConnections {

    /** Rejection of a connection. The message is safe to show to the caller. */
    final class Rejection extends Exception {

        private static final long serialVersionUID = 1L;

        private final ErrorCode code;

        public Rejection(ErrorCode code, String message) {
            super(message, null, false, false);
            this.code = code;
        }

        public ErrorCode code() {
            return code;
        }
    }

    /**
     * Registers a connection and starts to dial. Completes with the connection's id as soon as messages can be sent to it and,
     * if it is durable, all nodes have it; fails with {@link Rejection} if it is rejected.
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
