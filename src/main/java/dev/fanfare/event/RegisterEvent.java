package dev.fanfare.event;

/**
 * A client that asks for a registration at a hub. A handler decides about its secret.
 *
 * @param registrationId stands for this request where events have the id of a connection
 * @param hub in lower case
 * @param path of the request, percent-encoded
 * @param remoteAddress the IP address of the client
 */
public record RegisterEvent(
        String registrationId, String hub, String clientId, String clientSecret, String path, String remoteAddress) {

    @Override
    public String toString() {
        return "RegisterEvent[registrationId=" + registrationId + ", hub=" + hub + "]"; // no secret
    }
}
