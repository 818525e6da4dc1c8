package dev.fanfare.socket;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Masks and unmasks the payload of client frames (RFC 6455 section 5.3). */
final class Mask {

    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private Mask() {}

    /**
     * Masks bytes in place.
     *
     * @param key the masking key, its first octet highest
     * @param position how many bytes of the frame's payload came before these
     */
    static void apply(int key, int position, byte[] bytes, int from, int count) {
        int turned = Integer.rotateLeft(key, Byte.SIZE * (position & 3));
        long wide = ((long) turned << 32) | (turned & 0xFFFF_FFFFL);
        int end = from + count;
        int i = from;
        for (; i <= end - Long.BYTES; i += Long.BYTES) {
            LONG.set(bytes, i, (long) LONG.get(bytes, i) ^ wide);
        }
        for (int shift = Long.SIZE - Byte.SIZE; i < end; i++, shift -= Byte.SIZE) {
            bytes[i] ^= (byte) (wide >>> shift);
        }
    }
}
