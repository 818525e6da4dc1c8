package dev.fanfare.socket;

import java.util.Arrays;
import java.util.zip.Deflater;
import org.jspecify.annotations.Nullable;

/**
 * Deflates messages for many receivers (RFC 7692 section 7.2.1), each on its own, so that all may share it. One serves all
 * sockets of an event loop. Not thread-safe.
 */
public final class MessageDeflater {

    /** What {@link Deflater#SYNC_FLUSH} ends with, and a message does not carry. */
    static final int FLUSH_MARK = 4;

    private final CompressionMeter meter;
    private final Deflater deflater = new Deflater(Deflater.DEFAULT_COMPRESSION, true);
    private byte[] out = new byte[4096];

    public MessageDeflater(CompressionMeter meter) {
        this.meter = meter;
    }

    /**
     * Deflates a body up to a byte boundary, behind which something else may follow.
     *
     * @return what came of it, flush mark included; null if it is not worth while
     */
    public byte @Nullable [] deflate(byte[] body) {
        long begin = System.nanoTime();
        deflater.reset();
        deflater.setInput(body);
        int size = 0;
        while (true) {
            size += deflater.deflate(out, size, out.length - size, Deflater.SYNC_FLUSH);
            if (size < out.length) {
                break;
            }
            out = Arrays.copyOf(out, 2 * out.length);
        }
        meter.deflated(body.length, size, System.nanoTime() - begin);
        byte[] deflated = size + FrameWriter.STORED_TAIL < body.length ? Arrays.copyOf(out, size) : null;
        if (out.length > 1024 * 1024) {
            out = new byte[4096];
        }
        return deflated;
    }
}
