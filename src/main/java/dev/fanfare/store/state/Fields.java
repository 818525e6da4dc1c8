package dev.fanfare.store.state;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Reads and writes fields with a length in front of them. */
final class Fields {

    private Fields() {}

    /** Bytes of a text of at most 65,535 bytes. */
    static int size(byte[] text) {
        return Short.BYTES + text.length;
    }

    static void putText(ByteBuffer out, byte[] text) {
        out.putShort((short) text.length).put(text);
    }

    static byte[] getText(ByteBuffer in) {
        return bytes(in, Short.toUnsignedInt(in.getShort()));
    }

    static void putBytes(ByteBuffer out, byte[] bytes) {
        out.putInt(bytes.length).put(bytes);
    }

    static byte[] getBytes(ByteBuffer in) {
        return bytes(in, in.getInt());
    }

    static byte[] bytes(ByteBuffer in, int length) {
        if (length < 0 || length > in.remaining()) {
            throw new BufferUnderflowException();
        }
        byte[] bytes = new byte[length];
        in.get(bytes);
        return bytes;
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static String text(byte[] utf8) {
        return new String(utf8, StandardCharsets.UTF_8);
    }
}
