package dev.fanfare.broker;

import dev.fanfare.core.protocol.Subprotocol;

/**
 * A client wants its session back.
 *
 * @param token the reconnection token, which proves that it is its own
 * @param subprotocol must be the session's
 */
public record Claim(String hub, String connectionId, String token, Subprotocol subprotocol) {

    @Override
    public String toString() {
        return "Claim[connectionId=" + connectionId + "]";
    }
}
