package dev.fanfare.store.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A frame is the length of its content, a CRC32C of a salt, that length and the content, and the content, big-endian. An empty
 * one is never written, so a region of zeros is not a frame. The salt is random for each file, so that neither a stored value
 * nor a block of an older file can pass for a frame.
 */
final class JournalFrames {

    /** Bytes in front of the content. */
    static final int HEADER = 2 * Integer.BYTES;

    /** The longest content; more than a batch has. */
    static final int MAX_CONTENT = 16 * 1024 * 1024;

    /** Larger heap buffers would make the JDK keep a direct buffer of their size for the thread. */
    private static final int SLICE = 128 * 1024;

    private JournalFrames() {}

    /** Writes frames that were made with {@link #begin} and {@link #end}. */
    static void write(Disk.OpenFile file, ByteBuffer frames) throws IOException {
        while (frames.hasRemaining()) {
            int length = Math.min(SLICE, frames.remaining());
            file.write(frames.slice(frames.position(), length));
            frames.position(frames.position() + length);
        }
    }

    /** A buffer for a frame with so much content, positioned where the content begins. */
    static ByteBuffer begin(int contentLength) {
        if (contentLength < 1 || contentLength > MAX_CONTENT) {
            throw new IllegalArgumentException("contentLength=" + contentLength);
        }
        return ByteBuffer.allocate(HEADER + contentLength).position(HEADER);
    }

    /** Completes the frame; it can be written then. */
    static ByteBuffer end(ByteBuffer frame, int salt) {
        frame.flip();
        frame.putInt(0, frame.limit() - HEADER);
        frame.putInt(Integer.BYTES, checksum(frame, 0, frame.limit() - HEADER, salt));
        return frame;
    }

    /** A frame with this content. */
    static ByteBuffer of(ByteBuffer content, int salt) {
        return end(begin(content.remaining()).put(content), salt);
    }

    /** The content of the frame at this offset; null if there is none that is whole. */
    static @Nullable ByteBuffer at(ByteBuffer file, int offset, int salt) {
        if (file.limit() - offset <= HEADER) {
            return null;
        }
        int length = file.getInt(offset);
        if (length < 1 || length > MAX_CONTENT || length > file.limit() - offset - HEADER) {
            return null;
        }
        return file.getInt(offset + Integer.BYTES) == checksum(file, offset, length, salt)
                ? file.slice(offset + HEADER, length)
                : null;
    }

    private static int checksum(ByteBuffer file, int offset, int contentLength, int salt) {
        CRC32C crc = new CRC32C();
        crc.update(ByteBuffer.allocate(Integer.BYTES).putInt(0, salt));
        crc.update(file.slice(offset, Integer.BYTES));
        crc.update(file.slice(offset + HEADER, contentLength));
        return (int) crc.getValue();
    }
}
