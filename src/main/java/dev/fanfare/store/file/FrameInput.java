package dev.fanfare.store.file;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Reads the frames of a file one after the other. Blocks. Not thread-safe. */
final class FrameInput implements Closeable {

    private static final int BUFFER = 256 * 1024;

    /** A frame with nothing but a sequence number. */
    private static final int SMALLEST = JournalFrames.HEADER + Long.BYTES;

    /** Bytes of which checksums are calculated, a second at most, as stored values may look like the beginnings of frames. */
    private static final long MAX_WORK = 1L << 30;

    private final Disk disk;
    private final Path path;
    private final InputStream in;
    private final long size;
    private long offset;
    private int salt;

    FrameInput(Disk disk, Path path) throws IOException {
        this.disk = disk;
        this.path = path;
        this.size = disk.size(path);
        this.in = new BufferedInputStream(disk.read(path), (int) Math.max(1, Math.min(BUFFER, size)));
    }

    /** The content of the next frame; null if there is none that is whole ({@link #isAtEnd}). */
    @Nullable
    ByteBuffer next() throws IOException {
        byte[] header = in.readNBytes(JournalFrames.HEADER);
        if (header.length < JournalFrames.HEADER) {
            return null;
        }
        int length = ByteBuffer.wrap(header).getInt();
        if (length < 1 || length > JournalFrames.MAX_CONTENT || length > size - offset - JournalFrames.HEADER) {
            return null;
        }
        ByteBuffer frame = ByteBuffer.allocate(JournalFrames.HEADER + length).put(header);
        frame.put(in.readNBytes(length)).flip();
        ByteBuffer content = JournalFrames.at(frame, 0, salt);
        if (content != null) {
            offset += frame.limit();
        }
        return content;
    }

    /** All frames but the first one have this salt, which is in the first one. */
    void salt(int newSalt) {
        salt = newSalt;
    }

    /** Behind the last frame that was whole. */
    long offset() {
        return offset;
    }

    /** Whether nothing follows that frame. */
    boolean isAtEnd() {
        return offset == size;
    }

    /** Bytes that follow that frame. */
    long left() {
        return size - offset;
    }

    /**
     * Whether something was written behind the frame that could not be read: then that one was not the last, and was not cut
     * off. That is assumed where more follows than a single frame has, and where an answer would take too long.
     *
     * @param sequence of the frame that could not be read: the contents of those behind it begin with greater ones
     */
    boolean isFollowed(long sequence) throws IOException {
        if (left() > JournalFrames.HEADER + JournalFrames.MAX_CONTENT) {
            return true;
        }
        ByteBuffer rest;
        try (InputStream again = disk.read(path)) {
            again.skipNBytes(offset);
            rest = ByteBuffer.wrap(again.readNBytes((int) left()));
        }
        long work = 0;
        for (int at = SMALLEST; at <= rest.limit() - SMALLEST; at++) {
            int length = rest.getInt(at);
            long ahead = rest.getLong(at + JournalFrames.HEADER) - sequence;
            if (length >= SMALLEST - JournalFrames.HEADER
                    && length <= rest.limit() - at - JournalFrames.HEADER
                    && ahead > 0
                    && ahead <= at / SMALLEST) {
                work += length;
                if (work > MAX_WORK || JournalFrames.at(rest, at, salt) != null) {
                    return true;
                }
            }
        }
        return false;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
