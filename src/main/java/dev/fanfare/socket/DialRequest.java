package dev.fanfare.socket;

import java.util.List;
import java.util.Map;

/**
 * An upgrade request as a client sends it. May contain secrets: never printed.
 *
 * @param host the value of its Host header
 * @param target path and query, percent-encoded
 * @param subprotocols offered, in order of preference; empty for none
 * @param headers additional ones, none of them of the handshake itself
 */
public record DialRequest(
        String host, String target, List<String> subprotocols, List<Map.Entry<String, String>> headers) {

    @Override
    public String toString() {
        return "DialRequest[host=" + host + "]";
    }
}
