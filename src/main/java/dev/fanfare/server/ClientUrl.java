package dev.fanfare.server;

import dev.fanfare.connection.RawPublisher;
import dev.fanfare.core.Names;
import io.vertx.core.MultiMap;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What the URL of a client says: {@code /client/hubs/{hub}} or {@code /client/?hub={hub}}, and its query.
 *
 * @param hub in lower case, known to be valid
 * @param path as received
 * @param token the value of {@code access_token}, null if there is none
 * @param connectionId of the connection to recover, null for a new one
 * @param reconnectionToken that goes with it; empty if it is missing
 * @param publisher what a raw client publishes to, null for events
 */
record ClientUrl(
        String hub,
        String path,
        @Nullable String token,
        @Nullable String connectionId,
        String reconnectionToken,
        @Nullable RawPublisher publisher) {

    private static final String HUBS = "/client/hubs/";
    private static final String MODE = "webpubsub_mode";

    /** A URL that is not one of ours. The message says what is allowed. */
    static class Malformed extends Exception {
        private static final long serialVersionUID = 1L;

        Malformed(String message) {
            super(message, null, false, false);
        }
    }

    /** A hub or group whose name is not allowed. */
    static final class BadName extends Malformed {
        private static final long serialVersionUID = 1L;

        BadName(String message) {
            super(message);
        }
    }

    /** Whether a path is a client's, well-formed or not. */
    static boolean isClientPath(String path) {
        return path.equals("/client") || path.startsWith("/client/");
    }

    /**
     * Reads a URL.
     *
     * @param path as received, still percent-encoded
     * @param query decoded parameters
     */
    static ClientUrl parse(String path, MultiMap query, Names names) throws Malformed {
        String hub = hub(path, query);
        String problem = names.hubProblem(hub);
        if (problem != null) {
            throw new BadName(problem);
        }
        String reconnectionToken = query.get("awps_reconnection_token");
        return new ClientUrl(
                Names.hub(hub),
                path,
                query.get("access_token"),
                query.get("awps_connection_id"),
                reconnectionToken == null ? "" : reconnectionToken,
                publisher(query, names));
    }

    @Override
    public String toString() {
        return "ClientUrl[hub=" + hub + "]";
    }

    private static String hub(String path, MultiMap query) throws Malformed {
        if (path.startsWith(HUBS)) {
            return decode(path.substring(HUBS.length()));
        }
        String hub = path.equals("/client") || path.equals("/client/") ? query.get("hub") : null;
        if (hub == null) {
            throw new Malformed("the path must be /client/hubs/{hub}, or /client/?hub={hub}");
        }
        return hub;
    }

    private static String decode(String segment) throws Malformed {
        try {
            // A plus sign in a path is a plus sign.
            return URLDecoder.decode(segment.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw new Malformed("the hub is not correctly percent-encoded");
        }
    }

    private static @Nullable RawPublisher publisher(MultiMap query, Names names) throws Malformed {
        List<String> modes = query.getAll(MODE);
        String mode =
                modes.isEmpty() ? "sendevent" : modes.get(modes.size() - 1).toLowerCase(Locale.ROOT);
        if (mode.equals("sendevent")) {
            return null;
        }
        if (!mode.equals("sendtogroup")) {
            throw new Malformed(MODE + " must be sendEvent or sendToGroup");
        }
        List<String> groups = query.getAll("group");
        if (groups.size() != 1) {
            throw new Malformed(MODE + "=sendToGroup needs exactly one group");
        }
        String problem = names.groupProblem(groups.get(0));
        if (problem != null) {
            throw new BadName(problem);
        }
        return new RawPublisher(groups.get(0), noEcho(query.get("noEcho")));
    }

    private static boolean noEcho(@Nullable String value) throws Malformed {
        if (value == null || value.equalsIgnoreCase("false")) {
            return false;
        }
        if (!value.equalsIgnoreCase("true")) {
            throw new Malformed("noEcho must be true or false");
        }
        return true;
    }
}
