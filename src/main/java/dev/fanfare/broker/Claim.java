package dev.fanfare.broker;

import dev.fanfare.core.protocol.Subprotocol;

/**
 * The request of a client to resume its session.
 *
 * @param token the reconnection token, which proves ownership
 * @param subprotocol must be that of the session
 */
public record Claim(String hub, String connectionId, String token, Subprotocol subprotocol) {

    @Override
    public String toString() {
        return "Claim[connectionId=" + connectionId + "]";
    }
}
