package dev.fanfare.cli;

import dev.fanfare.config.Config;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;

/**
 * Scheme and host under which clients and servers reach a node. Immutable.
 *
 * @param secure https and wss instead of http and ws
 * @param authority the host, and the port if it is not that of the scheme
 */
public record Endpoint(boolean secure, String authority) {

    private static final Set<String> SECURE = Set.of("https", "wss");
    private static final Set<String> PLAIN = Set.of("http", "ws");
    private static final int MAX_PORT = 65_535;
    private static final Set<String> EVERY_INTERFACE = Set.of("0.0.0.0", "::");

    /**
     * Parses an address. A scheme is not guessed: a wrong guess connects without TLS where it is available, or not at
     * all.
     *
     * @throws IllegalArgumentException if it is not the address of a host; the message shows no part of it
     */
    public static Endpoint parse(String text) {
        if (!text.contains("://")) {
            throw new IllegalArgumentException(
                    "an endpoint begins with http:// or https://, such as http://localhost:8080");
        }
        URI uri = uri(text);
        String scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
        boolean onlyHost = uri.getHost() != null
                && uri.getRawUserInfo() == null
                && (uri.getRawPath().isEmpty() || uri.getRawPath().equals("/"))
                && uri.getRawQuery() == null
                && uri.getRawFragment() == null;
        if (!onlyHost || !(SECURE.contains(scheme) || PLAIN.contains(scheme))) {
            throw refused();
        }
        if (uri.getPort() == 0 || uri.getPort() > MAX_PORT) {
            throw new IllegalArgumentException("the port of an endpoint is a number from 1 to " + MAX_PORT);
        }
        return new Endpoint(SECURE.contains(scheme), uri.getRawAuthority());
    }

    private static URI uri(String text) {
        try {
            return new URI(text);
        } catch (URISyntaxException e) {
            throw refused();
        }
    }

    private static IllegalArgumentException refused() {
        return new IllegalArgumentException(
                "an endpoint is http or https and a host, such as https://fanfare.example.com");
    }

    /** A listener of this machine, as local programs reach it. */
    static Endpoint local(boolean secure, String host, int port) {
        String name = EVERY_INTERFACE.contains(host) ? "localhost" : host.contains(":") ? "[" + host + "]" : host;
        return new Endpoint(secure, name + ":" + port);
    }

    /** How clients reach a node of this configuration: its public endpoint, or else from the same machine. */
    static Endpoint of(Config.Server server) {
        if (!server.publicEndpoints().isEmpty()) {
            return parse(server.publicEndpoints().get(0));
        }
        int port = server.plain() ? server.port() : server.tls().port();
        if (port == 0) {
            throw new UsageException("The configured port is 0, any free one; specify it with --endpoint.");
        }
        return local(!server.plain(), server.host(), port);
    }

    /**
     * The same host with another port.
     *
     * @throws IllegalArgumentException as above
     */
    Endpoint withPort(String port) {
        String host = authority.replaceFirst(":\\d*$", "");
        return parse((secure ? "https://" : "http://") + host + ":" + port);
    }

    /** The address to which a client opens its WebSocket. It contains the token, so it is a secret. */
    String clientUrl(String hub, String token) {
        String name = URLEncoder.encode(hub, StandardCharsets.UTF_8);
        return (secure ? "wss://" : "ws://") + authority + "/client/hubs/" + name + "?access_token=" + token;
    }

    /** Scheme and host without a path, such as {@code http://localhost:8080}. */
    @Override
    public String toString() {
        return (secure ? "https://" : "http://") + authority;
    }
}
