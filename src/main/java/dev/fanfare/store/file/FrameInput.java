package dev.fanfare.store.file;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/** Reads the frames of a file one after the other. Blocks. Not thread-safe. */
final class FrameInput implements Closeable {

    private static final int BUFFER = 256 * 1024;

    private final Path path;
    private final InputStream in;
    private final long size;
    private long offset;
    private int salt;

    FrameInput(Path path) throws IOException {
        this.path = path;
        this.size = Files.size(path);
        this.in = new BufferedInputStream(Files.newInputStream(path), BUFFER);
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

    /** Whether a whole frame begins anywhere behind the first byte that follows: then what follows was not cut off. */
    boolean isFollowedByFrame() throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            ByteBuffer rest = channel.map(FileChannel.MapMode.READ_ONLY, offset, Math.min(left(), Integer.MAX_VALUE));
            for (int at = 1; at < rest.limit() - JournalFrames.HEADER; at++) {
                if (JournalFrames.at(rest, at, salt) != null) {
                    return true;
                }
            }
            return false;
        }
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
