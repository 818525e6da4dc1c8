package dev.fanfare.core.uri;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * Strict percent-decoding (RFC 3986 section 2.1): a lenient decoder could turn one name into another.
 */
public final class PercentEncoding {

    private PercentEncoding() {}

    /** Decodes a path segment, in which a plus is a plus. */
    public static String segment(String raw) throws MalformedUri {
        return decode(raw, false, "path");
    }

    /** Decodes a name or value of a query, in which a plus is a space. */
    public static String query(String raw) throws MalformedUri {
        return decode(raw, true, "query");
    }

    private static String decode(String raw, boolean plusIsSpace, String part) throws MalformedUri {
        ByteBuffer bytes = ByteBuffer.allocate(raw.length());
        for (int i = 0; i < raw.length(); i++) {
            char c = raw.charAt(i);
            if (c == '%') {
                bytes.put((byte) (hex(raw, i + 1, part) << 4 | hex(raw, i + 2, part)));
                i += 2;
            } else if (c > ' ' && c <= '~') {
                bytes.put((byte) (c == '+' && plusIsSpace ? ' ' : c));
            } else {
                throw new MalformedUri(part, "has a character that must be percent-encoded");
            }
        }
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(bytes.flip()).toString();
        } catch (CharacterCodingException e) {
            throw new MalformedUri(part, "is not UTF-8 behind its percent-encoding");
        }
    }

    private static int hex(String raw, int at, String part) throws MalformedUri {
        int digit = at < raw.length() ? Character.digit(raw.charAt(at), 16) : -1;
        if (digit < 0 || raw.charAt(at) > 'f') {
            throw new MalformedUri(part, "has a % that two hexadecimal digits do not follow");
        }
        return digit;
    }
}
