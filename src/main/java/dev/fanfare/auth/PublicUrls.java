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
 * The URLs that the audiences of access key tokens name. Paths and queries are compared exactly, piece by decoded piece: a
 * token for the group {@code VIP} is not good for {@code vip}. Only the path up to the hub, whose name has no case, is
 * compared without it. Scheme and host count only where {@code server.publicEndpoints} says which are ours, since proxies
 * change both.
 */
final class PublicUrls {

    /** Scheme and authority of each; empty = any. */
    private final Set<String> endpoints;

    PublicUrls(List<String> endpoints) {
        this.endpoints = endpoints.stream().map(PublicUrls::origin).collect(Collectors.toUnmodifiableSet());
    }

    /** What keeps the audience from being the client endpoint of the hub; null if nothing does. */
    @Nullable
    String clientProblem(List<String> audience, String hub) {
        String path = "/client/hubs/" + hub;
        return problem(audience, Target.ofPath(path), "the URL of the client endpoint, such as https://host" + path);
    }

    /**
     * What keeps the audience from being the URL of the request, with or without its query; null if nothing does.
     *
     * @param requestUri path and query as received
     */
    @Nullable
    String requestProblem(List<String> audience, String requestUri) {
        return problem(audience, Target.of(requestUri), "the URL of the request, with or without its query");
    }

    private @Nullable String problem(List<String> audience, Target expected, String expectation) {
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

    /** Scheme and authority in one spelling: lower case, no default port, no slash, http for ws. */
    private static String origin(String url) {
        String origin = url.substring(0, pathStart(url)).toLowerCase(Locale.ROOT);
        if (origin.startsWith("ws:") || origin.startsWith("wss:")) {
            origin = "http" + origin.substring("ws".length());
        }
        String defaultPort = origin.startsWith("https:") ? ":443" : ":80";
        return origin.endsWith(defaultPort) ? origin.substring(0, origin.length() - defaultPort.length()) : origin;
    }

    /** Where the path of an absolute URL begins; 0 if it is none of http, https, ws and wss. */
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

    /** Percent escapes decoded once (RFC 3986, 2.1); the text itself where they make no UTF-8. */
    static String decode(String text) {
        try {
            return PercentEncoding.segment(text);
        } catch (MalformedUri e) {
            return text;
        }
    }

    /**
     * Path and query in one spelling.
     *
     * @param segments of the path, decoded; up to the hub in lower case
     * @param query names with their values, decoded; null = there is none
     */
    private record Target(List<String> segments, @Nullable List<Map.Entry<String, List<String>>> query) {

        /** As many segments as {@code /api/hubs/{hub}} and {@code /client/hubs/{hub}} have. */
        private static final int UP_TO_HUB = 4;

        static Target of(String pathAndQuery) {
            int query = pathAndQuery.indexOf('?');
            return query < 0
                    ? ofPath(pathAndQuery)
                    : new Target(
                            ofPath(pathAndQuery.substring(0, query)).segments(),
                            parameters(pathAndQuery.substring(query + 1)));
        }

        /** Decoded after it is taken apart, so that an escaped slash parts no segments. */
        static Target ofPath(String path) {
            String[] segments = path.split("/", -1);
            for (int i = 0; i < segments.length; i++) {
                String decoded = decode(segments[i]);
                segments[i] = i < UP_TO_HUB ? lower(decoded) : decoded;
            }
            return new Target(List.of(segments), null);
        }

        /** As requests are read; what cannot be read is the same as itself only, since parameters have values. */
        private static List<Map.Entry<String, List<String>>> parameters(String query) {
            try {
                return List.copyOf(QueryParameters.parse(query).asSpelled().entrySet());
            } catch (MalformedUri e) {
                return List.of(Map.entry(query, List.of()));
            }
        }

        /** Whether it is the same with the same query or none, or a path in which a question mark was not escaped. */
        boolean isNamedBy(String pathAndQuery) {
            Target named = of(pathAndQuery);
            return pathAndQuery.startsWith("/")
                    && (named.equals(this)
                            || (named.query == null && named.segments.equals(segments))
                            || ofPath(pathAndQuery).segments.equals(segments));
        }
    }
}
