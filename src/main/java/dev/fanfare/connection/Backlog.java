package dev.fanfare.connection;

import dev.fanfare.core.protocol.ClientFrame;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.function.LongConsumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Frames of one connection that were read while an earlier one is not done, in their order. Bounded by its user, who stops
 * reading while it is full: then it holds one frame more than its bounds at the most. Belongs to the shard's thread.
 */
final class Backlog {

    private static final int MAX_COUNT = 64;
    private static final long MAX_BYTES = 32 * 1024;

    /** What a frame takes besides its content. */
    private static final int OVERHEAD = 128;

    private final LongConsumer account;
    private @Nullable Queue<Waiting> frames;
    private long bytes;

    private record Waiting(ClientFrame frame, int bytes) {}

    /** @param account hears by how many bytes more, or less, it holds */
    Backlog(LongConsumer account) {
        this.account = account;
    }

    /** Whether no more is to be read for now. */
    boolean full() {
        return bytes >= MAX_BYTES || (frames != null && frames.size() >= MAX_COUNT);
    }

    boolean isEmpty() {
        return frames == null;
    }

    /** What it holds. */
    long bytes() {
        return bytes;
    }

    /** @param size of the message that brought it, in bytes */
    void add(ClientFrame frame, int size) {
        if (frames == null) {
            frames = new ArrayDeque<>(4);
        }
        frames.add(new Waiting(frame, size + OVERHEAD));
        count(size + OVERHEAD);
    }

    private void count(long difference) {
        bytes += difference;
        account.accept(difference);
    }

    /** The oldest frame; null if there is none. */
    @Nullable
    ClientFrame poll() {
        Waiting oldest = frames == null ? null : frames.poll();
        if (frames != null && frames.isEmpty()) {
            frames = null;
        }
        if (oldest == null) {
            return null;
        }
        count(-oldest.bytes);
        return oldest.frame;
    }

    /** Drops what is not wanted any more. */
    void removeIf(Predicate<ClientFrame> unwanted) {
        Queue<Waiting> all = frames;
        frames = null;
        count(-bytes);
        while (all != null && !all.isEmpty()) {
            Waiting waiting = all.remove();
            if (!unwanted.test(waiting.frame)) {
                add(waiting.frame, waiting.bytes - OVERHEAD);
            }
        }
    }
}
