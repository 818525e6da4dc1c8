package dev.fanfare.shard;

import dev.fanfare.auth.Principal;
import dev.fanfare.core.protocol.Subprotocol;
import dev.fanfare.core.session.EventState;
import dev.fanfare.core.session.TokenGrant;
import dev.fanfare.limit.ConnectionLimits;
import org.jspecify.annotations.Nullable;

/**
 * The parameters of an admitted inbound connection.
 *
 * @param connectionId created by {@link Shard#newConnectionId}
 * @param hub the hub's name in lower case
 * @param path the path of the request, percent-encoded, without the query
 * @param grant what the client is admitted with
 * @param limits what it shares with other connections, which count it
 * @param publisher where messages of a raw connection go; null if they are events, or with a subprotocol
 * @param events the state that event handlers share
 */
public record InboundOpening(
        String connectionId,
        String hub,
        String path,
        Principal principal,
        TokenGrant grant,
        ConnectionLimits limits,
        Subprotocol subprotocol,
        @Nullable RawPublisher publisher,
        EventState events) {

    /**
     * Publishes all messages of a raw connection to one group.
     *
     * @param noEcho whether the connection does not receive its own messages
     */
    public record RawPublisher(String group, boolean noEcho) {}
}
