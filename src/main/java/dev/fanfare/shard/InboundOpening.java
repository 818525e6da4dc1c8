package dev.fanfare.shard;

import dev.fanfare.auth.Principal;
import dev.fanfare.core.protocol.Subprotocol;
import dev.fanfare.core.session.EventState;
import org.jspecify.annotations.Nullable;

/**
 * A connection that was admitted, before it has a socket.
 *
 * @param connectionId that {@link Shard#newConnectionId} gave
 * @param hub the hub's name in lower case
 * @param path of the request, still percent-encoded, without the query
 * @param publisher what a raw connection publishes to; null for events, or with a subprotocol
 * @param events what event handlers know of it
 */
public record InboundOpening(
        String connectionId,
        String hub,
        String path,
        Principal principal,
        Subprotocol subprotocol,
        @Nullable RawPublisher publisher,
        EventState events) {}
