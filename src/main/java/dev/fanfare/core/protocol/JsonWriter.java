package dev.fanfare.core.protocol;

import dev.fanfare.core.json.JsonStrings;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** JSON text in one growing array of UTF-8 bytes, without white space. Used for one frame and dropped. */
final class JsonWriter {

    private static final byte[] BASE64 = ascii("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
    private static final byte[] HEX = ascii("0123456789ABCDEF");
    private static final int MAX_DIGITS = 20;
    private static final int ESCAPE_LENGTH = 6;

    private byte[] bytes;
    private int length;

    /** @param capacity the expected length; exceeding it costs a copy */
    JsonWriter(int capacity) {
        bytes = new byte[capacity];
    }

    /** The length of binary content in base64, with padding. */
    static int base64Length(int length) {
        return (length + 2) / 3 * 4;
    }

    /** The bytes of a text that is ASCII, such as the fixed parts of frames. */
    static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** Bytes that are JSON already. */
    JsonWriter raw(byte[] json) {
        reserve(json.length);
        System.arraycopy(json, 0, bytes, length, json.length);
        length += json.length;
        return this;
    }

    /** A quoted string; what has no UTF-8 form becomes a question mark. */
    JsonWriter string(String text) {
        return utf8(text.getBytes(StandardCharsets.UTF_8));
    }

    /** A quoted string, from its UTF-8; only what must be escaped is (RFC 8259 section 7). */
    JsonWriter utf8(byte[] text) {
        reserve(text.length + 2);
        bytes[length++] = '"';
        int clean = 0;
        int next = JsonStrings.plainUntil(text, 0, text.length);
        while (next < text.length) {
            copy(text, clean, next);
            escape(text[next]);
            clean = next + 1;
            next = JsonStrings.plainUntil(text, clean, text.length);
        }
        copy(text, clean, text.length);
        reserve(1);
        bytes[length++] = '"';
        return this;
    }

    /** Base64 with padding (RFC 4648 section 4) in quotes. */
    JsonWriter base64(byte[] content) {
        reserve(base64Length(content.length) + 2);
        bytes[length++] = '"';
        int whole = content.length / 3 * 3;
        for (int i = 0; i < whole; i += 3) {
            base64(((content[i] & 0xff) << 16) | ((content[i + 1] & 0xff) << 8) | (content[i + 2] & 0xff), 4);
        }
        if (whole + 1 == content.length) {
            base64((content[whole] & 0xff) << 16, 2);
        } else if (whole + 2 == content.length) {
            base64(((content[whole] & 0xff) << 16) | ((content[whole + 1] & 0xff) << 8), 3);
        }
        bytes[length++] = '"';
        return this;
    }

    /** An unsigned 64-bit number. */
    JsonWriter unsigned(long value) {
        reserve(MAX_DIGITS);
        length += putUnsigned(value, bytes, length);
        return this;
    }

    /** The bytes written; the writer must not be used afterwards. */
    byte[] finish() {
        return length == bytes.length ? bytes : Arrays.copyOf(bytes, length);
    }

    /** Writes an unsigned 64-bit number in decimal; returns the number of digits, at most 20. */
    static int putUnsigned(long value, byte[] target, int offset) {
        int digits = 1;
        for (long rest = tenth(value); rest != 0; rest /= 10) {
            digits++;
        }
        long rest = value;
        for (int i = offset + digits - 1; i >= offset; i--) {
            long tenth = tenth(rest);
            target[i] = (byte) ('0' + (rest - tenth * 10));
            rest = tenth;
        }
        return digits;
    }

    private static long tenth(long unsigned) {
        return unsigned >= 0 ? unsigned / 10 : Long.divideUnsigned(unsigned, 10);
    }

    private void base64(int bits, int characters) {
        for (int i = 0; i < 4; i++) {
            bytes[length++] = i < characters ? BASE64[(bits >> (18 - 6 * i)) & 0x3f] : (byte) '=';
        }
    }

    private void escape(byte b) {
        reserve(ESCAPE_LENGTH);
        bytes[length++] = '\\';
        int letter = "\b\t\n\f\r\"\\".indexOf(b);
        if (letter >= 0) {
            bytes[length++] = (byte) "btnfr\"\\".charAt(letter);
        } else {
            bytes[length++] = 'u';
            bytes[length++] = '0';
            bytes[length++] = '0';
            bytes[length++] = HEX[b >> 4];
            bytes[length++] = HEX[b & 0xf];
        }
    }

    private void copy(byte[] text, int from, int to) {
        reserve(to - from);
        System.arraycopy(text, from, bytes, length, to - from);
        length += to - from;
    }

    private void reserve(int more) {
        if (bytes.length - length < more) {
            bytes = Arrays.copyOf(bytes, Math.max(length + more, length + length / 2));
        }
    }
}
