package dev.fanfare.core;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The Content-Type of a body (RFC 9110 section 8.3).
 *
 * @param mediaType in lower case, without parameters; empty if there is none
 * @param charset as given, null if there is none
 */
public record ContentType(String mediaType, @Nullable String charset) {

    public static final String JSON = "application/json";
    public static final String TEXT = "text/plain";
    public static final String BINARY = "application/octet-stream";

    /** @param header null if there is none */
    public static ContentType of(@Nullable String header) {
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

    /** Whether it is JSON, which is always UTF-8 (RFC 8259 section 8.1). */
    public boolean isJson() {
        return mediaType.equals(JSON) && (charset == null || charset.equalsIgnoreCase("utf-8"));
    }

    public boolean isText() {
        return mediaType.equals(TEXT);
    }

    public boolean isBinary() {
        return mediaType.equals(BINARY) || mediaType.isEmpty();
    }

    /** Whether a Content-Encoding (RFC 9110 section 8.4) stands for an unencoded body; an empty one names no coding. */
    public static boolean isIdentity(String contentEncoding) {
        return contentEncoding.isBlank() || contentEncoding.strip().equalsIgnoreCase("identity");
    }

    /**
     * The charset of its text, UTF-8 by default.
     *
     * @throws IllegalArgumentException if the charset is not known
     */
    public Charset textCharset() {
        return charset == null ? StandardCharsets.UTF_8 : Charset.forName(charset);
    }

    /**
     * Decodes strictly: receivers must not get replacement characters that were never sent.
     *
     * @throws CharacterCodingException if the body is not in that charset
     */
    public static String decode(byte[] body, Charset charset) throws CharacterCodingException {
        return charset.newDecoder().decode(ByteBuffer.wrap(body)).toString();
    }
}
