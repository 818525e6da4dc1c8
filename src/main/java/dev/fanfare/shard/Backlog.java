package dev.fanfare.shard;

import dev.fanfare.core.protocol.ClientFrame;
import java.util.ArrayDeque;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Frames of one connection that were read while an earlier one is pending, in order. Counts as {@link InboundMemory}. Bounded
 * by its user, which stops reading while it is full, so that it exceeds its bounds by at most one frame. The bounds are wide
 * while the event loop has memory to spare, so that pings and acks of a waiting client are still read, and narrow otherwise,
 * so that reading ahead does not get clients evicted. Confined to the shard's thread. See {@code src/docs/decisions/0021}.
 */
final class Backlog {

    private static final int MAX_COUNT = 1024;
    private static final long MAX_BYTES = 1024 * 1024;
    private static final int MAX_COUNT_WHEN_SCARCE = 64;
    private static final long MAX_BYTES_WHEN_SCARCE = 32 * 1024;

    /** Estimated size of a frame without its content. */
    private static final int OVERHEAD = 256;

    private final InboundMemory inboundMemory;
    private @Nullable ArrayDeque<WaitingFrame> frames;
    private long bytes;

    private record WaitingFrame(ClientFrame frame, int bytes) {}

    Backlog(InboundMemory inboundMemory) {
        this.inboundMemory = inboundMemory;
    }

    /** Whether to stop reading. */
    boolean full() {
        return inboundMemory.scarce()
                ? exceeds(MAX_COUNT_WHEN_SCARCE, MAX_BYTES_WHEN_SCARCE)
                : exceeds(MAX_COUNT, MAX_BYTES);
    }

    private boolean exceeds(int maxCount, long maxBytes) {
        return bytes >= maxBytes || (frames != null && frames.size() >= maxCount);
    }

    boolean isEmpty() {
        return frames == null;
    }

    /** Bytes of queued frames, with overhead. */
    long bytes() {
        return bytes;
    }

    /** @param size of the message, in bytes */
    void add(ClientFrame frame, int size) {
        if (frames == null) {
            frames = new ArrayDeque<>(4);
        }
        frames.add(new WaitingFrame(frame, size + OVERHEAD));
        count(size + OVERHEAD);
    }

    private void count(long difference) {
        bytes += difference;
        inboundMemory.add(difference);
    }

    /** Removes the oldest frame; null if empty. */
    @Nullable
    ClientFrame poll() {
        WaitingFrame oldest = frames == null ? null : frames.poll();
        if (oldest == null) {
            return null;
        }
        count(-oldest.bytes);
        forgetIfEmpty();
        return oldest.frame;
    }

    /** Drops matching frames. */
    void removeIf(Predicate<ClientFrame> unwanted) {
        if (frames != null) {
            frames.removeIf(waitingFrame -> {
                boolean removed = unwanted.test(waitingFrame.frame);
                count(removed ? -waitingFrame.bytes : 0);
                return removed;
            });
            forgetIfEmpty();
        }
    }

    /** An idle connection keeps no queue. */
    private void forgetIfEmpty() {
        if (frames != null && frames.isEmpty()) {
            frames = null;
        }
    }
}
