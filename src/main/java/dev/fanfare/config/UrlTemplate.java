package dev.fanfare.config;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * The URL of an event handler, with {@code {hub}} and {@code {event}} where the names of hub and event go. They are
 * percent-encoded, and may not stand in scheme, host or port: only the operator decides where events go. Immutable.
 */
public final class UrlTemplate {

    private static final String HUB = "{hub}";
    private static final String EVENT = "{event}";

    private final String text;
    private final URI sample;

    private UrlTemplate(String text, URI sample) {
        this.text = text;
        this.sample = sample;
    }

    /** @throws IllegalArgumentException with what is wrong, as the end of a sentence that begins with "it must" */
    public static UrlTemplate parse(String text) {
        int authority = text.indexOf("://") + 3;
        int path = indexOfAny(text, "/?#", authority);
        if (text.substring(0, path).indexOf('{') >= 0) {
            throw new IllegalArgumentException("have {hub} and {event} behind the host only");
        }
        String filled = text.replace(HUB, "hub").replace(EVENT, "event");
        if (filled.indexOf('{') >= 0 || filled.indexOf('}') >= 0) {
            throw new IllegalArgumentException("have no braces but those of {hub} and {event}");
        }
        return new UrlTemplate(text, checked(filled));
    }

    private static URI checked(String filled) {
        try {
            URI uri = new URI(filled);
            String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
            if ((scheme.equals("http") || scheme.equals("https"))
                    && uri.getHost() != null
                    && uri.getRawUserInfo() == null
                    && uri.getRawFragment() == null
                    && uri.getPort() != 0
                    && uri.getPort() <= 65_535) {
                return uri;
            }
        } catch (URISyntaxException e) {
            // reported below, like other invalid URLs
        }
        throw new IllegalArgumentException(
                "be an absolute URL of http or https, such as https://app.example.com/events/{hub}");
    }

    private static int indexOfAny(String text, String characters, int from) {
        int at = from;
        while (at < text.length() && characters.indexOf(text.charAt(at)) < 0) {
            at++;
        }
        return Math.min(at, text.length());
    }

    /** The URL for an event of a hub. */
    public String url(String hub, String event) {
        return text.replace(HUB, encode(hub)).replace(EVENT, encode(event));
    }

    /** Whether events are sent over TLS. */
    public boolean secure() {
        return "https".equalsIgnoreCase(sample.getScheme());
    }

    /** The URL for logs: without the query, which may hold a secret. */
    public String shown() {
        int query = text.indexOf('?');
        return query < 0 ? text : text.substring(0, query);
    }

    private static String encode(String name) {
        return URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
