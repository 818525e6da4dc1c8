package dev.fanfare.socket;

import java.util.List;
import java.util.Map;

/**
 * A request to upgrade, as a client sends it. May hold secrets: never printed.
 *
 * @param host the value of its Host header
 * @param target path and query, percent-encoded
 * @param subprotocols what is offered, most wanted first; empty for none
 * @param headers further ones, none of them of the handshake itself
 */
public record DialRequest(
        String host, String target, List<String> subprotocols, List<Map.Entry<String, String>> headers) {

    @Override
    public String toString() {
        return "DialRequest[host=" + host + "]";
    }
}
