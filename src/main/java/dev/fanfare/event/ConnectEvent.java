package dev.fanfare.event;

import java.util.List;
import java.util.Map;

/**
 * A client that wants to connect and has a valid token.
 *
 * @param context who it is going to be
 * @param claims of the token
 * @param query of the URL, without what is secret
 * @param headers of the request, without what is secret
 * @param subprotocols that it offers
 * @param clientCertificates that it showed: the SHA-1 thumbprint and the PEM of each
 * @param remoteAddress where its socket comes from: an IP address
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
