package dev.fanfare.core.json;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Finds the bytes that have a meaning of their own in JSON strings (RFC 8259 section 7). */
public final class JsonStrings {

    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());
    private static final long ONES = 0x0101_0101_0101_0101L;
    private static final long HIGH_BITS = 0x8080_8080_8080_8080L;

    private JsonStrings() {}

    /**
     * The index of the first quote, backslash or control character, or {@code to} if there is none. Looks at eight bytes
     * at a time.
     *
     * @param from the first index to look at
     * @param to the index behind the last
     */
    public static int plainUntil(byte[] text, int from, int to) {
        int i = from;
        while (i <= to - Long.BYTES && isPlain((long) LONG.get(text, i))) {
            i += Long.BYTES;
        }
        while (i < to && isPlain(text[i])) {
            i++;
        }
        return i;
    }

    private static boolean isPlain(byte octet) {
        return (octet >= ' ' || octet < 0) && octet != '"' && octet != '\\';
    }

    /**
     * Whether all eight bytes are plain. A byte below a bound borrows from its high bit when the bound is subtracted, and
     * one that equals a value is zero, which is below 1, after an exclusive or.
     */
    private static boolean isPlain(long word) {
        long quotes = word ^ (ONES * '"');
        long backslashes = word ^ (ONES * '\\');
        long below =
                ((word - ONES * ' ') & ~word) | ((quotes - ONES) & ~quotes) | ((backslashes - ONES) & ~backslashes);
        return (below & HIGH_BITS) == 0;
    }
}
