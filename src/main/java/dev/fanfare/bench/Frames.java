package dev.fanfare.bench;

import io.netty.buffer.ByteBuf;
import java.util.concurrent.ThreadLocalRandom;

/** Writes frames of a client: masked, RFC 6455 section 5.3. */
final class Frames {

    static final int TEXT = 0x1;
    static final int BINARY = 0x2;
    static final int CLOSE = 0x8;
    static final int PING = 0x9;
    static final int PONG = 0xA;

    /** Of a header, in bytes: 2, the length, the mask. */
    static final int MAX_HEADER = 14;

    private static final int FINAL = 0x80;
    private static final int MASKED = 0x80;

    private Frames() {}

    /** Appends a frame. */
    static void write(ByteBuf target, int opcode, byte[] payload) {
        target.writeByte(FINAL | opcode);
        writeLength(target, payload.length);
        int mask = ThreadLocalRandom.current().nextInt();
        target.writeInt(mask);
        int start = target.writerIndex();
        target.writeBytes(payload);
        mask(target, start, mask);
    }

    private static void writeLength(ByteBuf target, int length) {
        if (length < 126) {
            target.writeByte(MASKED | length);
        } else if (length < 1 << 16) {
            target.writeByte(MASKED | 126).writeShort(length);
        } else {
            target.writeByte(MASKED | 127).writeLong(length);
        }
    }

    private static void mask(ByteBuf target, int start, int mask) {
        long twice = ((long) mask << 32) | (mask & 0xFFFF_FFFFL);
        int end = target.writerIndex();
        int at = start;
        for (; at + 8 <= end; at += 8) {
            target.setLong(at, target.getLong(at) ^ twice);
        }
        for (int shift = 56; at < end; at++, shift -= 8) {
            target.setByte(at, target.getByte(at) ^ (int) (twice >>> shift));
        }
    }
}
