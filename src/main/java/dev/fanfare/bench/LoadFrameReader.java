package dev.fanfare.bench;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/**
 * Finds the frames of a server in the received bytes. Single-threaded. It keeps only the bytes of an incomplete frame,
 * and checks no more than it needs: conformance of the broker is tested elsewhere.
 */
final class LoadFrameReader {

    /** Receives the frames. */
    interface Sink {
        /** A whole message or control frame; the buffer is valid only during the call. */
        void frame(int opcode, ByteBuf bytes, int start, int length);
    }

    /** Bytes of a frame's payload; the broker allows more, which is not measured. */
    static final int MAX_PAYLOAD = 1 << 26;

    private static final int OPCODE = 0x0F;
    private static final int FINAL = 0x80;

    private @Nullable ByteBuf kept;
    private boolean stopped;

    /**
     * Reads received bytes. Neither keeps nor releases the buffer.
     *
     * @throws ProtocolException if they are not frames that a driver can read
     */
    void read(ByteBuf in, Sink sink) throws ProtocolException {
        if (kept == null) {
            parse(in, sink);
            if (in.isReadable() && !stopped) {
                kept = Unpooled.buffer(in.readableBytes()).writeBytes(in);
            }
            return;
        }
        kept.discardReadBytes().writeBytes(in);
        parse(kept, sink);
        if (!kept.isReadable()) {
            kept = null;
        }
    }

    /** Stops reading, as after a close frame. */
    void stop() {
        stopped = true;
        kept = null;
    }

    private void parse(ByteBuf in, Sink sink) throws ProtocolException {
        while (!stopped && in.readableBytes() >= 2) {
            int start = in.readerIndex();
            int available = in.readableBytes();
            int first = in.getByte(start);
            int length = in.getByte(start + 1);
            int header = length < 126 ? 2 : length == 126 ? 4 : 10;
            if (length < 0) {
                throw new ProtocolException("a frame of the server is masked");
            }
            if (available < header) {
                return;
            }
            if (header > 2) {
                length = extended(in, start + 2, header);
            }
            if (available < header + length) {
                return;
            }
            if ((first & FINAL) == 0 || (first & OPCODE) == 0) {
                throw new ProtocolException("a message of the server is in fragments, which a driver does not read");
            }
            in.readerIndex(start + header + length);
            sink.frame(first & OPCODE, in, start + header, length);
        }
    }

    private static int extended(ByteBuf in, int at, int header) throws ProtocolException {
        long length = header == 4 ? in.getUnsignedShort(at) : in.getLong(at);
        if (length < 0 || length > MAX_PAYLOAD) {
            throw new ProtocolException("a frame of the server has " + length + " bytes");
        }
        return (int) length;
    }
}
