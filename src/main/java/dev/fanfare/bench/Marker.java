package dev.fanfare.bench;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/**
 * The beginning of every message's data: its stream, its number, and when it was due. Only letters, so that it is the
 * same text in every wire format; read as 64-bit words, so that it costs next to nothing.
 *
 * <pre>
 * 8 letters   which run
 * 8           stream: from which publisher to which group
 * 8           sequence number within the stream, from 0
 * 16          intended time of sending, in nanoseconds since the run began
 * </pre>
 */
final class Marker {

    /** In bytes. */
    static final int LENGTH = 40;

    private static final long LETTERS = 0x4141414141414141L;
    private static final int STREAM = 8;
    private static final int SEQUENCE = 16;
    private static final int TIME_HIGH = 24;
    private static final int TIME_LOW = 32;

    private final long run;

    /** @param run a number that other runs against the same broker do not have */
    Marker(int run) {
        byte[] letters = new byte[8];
        putLetters(letters, 0, run);
        long word = 0;
        for (byte letter : letters) {
            word = (word << 8) | letter;
        }
        this.run = word;
    }

    /** Writes a marker. */
    void put(byte[] target, int at, int stream, int sequence, long time) {
        for (int i = 0; i < 8; i++) {
            target[at + i] = (byte) (run >>> (56 - 8 * i));
        }
        putLetters(target, at + STREAM, stream);
        putLetters(target, at + SEQUENCE, sequence);
        putLetters(target, at + TIME_HIGH, (int) (time >>> 32));
        putLetters(target, at + TIME_LOW, (int) time);
    }

    /** Whether a marker of this run begins there. */
    boolean at(ByteBuf bytes, int index, int end) {
        return index + LENGTH <= end && bytes.getLong(index) == run;
    }

    /** Where a marker of this run begins, or -1. */
    int find(ByteBuf bytes, int from, int end) {
        byte first = (byte) (run >>> 56);
        for (int i = from; i + LENGTH <= end; i++) {
            if (bytes.getByte(i) == first && bytes.getLong(i) == run) {
                return i;
            }
        }
        return -1;
    }

    static int stream(ByteBuf bytes, int marker) {
        return number(bytes.getLong(marker + STREAM));
    }

    static int sequence(ByteBuf bytes, int marker) {
        return number(bytes.getLong(marker + SEQUENCE));
    }

    static long time(ByteBuf bytes, int marker) {
        return ((long) number(bytes.getLong(marker + TIME_HIGH)) << 32)
                | (number(bytes.getLong(marker + TIME_LOW)) & 0xFFFF_FFFFL);
    }

    @Override
    public String toString() {
        byte[] marker = new byte[LENGTH];
        put(marker, 0, 0, 0, 0);
        return new String(marker, 0, 8, StandardCharsets.US_ASCII);
    }

    /** A letter from A to P for each four bits. */
    private static void putLetters(byte[] target, int at, int number) {
        for (int i = 0; i < 8; i++) {
            target[at + i] = (byte) ('A' + ((number >>> (28 - 4 * i)) & 0xF));
        }
    }

    /** Eight letters at once: adjacent halves move together. */
    private static int number(long letters) {
        long word = letters - LETTERS;
        word = (word | (word >>> 4)) & 0x00FF00FF00FF00FFL;
        word = (word | (word >>> 8)) & 0x0000FFFF0000FFFFL;
        return (int) (word | (word >>> 16));
    }
}
