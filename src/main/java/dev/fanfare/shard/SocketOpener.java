package dev.fanfare.shard;

import dev.fanfare.core.CloseReason;

/** Who opens sockets for an outbound connection. Called on the shard's thread. */
public interface SocketOpener {

    /** The connection has lost its socket and wants another one. */
    void lost();

    /** The connection has ended for good: nothing more is to be done for it. */
    void ended(CloseReason reason);
}
