package dev.fanfare.server;

import dev.fanfare.core.Names;
import dev.fanfare.core.uri.MalformedUri;
import dev.fanfare.core.uri.PercentEncoding;
import dev.fanfare.core.uri.QueryParameters;
import dev.fanfare.shard.InboundOpening;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The URL of a client: {@code /client/hubs/{hub}} or {@code /client/?hub={hub}}, and its query.
 *
 * @param hub in lower case, valid
 * @param path as received
 * @param token the value of {@code access_token}, null if there is none
 * @param connectionId of the connection to recover, null for a new one
 * @param reconnectionToken of that connection; empty if it is missing
 * @param publisher where a raw client publishes to, null for events
 * @param query all parameters
 */
record ClientUrl(
        String hub,
        String path,
        @Nullable String token,
        @Nullable String connectionId,
        String reconnectionToken,
        InboundOpening.@Nullable RawPublisher publisher,
        QueryParameters query) {

    private static final String HUBS = "/client/hubs/";
    private static final String MODE = "webpubsub_mode";
    private static final String ACCESS_TOKEN = "access_token";

    /** An invalid URL. The message says what is allowed. */
    static class MalformedUrl extends Exception {
        private static final long serialVersionUID = 1L;

        MalformedUrl(String message) {
            super(message, null, false, false);
        }
    }

    /** The name of a hub or group is not allowed. */
    static final class BadName extends MalformedUrl {
        private static final long serialVersionUID = 1L;

        BadName(String message) {
            super(message);
        }
    }

    /** Whether a path is for clients, well-formed or not. */
    static boolean isClientPath(String path) {
        return path.equals("/client") || path.startsWith("/client/");
    }

    /**
     * Parses a URL.
     *
     * @param path as received, still percent-encoded
     * @param rawQuery as received, null if there is none
     */
    static ClientUrl parse(String path, @Nullable String rawQuery, Names names) throws MalformedUrl {
        QueryParameters query;
        String hub;
        try {
            query = QueryParameters.parse(rawQuery);
            hub = hub(path, query);
        } catch (MalformedUri e) {
            throw new MalformedUrl(e.getMessage());
        }
        String problem = names.hubProblem(hub);
        if (problem != null) {
            throw new BadName(problem);
        }
        String reconnectionToken = query.first("awps_reconnection_token");
        return new ClientUrl(
                Names.hub(hub),
                path,
                token(query),
                query.first("awps_connection_id"),
                reconnectionToken == null ? "" : reconnectionToken,
                publisher(query, names),
                query);
    }

    /** The parameters shown to event handlers: all as received, except the token. */
    Map<String, List<String>> shownQuery() {
        Map<String, List<String>> shown = new LinkedHashMap<>(query.asSpelled());
        shown.keySet().removeIf(ACCESS_TOKEN::equalsIgnoreCase);
        return shown;
    }

    /** The first non-empty token; without one the token may be in a header. */
    private static @Nullable String token(QueryParameters query) {
        return query.all(ACCESS_TOKEN).stream()
                .filter(token -> !token.isEmpty())
                .findFirst()
                .orElse(null);
    }

    @Override
    public String toString() {
        return "ClientUrl[hub=" + hub + "]";
    }

    private static String hub(String path, QueryParameters query) throws MalformedUrl, MalformedUri {
        if (path.startsWith(HUBS)) {
            return PercentEncoding.segment(path.substring(HUBS.length()));
        }
        String hub = path.equals("/client") || path.equals("/client/") ? query.first("hub") : null;
        if (hub == null) {
            throw new MalformedUrl("the path must be /client/hubs/{hub}, or /client/?hub={hub}");
        }
        return hub;
    }

    private static InboundOpening.@Nullable RawPublisher publisher(QueryParameters query, Names names)
            throws MalformedUrl {
        String given = query.last(MODE);
        String mode = given == null ? "sendevent" : given.toLowerCase(Locale.ROOT);
        if (mode.equals("sendevent")) {
            return null;
        }
        if (!mode.equals("sendtogroup")) {
            throw new MalformedUrl(MODE + " must be sendEvent or sendToGroup");
        }
        List<String> groups = query.all("group");
        if (groups.size() != 1) {
            throw new MalformedUrl(MODE + "=sendToGroup needs exactly one group");
        }
        String problem = names.groupProblem(groups.get(0));
        if (problem != null) {
            throw new BadName(problem);
        }
        return new InboundOpening.RawPublisher(groups.get(0), noEcho(query.first("noEcho")));
    }

    private static boolean noEcho(@Nullable String value) throws MalformedUrl {
        if (value == null || value.equalsIgnoreCase("false")) {
            return false;
        }
        if (!value.equalsIgnoreCase("true")) {
            throw new MalformedUrl("noEcho must be true or false");
        }
        return true;
    }
}
