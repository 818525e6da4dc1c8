package dev.fanfare.auth;

import dev.fanfare.core.uri.MalformedUri;
import dev.fanfare.core.uri.PercentEncoding;
import dev.fanfare.core.uri.QueryParameters;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Matches the audiences of access-key tokens with URLs. Paths and queries are compared exactly, segment by decoded
 * segment: a token for the group {@code VIP} is not valid for {@code vip}. Only the path up to the hub, whose name is
 * case-insensitive, is compared without case. Scheme and host are compared only if {@code server.publicEndpoints} lists
 * ours, since proxies change both. Immutable.
 */
final class PublicUrls {

    /** Scheme and authority of each; empty accepts any. */
    private final Set<String> endpoints;

    PublicUrls(List<String> endpoints) {
        this.endpoints = endpoints.stream().map(PublicUrls::origin).collect(Collectors.toUnmodifiableSet());
    }

    /** Why the audience is not the client endpoint of the hub; null if it is. */
    @Nullable
    String clientProblem(List<String> audience, String hub) {
        String path = "/client/hubs/" + hub;
        return problem(
                audience, RequestTarget.ofPath(path), "the URL of the client endpoint, such as https://host" + path);
    }

    /**
     * Why the audience is not the URL of the request, with or without its query; null if it is.
     *
     * @param requestUri path and query as received
     */
    @Nullable
    String requestProblem(List<String> audience, String requestUri) {
        return problem(audience, RequestTarget.of(requestUri), "the URL of the request, with or without its query");
    }

    private @Nullable String problem(List<String> audience, RequestTarget expected, String expectation) {
        boolean elsewhere = false;
        for (String text : audience) {
            String url = text.contains("://") ? text : decode(text);
            int path = pathStart(url);
            if (path == 0 || !expected.isNamedBy(url.substring(path))) {
                continue;
            }
            if (endpoints.isEmpty() || endpoints.contains(origin(url.substring(0, path)))) {
                return null;
            }
            elsewhere = true;
        }
        if (audience.isEmpty()) {
            return "the token has no audience (aud); it must be " + expectation;
        }
        return elsewhere
                ? "the token's audience (aud) has a scheme and host that are not among server.publicEndpoints"
                : "the token's audience (aud) must be " + expectation;
    }

    /** Scheme and authority in canonical form: lower case, no default port, no slash, http for ws. */
    private static String origin(String url) {
        String origin = url.substring(0, pathStart(url)).toLowerCase(Locale.ROOT);
        if (origin.startsWith("ws:") || origin.startsWith("wss:")) {
            origin = "http" + origin.substring("ws".length());
        }
        String defaultPort = origin.startsWith("https:") ? ":443" : ":80";
        return origin.endsWith(defaultPort) ? origin.substring(0, origin.length() - defaultPort.length()) : origin;
    }

    /** The index of the path of an absolute URL; 0 if the scheme is not http, https, ws or wss. */
    private static int pathStart(String url) {
        int scheme = url.indexOf("://");
        if (scheme < 0 || !Set.of("http", "https", "ws", "wss").contains(lower(url.substring(0, scheme)))) {
            return 0;
        }
        int slash = url.indexOf('/', scheme + "://".length());
        return slash < 0 ? url.length() : slash;
    }

    private static String lower(String text) {
        return text.toLowerCase(Locale.ROOT);
    }

    /** Decodes percent escapes once (RFC 3986, 2.1); returns the text itself if they are not UTF-8. */
    static String decode(String text) {
        try {
            return PercentEncoding.segment(text);
        } catch (MalformedUri e) {
            return text;
        }
    }

    /**
     * Path and query in canonical form.
     *
     * @param segments of the path, decoded; up to the hub in lower case
     * @param query names with their values, decoded; null if there is none
     */
    private record RequestTarget(
            List<String> segments, @Nullable List<Map.Entry<String, List<String>>> query) {

        /** The number of segments of {@code /api/hubs/{hub}} and {@code /client/hubs/{hub}}. */
        private static final int UP_TO_HUB = 4;

        static RequestTarget of(String pathAndQuery) {
            int query = pathAndQuery.indexOf('?');
            return query < 0
                    ? ofPath(pathAndQuery)
                    : new RequestTarget(
                            ofPath(pathAndQuery.substring(0, query)).segments(),
                            parameters(pathAndQuery.substring(query + 1)));
        }

        /** Splits before decoding, so that an escaped slash does not separate segments. */
        static RequestTarget ofPath(String path) {
            String[] segments = path.split("/", -1);
            for (int i = 0; i < segments.length; i++) {
                String decoded = decode(segments[i]);
                segments[i] = i < UP_TO_HUB ? lower(decoded) : decoded;
            }
            return new RequestTarget(List.of(segments), null);
        }

        /**
         * Parses the query as for requests; a malformed query equals only itself, since real parameters have values.
         */
        private static List<Map.Entry<String, List<String>>> parameters(String query) {
            try {
                return List.copyOf(QueryParameters.parse(query).asSpelled().entrySet());
            } catch (MalformedUri e) {
                return List.of(Map.entry(query, List.of()));
            }
        }

        /**
         * Whether the text names this target, with the same query or none, or as a path with an unescaped question
         * mark.
         */
        boolean isNamedBy(String pathAndQuery) {
            RequestTarget named = of(pathAndQuery);
            return pathAndQuery.startsWith("/")
                    && (named.equals(this)
                            || (named.query == null && named.segments.equals(segments))
                            || ofPath(pathAndQuery).segments.equals(segments));
        }
    }
}
