package dev.fanfare.socket;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Validates UTF-8 (RFC 3629 section 4) that arrives in pieces. The state between two pieces is one int, so that a
 * socket needs no object for it.
 */
final class Utf8Validator {

    /** No character is open: where a text starts, and where it may end. */
    static final int COMPLETE = 0;

    /** No continuation can make these bytes valid. */
    static final int INVALID = -1;

    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());
    private static final long NOT_ASCII = 0x8080_8080_8080_8080L;

    private Utf8Validator() {}

    /**
     * Validates the next bytes.
     *
     * @param state {@link #COMPLETE} or the result of the previous call, not {@link #INVALID}
     * @param from the first index to read
     * @param to the index behind the last
     */
    static int next(int state, byte[] bytes, int from, int to) {
        int now = state;
        for (int i = from; i < to && now != INVALID; i++) {
            if (now == COMPLETE) {
                i = skipAscii(bytes, i, to);
                if (i == to) {
                    return COMPLETE;
                }
                now = lead(bytes[i] & 0xFF);
            } else {
                now = follow(now, bytes[i] & 0xFF);
            }
        }
        return now;
    }

    private static int skipAscii(byte[] bytes, int from, int to) {
        int i = from;
        while (i <= to - Long.BYTES && ((long) LONG.get(bytes, i) & NOT_ASCII) == 0) {
            i += Long.BYTES;
        }
        while (i < to && bytes[i] >= 0) {
            i++;
        }
        return i;
    }

    /** The state after the first byte of a multi-byte character. */
    private static int lead(int octet) {
        if (octet < 0xC2 || octet > 0xF4) {
            return INVALID;
        }
        if (octet < 0xE0) {
            return open(1, 0x80, 0xBF);
        }
        return switch (octet) {
            case 0xE0 -> open(2, 0xA0, 0xBF); // shorter forms exist below
            case 0xED -> open(2, 0x80, 0x9F); // surrogates above
            case 0xF0 -> open(3, 0x90, 0xBF); // shorter forms exist below
            case 0xF4 -> open(3, 0x80, 0x8F); // beyond U+10FFFF above
            default -> open(octet < 0xF0 ? 2 : 3, 0x80, 0xBF);
        };
    }

    private static int follow(int state, int octet) {
        int lowest = (state >> 8) & 0xFF;
        int highest = state & 0xFF;
        if (octet < lowest || octet > highest) {
            return INVALID;
        }
        int missing = (state >> 16) - 1;
        return missing == 0 ? COMPLETE : open(missing, 0x80, 0xBF);
    }

    /** A state: how many bytes are missing, and between which bounds the next one lies. */
    private static int open(int missing, int lowest, int highest) {
        return (missing << 16) | (lowest << 8) | highest;
    }
}
