package dev.fanfare;

import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a server SDK is given: {@code Endpoint=https://host;AccessKey=...;Version=1.0;}. Immutable.
 *
 * @param endpoint where the REST API is
 * @param accessKey the secret that signs tokens
 */
record ConnectionString(Endpoint endpoint, String accessKey) {

    /**
     * Reads a connection string. Names are compared without case, {@code Port} replaces the port of the endpoint, other
     * names are ignored.
     *
     * @throws IllegalArgumentException if it lacks a part; the message holds no part of it
     */
    static ConnectionString parse(String text) {
        Map<String, String> parts = new TreeMap<>();
        for (String part : text.split(";")) {
            int equals = part.indexOf('=');
            if (equals > 0) {
                parts.put(
                        part.substring(0, equals).strip().toLowerCase(Locale.ROOT),
                        part.substring(equals + 1).strip());
            }
        }
        String accessKey = parts.getOrDefault("accesskey", "");
        String endpoint = parts.getOrDefault("endpoint", "");
        if (accessKey.isEmpty() || endpoint.isEmpty()) {
            throw new IllegalArgumentException(
                    "a connection string is Endpoint=https://host;AccessKey=...;Version=1.0;");
        }
        Endpoint parsed = Endpoint.parse(endpoint);
        String port = parts.get("port");
        return new ConnectionString(port == null ? parsed : parsed.withPort(port(port)), accessKey);
    }

    private static int port(String text) {
        if (!text.matches("\\d{1,5}")) {
            throw new IllegalArgumentException("the port of a connection string is a number up to 65535");
        }
        return Integer.parseInt(text);
    }

    /** The connection string itself: a secret. */
    String reveal() {
        return "Endpoint=" + endpoint + ";AccessKey=" + accessKey + ";Version=1.0;";
    }

    @Override
    public String toString() {
        return "ConnectionString[endpoint=" + endpoint + "]";
    }
}
