package dev.fanfare.socket;

import dev.fanfare.core.protocol.Encoded;
import io.netty.buffer.ByteBuf;
import java.security.SecureRandom;

/** Encodes frames as servers send them (RFC 6455 section 5.2), and masks them for clients. Stateless. */
final class FrameWriter {

    static final int TEXT = 1;
    static final int BINARY = 2;
    static final int CLOSE = 8;
    static final int PING = 9;
    static final int PONG = 10;

    /** The most bytes that a deflated body adds: the length of a stored tail, and the start of an empty block. */
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

    /** Writes a deflated message without its flush mark (RFC 7692 section 7.2.1). */
    static void deflated(ByteBuf out, boolean text, byte[] deflated) {
        int length = deflated.length - MessageDeflater.FLUSH_MARK;
        header(out, DEFLATED | (text ? TEXT : BINARY), length);
        out.writeBytes(deflated, 0, length);
    }

    /**
     * Writes a message with a deflated body and an uncompressed tail. The flush mark at the end of the body is the
     * length of an empty stored block (RFC 1951 section 3.2.4): replaced with the tail's length, it makes the tail the
     * stored content. The first byte of an empty block follows, whose remainder the receiver adds.
     */
    static void deflated(ByteBuf out, boolean text, byte[] deflated, byte[] tail, int tailLength) {
        header(out, DEFLATED | (text ? TEXT : BINARY), deflated.length + tailLength + 1);
        out.writeBytes(deflated, 0, deflated.length - MessageDeflater.FLUSH_MARK);
        out.writeShortLE(tailLength).writeShortLE(~tailLength);
        out.writeBytes(tail, 0, tailLength).writeByte(0);
    }

    /** Masks frames as a client must, each with an unpredictable key; releases the given buffer. */
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
