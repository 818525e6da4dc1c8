package dev.fanfare.cli;

import dev.fanfare.bench.Tokens;
import dev.fanfare.core.uri.MalformedUri;
import dev.fanfare.core.uri.PercentEncoding;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The hub that a benchmark connects to, and the token in its URL. Immutable.
 *
 * @param url of the hub, ws or wss, without a token
 * @param endpoint its scheme and host
 * @param hub its name
 * @param token empty if the URL has none
 */
record BenchTarget(URI url, Endpoint endpoint, String hub, String token) {

    private static final String PATH = "/client/hubs/";
    private static final String TOKEN = "access_token=";
    private static final Duration LIFETIME = Duration.ofDays(1);
    private static final List<String> ROLES = List.of("webpubsub.joinLeaveGroup", "webpubsub.sendToGroup");

    /**
     * Parses the URL of a host or of a hub, possibly with a token.
     *
     * @param hub used for a URL without a hub
     * @throws UsageException if it is neither
     */
    static BenchTarget of(String text, String hub) {
        URI given = parse(text);
        String path = given.getRawPath();
        if (path.isEmpty() || path.equals("/")) {
            return of(endpoint(text), hub);
        }
        if (!path.startsWith(PATH) || path.indexOf('/', PATH.length()) >= 0) {
            throw new UsageException("The URL is that of a host, such as ws://localhost:8080, or of a hub, such as"
                    + " ws://localhost:8080/client/hubs/bench");
        }
        Endpoint endpoint = endpoint(given.getScheme() + "://" + given.getRawAuthority());
        String query = given.getRawQuery() == null ? "" : given.getRawQuery();
        String rest = parameters(query, parameter -> !parameter.startsWith(TOKEN));
        String token = parameters(query, parameter -> parameter.startsWith(TOKEN));
        return new BenchTarget(
                URI.create(base(endpoint) + path + (rest.isEmpty() ? "" : "?" + rest)),
                endpoint,
                hub(path.substring(PATH.length())),
                token.isEmpty() ? "" : token.substring(TOKEN.length()));
    }

    private static String hub(String segment) {
        try {
            return PercentEncoding.segment(segment);
        } catch (MalformedUri e) {
            throw new UsageException("The URL is refused: " + e.getMessage());
        }
    }

    /** A hub of an endpoint. */
    static BenchTarget of(Endpoint endpoint, String hub) {
        String url = endpoint.clientUrl(hub, "");
        return new BenchTarget(URI.create(url.substring(0, url.indexOf('?'))), endpoint, hub, "");
    }

    /** Tokens that permit what a benchmark needs, one for each group, signed with an access key. */
    Tokens minted(TokenCommand.Minter minter, String accessKey) {
        Map<String, String> minted = new ConcurrentHashMap<>();
        Function<String, String> mint = group -> minter.mint(new ClientTokenSpec(
                endpoint, accessKey, hub, null, ROLES, group.isEmpty() ? List.of() : List.of(group), LIFETIME));
        return new Tokens() {
            @Override
            public String member(int connection, String group) {
                return minted.computeIfAbsent(group, mint);
            }

            @Override
            public String publisher() {
                return minted.computeIfAbsent("", mint);
            }
        };
    }

    private static String parameters(String query, Function<String, Boolean> chosen) {
        return Arrays.stream(query.split("&")).filter(chosen::apply).collect(Collectors.joining("&"));
    }

    private static String base(Endpoint endpoint) {
        return endpoint.toString().replaceFirst("^http", "ws");
    }

    private static URI parse(String text) {
        try {
            URI url = new URI(text);
            if (url.getScheme() != null && url.getHost() != null) {
                return url;
            }
        } catch (URISyntaxException e) {
            // Reported below; the URL may hold a token.
        }
        throw new UsageException("The URL is refused; one is ws://localhost:8080/client/hubs/bench");
    }

    private static Endpoint endpoint(String text) {
        try {
            return Endpoint.parse(text);
        } catch (IllegalArgumentException e) {
            throw new UsageException(
                    "The URL begins with ws://, wss://, http:// or https://, and a host; its port is at most 65535");
        }
    }

    /** Without the token. */
    @Override
    public String toString() {
        return url.toString();
    }
}
