package dev.fanfare.connection;

import dev.fanfare.auth.Principal;
import dev.fanfare.core.protocol.Subprotocol;
import org.jspecify.annotations.Nullable;

/**
 * A connection that was admitted, before it has a socket.
 *
 * @param hub the hub's name in lower case
 * @param path of the request, still percent-encoded, without the query
 * @param publisher what a raw connection publishes to; null for events, or with a subprotocol
 */
public record Opening(
        String hub,
        String path,
        Principal principal,
        Subprotocol subprotocol,
        @Nullable RawPublisher publisher) {}
