package dev.fanfare.event;

import dev.fanfare.config.Config;
import java.net.URI;

/** The host that identifies this node to handlers: that of the first public endpoint, or else the one it listens on. */
final class NodeOrigin {

    private NodeOrigin() {}

    static String of(Config.Server server) {
        if (!server.publicEndpoints().isEmpty()) {
            return URI.create(server.publicEndpoints().get(0)).getHost();
        }
        boolean any = server.host().equals("0.0.0.0") || server.host().equals("::");
        return any ? "localhost" : server.host();
    }
}
