package dev.fanfare.core.json;

import java.util.Arrays;

/**
 * Removes the escapes of JSON strings (RFC 8259 section 7) whose form has been checked. See {@code
 * src/docs/decisions/0027}.
 */
final class JsonEscapes {

    private static final int ESCAPE_LENGTH = 6;
    private static final int REPLACEMENT = 0xFFFD;

    private JsonEscapes() {}

    /** From UTF-8 to UTF-8. A lone surrogate has no UTF-8 form and becomes U+FFFD. */
    static byte[] remove(byte[] text, int from, int to) {
        byte[] plain = new byte[to - from];
        int length = 0;
        int i = from;
        while (i < to) {
            if (text[i] != '\\') {
                plain[length++] = text[i++];
            } else if (text[i + 1] != 'u') {
                plain[length++] = (byte) meaning((char) text[i + 1]);
                i += 2;
            } else {
                int codePoint = codePoint(text, i, to);
                length = putUtf8(isHalf(codePoint) ? REPLACEMENT : codePoint, plain, length);
                i += Character.charCount(codePoint) * ESCAPE_LENGTH;
            }
        }
        return Arrays.copyOf(plain, length);
    }

    /** From UTF-16 to UTF-16, which keeps lone surrogates. */
    static String remove(String text) {
        StringBuilder plain = new StringBuilder(text.length());
        int i = 0;
        while (i < text.length()) {
            char c = text.charAt(i++);
            if (c != '\\') {
                plain.append(c);
            } else if (text.charAt(i) != 'u') {
                plain.append((char) meaning(text.charAt(i++)));
            } else {
                plain.append((char) Integer.parseInt(text, i + 1, i + 5, 16));
                i += 5;
            }
        }
        return plain.toString();
    }

    private static boolean isHalf(int codePoint) {
        return codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE;
    }

    private static int meaning(char letter) {
        return switch (letter) {
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            default -> letter;
        };
    }

    /** A lone surrogate if its other half does not follow. */
    private static int codePoint(byte[] text, int at, int to) {
        char first = unit(text, at);
        int next = at + ESCAPE_LENGTH;
        if (Character.isHighSurrogate(first)
                && next + ESCAPE_LENGTH <= to
                && text[next] == '\\'
                && text[next + 1] == 'u') {
            char second = unit(text, next);
            if (Character.isSurrogatePair(first, second)) {
                return Character.toCodePoint(first, second);
            }
        }
        return first;
    }

    private static char unit(byte[] text, int at) {
        int unit = 0;
        for (int i = at + 2; i < at + ESCAPE_LENGTH; i++) {
            unit = (unit << 4) | Character.digit(text[i], 16);
        }
        return (char) unit;
    }

    private static int putUtf8(int c, byte[] target, int at) {
        int i = at;
        if (c < 0x80) {
            target[i++] = (byte) c;
        } else if (c < 0x800) {
            target[i++] = (byte) (0xc0 | (c >> 6));
            target[i++] = continuation(c);
        } else if (c < 0x10000) {
            target[i++] = (byte) (0xe0 | (c >> 12));
            target[i++] = continuation(c >> 6);
            target[i++] = continuation(c);
        } else {
            target[i++] = (byte) (0xf0 | (c >> 18));
            target[i++] = continuation(c >> 12);
            target[i++] = continuation(c >> 6);
            target[i++] = continuation(c);
        }
        return i;
    }

    private static byte continuation(int bits) {
        return (byte) (0x80 | (bits & 0x3f));
    }
}
