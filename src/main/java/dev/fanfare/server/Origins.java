package dev.fanfare.server;

import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The origins (RFC 6454) that may connect: those of the configuration, and those of the site itself: its public
 * endpoints, or if none are configured, the host that the request was sent to.
 */
final class Origins {

    private static final String HTTP = "http";
    private static final String HTTPS = "https";
    private static final String BEFORE_HOST = "://";

    private final boolean all;
    private final boolean hostCounts;
    private final Set<String> allowed;

    Origins(List<String> allowedOrigins, List<String> publicEndpoints) {
        this.all = allowedOrigins.contains("*");
        // An attacker's page can resolve any name to us, which is then both Origin and Host (DNS rebinding).
        this.hostCounts = publicEndpoints.isEmpty();
        this.allowed = Stream.concat(allowedOrigins.stream(), publicEndpoints.stream())
                .map(Origins::site)
                .filter(Objects::nonNull)
                .collect(Collectors.toUnmodifiableSet());
    }

    /**
     * Whether a request may connect.
     *
     * @param origins its Origin headers; empty for clients that are not browsers
     * @param scheme of the request as received here, {@code http} or {@code https}. A proxy may have terminated TLS, so
     *     a page of {@code https} is of the same site as a request of {@code http}, but not vice versa.
     * @param host its Host header
     */
    boolean allow(List<String> origins, String scheme, @Nullable String host) {
        return all || origins.stream().allMatch(origin -> allows(origin, scheme, host));
    }

    private boolean allows(String origin, String scheme, @Nullable String host) {
        String site = site(origin);
        if (site == null) {
            return false;
        }
        boolean own = site.equals(site(scheme + BEFORE_HOST + host))
                || (scheme.equals(HTTP) && site.equals(site(HTTPS + BEFORE_HOST + host)));
        return (hostCounts && own) || allowed.contains(site);
    }

    /** Scheme, host and port in canonical form: lower case, without the default port; null for anything else. */
    private static @Nullable String site(String text) {
        String lower = text.toLowerCase(Locale.ROOT);
        int end = lower.indexOf(BEFORE_HOST);
        String authority = end < 0 ? "" : lower.substring(end + BEFORE_HOST.length());
        if (authority.endsWith("/")) {
            authority = authority.substring(0, authority.length() - 1);
        }
        if (authority.isEmpty() || authority.indexOf('/') >= 0 || authority.indexOf('@') >= 0) {
            return null;
        }
        String scheme = lower.substring(0, end);
        String defaultPort = scheme.equals(HTTP) ? ":80" : scheme.equals(HTTPS) ? ":443" : ":";
        boolean spelledOut = authority.endsWith(defaultPort);
        return scheme
                + BEFORE_HOST
                + (spelledOut ? authority.substring(0, authority.length() - defaultPort.length()) : authority);
    }
}
