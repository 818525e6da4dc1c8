package dev.fanfare.socket;

import java.util.Arrays;
import java.util.zip.Deflater;
import org.jspecify.annotations.Nullable;

/**
 * Deflates messages for many receivers (RFC 7692 section 7.2.1), each message independently, so that all receivers
 * share the result. One instance serves all sockets of an event loop. Not thread-safe. See
 * {@code src/docs/decisions/0012-compression-once.md}.
 */
public final class MessageDeflater implements AutoCloseable {

    /** What {@link Deflater#SYNC_FLUSH} ends with, and a message does not carry. */
    static final int FLUSH_MARK = 4;

    private static final byte[] NOTHING = {};
    private static final int ROOM = 4096;

    private final CompressionMeter meter;
    private byte[] out = NOTHING;

    /** Bodies above this size use the fastest level: 1 MiB then takes 7 ms of the event loop instead of 26. */
    private static final int LARGE = 16 * 1024;

    /** Created with the first message: each takes about 256 KiB, and most nodes do not compress. */
    private @Nullable Deflater thorough;

    private @Nullable Deflater quick;

    public MessageDeflater(CompressionMeter meter) {
        this.meter = meter;
    }

    /**
     * Deflates a body up to a byte boundary, so that other content may follow.
     *
     * @return the deflated body, flush mark included; null if it is not smaller
     */
    public byte @Nullable [] deflate(byte[] body) {
        long begin = System.nanoTime();
        Deflater deflater = ready(body.length);
        deflater.setInput(body);
        int size = 0;
        while (true) {
            size += deflater.deflate(out, size, out.length - size, Deflater.SYNC_FLUSH);
            if (size < out.length) {
                break;
            }
            out = Arrays.copyOf(out, 2 * out.length);
        }
        deflater.setInput(NOTHING); // drops the reference to the body
        meter.deflated(body.length, size, System.nanoTime() - begin);
        byte[] deflated = size + FrameWriter.STORED_TAIL < body.length ? Arrays.copyOf(out, size) : null;
        if (out.length > 1024 * 1024) {
            out = new byte[ROOM];
        }
        return deflated;
    }

    private Deflater ready(int length) {
        Deflater deflater = length > LARGE ? quick : thorough;
        if (out.length == 0) {
            out = new byte[ROOM];
        }
        if (deflater != null) {
            deflater.reset();
        } else if (length > LARGE) {
            deflater = new Deflater(Deflater.BEST_SPEED, true);
            quick = deflater;
        } else {
            deflater = new Deflater(Deflater.DEFAULT_COMPRESSION, true);
            thorough = deflater;
        }
        return deflater;
    }

    /** Frees the memory outside the heap. May be used again. */
    @Override
    public void close() {
        if (thorough != null) {
            thorough.end();
            thorough = null;
        }
        if (quick != null) {
            quick.end();
            quick = null;
        }
    }
}
