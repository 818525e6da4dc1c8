package dev.fanfare.socket;

import dev.fanfare.core.protocol.Encoded;
import io.netty.buffer.ByteBuf;
import java.security.SecureRandom;

/** Writes frames as servers send them (RFC 6455 section 5.2), and masks them for clients. */
final class FrameWriter {

    static final int TEXT = 1;
    static final int BINARY = 2;
    static final int CLOSE = 8;
    static final int PING = 9;
    static final int PONG = 10;

    /** What a deflated body costs at most that is not deflated: the length of a tail, and the begin of an empty block. */
    static final int STORED_TAIL = 5;

    private static final int MASKED = 0x80;
    private static final int DEFLATED = 0x40;
    private static final SecureRandom KEYS = new SecureRandom();

    private FrameWriter() {}

    /** The bytes of the frame header before a payload of that length. */
    static int headerLength(int payloadLength) {
        return payloadLength < 126 ? 2 : payloadLength < 65_536 ? 4 : 10;
    }

    /** Writes the header of an unfragmented frame. */
    static void header(ByteBuf out, int opcode, int payloadLength) {
        out.writeByte(0x80 | opcode);
        if (payloadLength < 126) {
            out.writeByte(payloadLength);
        } else if (payloadLength < 65_536) {
            out.writeByte(126).writeShort(payloadLength);
        } else {
            out.writeByte(127).writeLong(payloadLength);
        }
    }

    /** Writes a whole message as one frame. */
    static void message(ByteBuf out, Encoded message) {
        header(out, message.text() ? TEXT : BINARY, message.body().length);
        out.writeBytes(message.body());
    }

    /** Writes a message whose last bytes are the first {@code tailLength} of {@code tail}. */
    static void message(ByteBuf out, Encoded message, byte[] tail, int tailLength) {
        header(out, message.text() ? TEXT : BINARY, message.body().length + tailLength);
        out.writeBytes(message.body()).writeBytes(tail, 0, tailLength);
    }

    /** Writes a message that was deflated, without the mark at its end (RFC 7692 section 7.2.1). */
    static void deflated(ByteBuf out, boolean text, byte[] deflated) {
        int length = deflated.length - MessageDeflater.FLUSH_MARK;
        header(out, DEFLATED | (text ? TEXT : BINARY), length);
        out.writeBytes(deflated, 0, length);
    }

    /**
     * Writes a message of which the body was deflated and the tail is not. The mark at the end of the body is the length of
     * an empty stored block (RFC 1951 section 3.2.4): with the tail's length in its place, the tail is what is stored. Then
     * comes the first byte of an empty block, of which the receiver adds the rest.
     */
    static void deflated(ByteBuf out, boolean text, byte[] deflated, byte[] tail, int tailLength) {
        header(out, DEFLATED | (text ? TEXT : BINARY), deflated.length + tailLength + 1);
        out.writeBytes(deflated, 0, deflated.length - MessageDeflater.FLUSH_MARK);
        out.writeShortLE(tailLength).writeShortLE(~tailLength);
        out.writeBytes(tail, 0, tailLength).writeByte(0);
    }

    /** The same frames as a client sends them, each with an unpredictable key; releases the given ones. */
    static ByteBuf masked(ByteBuf frames) {
        ByteBuf out = frames.alloc().directBuffer(frames.readableBytes() + Integer.BYTES);
        try {
            while (frames.isReadable()) {
                maskFrame(frames, out);
            }
        } finally {
            frames.release();
        }
        return out;
    }

    private static void maskFrame(ByteBuf frame, ByteBuf out) {
        out.writeByte(frame.readByte());
        int form = frame.readByte();
        out.writeByte(MASKED | form);
        long length = form;
        if (form == 126) {
            length = frame.readUnsignedShort();
            out.writeShort((int) length);
        } else if (form == 127) {
            length = frame.readLong();
            out.writeLong(length);
        }
        int key = KEYS.nextInt();
        byte[] payload = new byte[(int) length];
        frame.readBytes(payload);
        Mask.apply(key, 0, payload, 0, payload.length);
        out.writeInt(key).writeBytes(payload);
    }
}
