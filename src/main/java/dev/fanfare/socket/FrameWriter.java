package dev.fanfare.socket;

import dev.fanfare.core.protocol.Encoded;
import io.netty.buffer.ByteBuf;

/** Writes unmasked frames, as servers send them (RFC 6455 section 5.2). */
final class FrameWriter {

    static final int TEXT = 1;
    static final int BINARY = 2;
    static final int CLOSE = 8;
    static final int PING = 9;
    static final int PONG = 10;

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
}
