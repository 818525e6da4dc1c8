package dev.fanfare.event;

import java.util.List;
import java.util.Map;

/**
 * A client with a valid token that wants to connect.
 *
 * @param context the future connection
 * @param claims the claims of the token
 * @param query the query of the URL, without secrets
 * @param headers the headers of the request, without secrets
 * @param subprotocols the offered ones
 * @param clientCertificates the SHA-1 thumbprint and the PEM of each certificate that it presented
 * @param remoteAddress the IP address of its socket
 */
public record ConnectEvent(
        EventContext context,
        Map<String, List<String>> claims,
        Map<String, List<String>> query,
        Map<String, List<String>> headers,
        List<String> subprotocols,
        List<Map<String, String>> clientCertificates,
        String remoteAddress) {

    @Override
    public String toString() {
        return "ConnectEvent[connectionId=" + context.identity().connectionId() + "]";
    }
}
