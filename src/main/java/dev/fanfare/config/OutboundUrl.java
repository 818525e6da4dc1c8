package dev.fanfare.config;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The URL of a remote server. May hold secrets in its query, which {@code toString} does not show.
 *
 * @param secure wss, not ws
 * @param host a name or an address; IPv6 without brackets
 * @param port 1 to 65535, that of the scheme where none is given
 * @param path percent-encoded, at least a slash
 * @param query percent-encoded, null for none
 */
public record OutboundUrl(
        boolean secure,
        String host,
        int port,
        String path,
        @Nullable String query) {

    private static final int PLAIN_PORT = 80;
    private static final int SECURE_PORT = 443;
    private static final int MAX_PORT = 65_535;

    /** Parses a URL; null if it is not ws or wss with a host, or has a user or a fragment. */
    public static @Nullable OutboundUrl parse(String text) {
        try {
            boolean webSocket = text.regionMatches(true, 0, "ws", 0, 2);
            return webSocket ? of(new URI(text)) : null;
        } catch (URISyntaxException malformed) {
            return null;
        }
    }

    /**
     * The target of a redirect: relative to this URL, with http and https standing for ws and wss. Null if it is not
     * the URL of a WebSocket, or leads from wss to ws.
     */
    public @Nullable OutboundUrl redirected(String location) {
        try {
            URI base = new URI(secure ? "wss" : "ws", null, host, port, null, null, null);
            String target = path + (query == null ? "" : "?" + query);
            OutboundUrl next = of(new URI(base + target).resolve(new URI(location)));
            return next == null || (secure && !next.secure) ? null : next;
        } catch (URISyntaxException malformed) {
            return null;
        }
    }

    private static @Nullable OutboundUrl of(URI uri) {
        String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
        boolean secure = scheme.equals("wss") || scheme.equals("https");
        boolean plain = scheme.equals("ws") || scheme.equals("http");
        String host = uri.getHost();
        if ((!secure && !plain)
                || host == null
                || uri.getRawUserInfo() != null
                || uri.getRawFragment() != null
                || uri.getPort() == 0
                || uri.getPort() > MAX_PORT) {
            return null;
        }
        int port = uri.getPort() > 0 ? uri.getPort() : secure ? SECURE_PORT : PLAIN_PORT;
        String path = uri.getRawPath() == null || uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
        String bare = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
        return isAscii(path) && isAscii(uri.getRawQuery())
                ? new OutboundUrl(secure, bare, port, path, uri.getRawQuery())
                : null;
    }

    /** {@code URI} accepts other letters too. */
    private static boolean isAscii(@Nullable String text) {
        return text == null || text.chars().allMatch(c -> c > ' ' && c < 0x7F);
    }

    /** Whether both have the same scheme, host and port, so that the credentials for one may be sent to the other. */
    public boolean sameOrigin(OutboundUrl other) {
        return secure == other.secure && host.equalsIgnoreCase(other.host) && port == other.port;
    }

    /** The value of a Host header (RFC 9110 section 7.2). */
    public String authority() {
        String name = host.indexOf(':') < 0 ? host : "[" + host + "]";
        return port == (secure ? SECURE_PORT : PLAIN_PORT) ? name : name + ":" + port;
    }

    /** The same with another query. */
    public OutboundUrl withQuery(@Nullable String other) {
        return new OutboundUrl(secure, host, port, path, other);
    }

    @Override
    public String toString() {
        return (secure ? "wss://" : "ws://") + authority();
    }
}
