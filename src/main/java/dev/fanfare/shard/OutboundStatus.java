package dev.fanfare.shard;

import dev.fanfare.core.ConnectionState;
import org.jspecify.annotations.Nullable;

/**
 * What only those know who opened an outbound connection, and open it again when it is lost. Asked when somebody looks at
 * the connection, on the shard's thread.
 */
public interface OutboundStatus {

    /** How the connection is. */
    ConnectionState state();

    /** How often it was tried to be opened since it was open last; 0 while it is open. */
    int attempts();

    /** Why the last attempt failed or the last socket ended; null if nothing has failed yet. */
    @Nullable
    String lastError();
}
