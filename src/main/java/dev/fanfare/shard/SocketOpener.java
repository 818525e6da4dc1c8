package dev.fanfare.shard;

import dev.fanfare.core.CloseReason;

/** Opens sockets for an outbound connection. Called on the shard's thread. */
public interface SocketOpener {

    /** The connection has lost its socket and needs another one. */
    void lost();

    /** The connection has ended: stop dialling. */
    void ended(CloseReason reason);
}
