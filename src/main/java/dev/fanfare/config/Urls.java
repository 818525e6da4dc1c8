package dev.fanfare.config;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** The rules for URLs in a configuration. */
final class Urls {

    private static final Set<String> SCHEMES = Set.of("http", "https");
    private static final int MAX_PORT = 65_535;

    private Urls() {}

    /** Checks a URL to fetch something from. */
    static void checkUrl(ConfigProblems configProblems, String key, String text) {
        if (parse(text).filter(Urls::isHttp).isEmpty()) {
            report(configProblems, key, text, "an absolute URL, such as https://id.example.com/keys");
        }
    }

    /** The same for one whose path or query may hold a secret, and which is not shown. */
    static void checkSecretUrl(ConfigProblems configProblems, String key, String text) {
        if (parse(text).filter(Urls::isHttp).isEmpty()) {
            String shown = text.isEmpty() ? "empty" : "(hidden)";
            configProblems.report(
                    key, "is " + shown + "; it must be an absolute URL, such as https://id.example.com/hook");
        }
    }

    /** Checks an address under which clients reach the node (RFC 3986: scheme and authority). */
    static void checkEndpoint(ConfigProblems configProblems, String key, String text) {
        String base = text.endsWith("/") ? text.substring(0, text.length() - 1) : text;
        if (parse(base).filter(Urls::isHttp).filter(Urls::endsWithHost).isEmpty()) {
            report(configProblems, key, text, "http or https, a host and no path, such as https://fanfare.example.com");
        }
    }

    /** Checks an origin as browsers serialise it (RFC 6454, 6.2), or any. */
    static void checkOrigin(ConfigProblems configProblems, String key, String text) {
        boolean lower = text.equals(text.toLowerCase(Locale.ROOT));
        if (!text.equals("*")
                && (!lower || parse(text).filter(Urls::endsWithHost).isEmpty())) {
            report(configProblems, key, text, "* or an origin as browsers send it, such as https://app.example.com");
        }
    }

    /** A URL with a scheme and a host, and without a user. */
    private static Optional<URI> parse(String text) {
        try {
            return Optional.of(new URI(text))
                    .filter(uri -> uri.getScheme() != null && uri.getHost() != null)
                    .filter(uri -> uri.getRawUserInfo() == null)
                    .filter(uri -> uri.getPort() != 0 && uri.getPort() <= MAX_PORT);
        } catch (URISyntaxException e) {
            return Optional.empty();
        }
    }

    private static boolean isHttp(URI uri) {
        return SCHEMES.contains(uri.getScheme().toLowerCase(Locale.ROOT));
    }

    private static boolean endsWithHost(URI uri) {
        return uri.getRawPath().isEmpty() && uri.getRawQuery() == null && uri.getRawFragment() == null;
    }

    /** A user and a password may precede an @. */
    private static void report(ConfigProblems configProblems, String key, String text, String allowed) {
        String shown = text.contains("@") ? "(hidden)" : ConfigProblems.quoted(text);
        configProblems.report(key, "is " + shown + "; it must be " + allowed);
    }
}
