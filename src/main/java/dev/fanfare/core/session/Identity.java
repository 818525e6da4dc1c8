package dev.fanfare.core.session;

import dev.fanfare.core.ConnectionType;
import dev.fanfare.core.protocol.Subprotocol;
import org.jspecify.annotations.Nullable;

/**
 * The properties of a connection that are fixed when it begins, wherever its session moves.
 *
 * @param connectionId unique in the cluster; a generated one names the node that made it
 * @param hub the hub's name in lower case
 * @param userId null for an anonymous user
 * @param type who opened it
 * @param path of the request that opened it, still percent-encoded, without the query
 * @param subprotocol agreed at the handshake
 * @param openedAtMillis when it began, epoch milliseconds
 */
public record Identity(
        String connectionId,
        String hub,
        @Nullable String userId,
        ConnectionType type,
        String path,
        Subprotocol subprotocol,
        long openedAtMillis) {}
