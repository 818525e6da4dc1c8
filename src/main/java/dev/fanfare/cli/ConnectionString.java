package dev.fanfare.cli;

import dev.fanfare.config.Suggestions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * The configuration of a server SDK: {@code Endpoint=https://host;AccessKey=...;Version=1.0;}. Immutable.
 *
 * @param endpoint where the REST API is
 * @param accessKey the secret that signs tokens
 */
public record ConnectionString(Endpoint endpoint, String accessKey) {

    private static final List<String> NAMES = List.of("Endpoint", "AccessKey", "Version", "Port");

    /**
     * Parses a connection string. Names are case-insensitive, {@code Port} replaces the port of the endpoint, other
     * names are ignored, unless they resemble a known one.
     *
     * @throws IllegalArgumentException if a part is missing or misspelt; the message shows none of the values
     */
    static ConnectionString parse(String text) {
        Map<String, String> parts = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        for (String part : text.split(";")) {
            int equals = part.indexOf('=');
            if (equals > 0) {
                parts.put(
                        part.substring(0, equals).strip(),
                        part.substring(equals + 1).strip());
            }
        }
        refuseMisspelt(parts.keySet());
        String accessKey = parts.getOrDefault("AccessKey", "");
        String endpoint = parts.getOrDefault("Endpoint", "");
        if (accessKey.isEmpty() || endpoint.isEmpty()) {
            throw new IllegalArgumentException(
                    "a connection string is Endpoint=https://host;AccessKey=...;Version=1.0;");
        }
        Endpoint parsed = Endpoint.parse(endpoint);
        String port = parts.get("Port");
        return new ConnectionString(port == null ? parsed : parsed.withPort(port), accessKey);
    }

    /**
     * A name that resembles a known one is misspelt, and safe to show; other texts before an equals sign may be
     * secrets.
     */
    private static void refuseMisspelt(Set<String> names) {
        for (String name : names) {
            Optional<String> meant = Suggestions.to(name, NAMES).filter(known -> !known.equalsIgnoreCase(name));
            if (meant.isPresent()) {
                throw new IllegalArgumentException("it has '" + name + "'; did you mean " + meant.get() + "?");
            }
        }
    }

    /** The connection string itself: a secret. */
    public String reveal() {
        return "Endpoint=" + endpoint + ";AccessKey=" + accessKey + ";Version=1.0;";
    }

    @Override
    public String toString() {
        return "ConnectionString[endpoint=" + endpoint + "]";
    }
}
