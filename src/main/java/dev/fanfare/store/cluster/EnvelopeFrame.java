package dev.fanfare.store.cluster;

import io.vertx.core.buffer.Buffer;
import java.util.List;

/**
 * Several envelopes as one message of the bus: the version of the protocol in which they are written, then the length and the
 * bytes of each.
 */
final class EnvelopeFrame {

    /** What an envelope costs besides its bytes. */
    static final int OVERHEAD = Integer.BYTES;

    private EnvelopeFrame() {}

    /** Takes what is in a frame. */
    interface Visitor {
        void envelope(byte[] bytes);

        /** The rest cannot be read. */
        void malformed();
    }

    /** @param bytes of all of them */
    static Buffer of(int version, List<byte[]> envelopes, int bytes) {
        Buffer frame = Buffer.buffer(1 + envelopes.size() * OVERHEAD + bytes);
        frame.appendByte((byte) version);
        for (byte[] envelope : envelopes) {
            frame.appendInt(envelope.length).appendBytes(envelope);
        }
        return frame;
    }

    static void read(Buffer frame, Visitor visitor) {
        if (frame.length() == 0 || frame.getByte(0) == 0) {
            visitor.malformed();
            return;
        }
        int position = 1;
        while (position < frame.length()) {
            int left = frame.length() - position - OVERHEAD;
            int length = left < 0 ? -1 : frame.getInt(position);
            if (length < 0 || length > left) {
                visitor.malformed();
                return;
            }
            position += OVERHEAD;
            visitor.envelope(frame.getBytes(position, position + length));
            position += length;
        }
    }
}
