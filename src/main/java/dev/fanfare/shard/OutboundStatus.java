package dev.fanfare.shard;

import dev.fanfare.core.ConnectionState;
import org.jspecify.annotations.Nullable;

/** The state of dialling of an outbound connection, as the REST API shows it. Called on the shard's thread. */
public interface OutboundStatus {

    /** The state of the connection. */
    ConnectionState state();

    /** Dial attempts since the connection was last open; 0 while it is open. */
    int attempts();

    /** Why the last attempt failed or the last socket ended; null before the first failure. */
    @Nullable
    String lastError();
}
