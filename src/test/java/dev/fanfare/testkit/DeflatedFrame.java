package dev.fanfare.testkit;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/** Frames of permessage-deflate without context takeover, made and read with nothing but zlib and RFC 7692. */
public final class DeflatedFrame {

    /** The header that offers it. */
    public static final String OFFER = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits";

    /** RSV1 among the three reserved bits. */
    public static final int RSV1 = 4;

    private static final byte[] MARKER = {0, 0, -1, -1};

    private DeflatedFrame() {}

    /** A text message in one frame. */
    public static RawFrame text(String text) {
        return new RawFrame(true, RSV1, RawFrame.TEXT, deflate(text.getBytes(StandardCharsets.UTF_8)));
    }

    /** Deflates as RFC 7692 section 7.2.1 has it. */
    public static byte[] deflate(byte[] plain) {
        Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION, true);
        deflater.setInput(plain);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        byte[] piece = new byte[65_536];
        int count;
        do {
            count = deflater.deflate(piece, 0, piece.length, Deflater.SYNC_FLUSH);
            out.write(piece, 0, count);
        } while (count == piece.length);
        deflater.end();
        return Arrays.copyOf(out.toByteArray(), out.size() - MARKER.length);
    }

    /** The message of a frame, which must be deflated, as RFC 7692 section 7.2.2 has it. */
    public static String inflate(RawFrame frame) {
        if (!frame.fin() || frame.rsv() != RSV1) {
            throw new AssertionError("Expected a deflated message, got " + frame);
        }
        return new String(inflate(frame.payload()), StandardCharsets.UTF_8);
    }

    /** Inflates a message. */
    public static byte[] inflate(byte[] deflated) {
        byte[] input = Arrays.copyOf(deflated, deflated.length + MARKER.length);
        System.arraycopy(MARKER, 0, input, deflated.length, MARKER.length);
        Inflater inflater = new Inflater(true);
        inflater.setInput(input);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        byte[] piece = new byte[65_536];
        try {
            for (int count = inflater.inflate(piece); count > 0; count = inflater.inflate(piece)) {
                out.write(piece, 0, count);
            }
        } catch (DataFormatException e) {
            throw new AssertionError("Not deflated", e);
        }
        if (inflater.getRemaining() > 0) {
            throw new AssertionError("There is more behind the end");
        }
        inflater.end();
        return out.toByteArray();
    }
}
