package dev.fanfare.core.protocol;

import java.util.Arrays;

/** The escapes of JSON strings (RFC 8259 section 7), from UTF-8 to UTF-8. */
final class JsonEscapes {

    private static final int ESCAPE_LENGTH = 6;

    private JsonEscapes() {}

    /**
     * The string between two offsets without its escapes, which have been checked for form.
     *
     * @throws ProtocolViolation on half a surrogate pair, which has no UTF-8 form
     */
    static byte[] remove(byte[] text, int from, int to) throws ProtocolViolation {
        byte[] plain = new byte[to - from];
        int length = 0;
        int i = from;
        while (i < to) {
            if (text[i] != '\\') {
                plain[length++] = text[i++];
            } else if (text[i + 1] != 'u') {
                plain[length++] = (byte) meaning(text[i + 1]);
                i += 2;
            } else {
                int codePoint = codePoint(text, i, to);
                length = putUtf8(codePoint, plain, length);
                i += Character.charCount(codePoint) * ESCAPE_LENGTH;
            }
        }
        return Arrays.copyOf(plain, length);
    }

    private static int meaning(byte letter) {
        return switch (letter) {
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            default -> letter;
        };
    }

    private static int codePoint(byte[] text, int at, int to) throws ProtocolViolation {
        char first = unit(text, at);
        if (!Character.isSurrogate(first)) {
            return first;
        }
        int next = at + ESCAPE_LENGTH;
        if (next + ESCAPE_LENGTH <= to && text[next] == '\\' && text[next + 1] == 'u') {
            char second = unit(text, next);
            if (Character.isSurrogatePair(first, second)) {
                return Character.toCodePoint(first, second);
            }
        }
        throw new ProtocolViolation("an unpaired surrogate has no UTF-8 form: escape at byte " + at);
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
