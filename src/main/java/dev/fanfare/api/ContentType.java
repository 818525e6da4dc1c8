package dev.fanfare.api;

import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The Content-Type of a request (RFC 9110 section 8.3).
 *
 * @param mediaType in lower case, without parameters; empty if there is none
 * @param charset as given, null if there is none
 */
record ContentType(String mediaType, @Nullable String charset) {

    static final String JSON = "application/json";
    static final String TEXT = "text/plain";
    static final String BINARY = "application/octet-stream";

    static ContentType of(MultiMap headers) {
        String header = headers.get(HttpHeaders.CONTENT_TYPE);
        if (header == null) {
            return new ContentType("", null);
        }
        String[] parts = header.split(";", -1);
        return new ContentType(parts[0].strip().toLowerCase(Locale.ROOT), charset(parts));
    }

    private static @Nullable String charset(String[] parts) {
        for (int i = 1; i < parts.length; i++) {
            String part = parts[i].strip();
            if (part.toLowerCase(Locale.ROOT).startsWith("charset=")) {
                return part.substring("charset=".length()).replace("\"", "");
            }
        }
        return null;
    }

    /** Whether it is JSON, which is UTF-8 always (RFC 8259 section 8.1). */
    boolean isJson() {
        return mediaType.equals(JSON) && (charset == null || charset.equalsIgnoreCase("utf-8"));
    }

    boolean isText() {
        return mediaType.equals(TEXT);
    }

    boolean isBinary() {
        return mediaType.equals(BINARY) || mediaType.isEmpty();
    }
}
