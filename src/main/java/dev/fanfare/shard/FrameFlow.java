package dev.fanfare.shard;

import dev.fanfare.core.protocol.ClientFrame;
import java.util.EnumSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * When the frames of one client take effect. While something holds them back, they queue in a {@link Backlog}; when it is full,
 * the socket is no longer read and TCP exerts backpressure. Sequence acks, pings and cancellations bypass the queue, since
 * order makes no difference to them. Confined to the shard's thread. See {@code src/docs/decisions/0021} (reading ahead).
 */
final class FrameFlow {

    /** Why frames stay in the backlog. */
    enum Wait {
        WORK,
        FORMER_OWNER,
        IN_FLIGHT,
        INVOCATIONS,
        UNWRITABLE
    }

    /** Executes frames, in order. */
    interface FrameExecutor {
        void execute(ClientFrame frame);
    }

    private final ShardContext context;
    private final FrameProcessor.Owner connection;
    private final FrameExecutor executor;
    private final EnumSet<Wait> waits = EnumSet.noneOf(Wait.class);
    private final Backlog backlog;

    FrameFlow(ShardContext context, FrameProcessor.Owner connection, FrameExecutor executor) {
        this.context = context;
        this.connection = connection;
        this.executor = executor;
        this.backlog = new Backlog(context.inboundMemory());
    }

    /** A new socket was attached. Nothing is read from it before {@link #ready}. */
    void begin(Link link) {
        link.pause(Link.Pause.BEGINNING);
    }

    /** Reading may begin. Frames read from an earlier socket come first, with the next call of {@link #proceed}. */
    void ready(Link link) {
        pauseIfFull();
        link.resume(Link.Pause.BEGINNING);
    }

    /** The socket is gone, and with it what its client did not read, and its invocations. */
    void socketLost() {
        waits.remove(Wait.INVOCATIONS);
        waits.remove(Wait.UNWRITABLE);
        if (connection.link() == null) {
            proceed();
        }
    }

    /**
     * A frame was read: executes or queues it.
     *
     * @param size of the message, in bytes
     */
    void received(ClientFrame frame, int size) {
        if ((waits.isEmpty() && backlog.isEmpty()) || isUrgent(frame)) {
            executor.execute(frame);
        } else {
            backlog.add(frame, size);
            pauseIfFull();
        }
    }

    /** A ping is not urgent while the client does not read, since it is answered. */
    private boolean isUrgent(ClientFrame frame) {
        return frame instanceof ClientFrame.SequenceAck
                || frame instanceof ClientFrame.CancelInvocation
                || (frame instanceof ClientFrame.Ping && !waits.contains(Wait.UNWRITABLE));
    }

    /** Holds back later frames. Returns false if this reason already did. */
    boolean hold(Wait reason) {
        return waits.add(reason);
    }

    /** A reason to hold back frames is over. */
    void release(Wait reason) {
        if (waits.remove(reason)) {
            proceed();
        }
    }

    /** Executes queued frames as far as possible, then reads on. */
    void proceed() {
        assert context.onThread();
        while (waits.isEmpty() && !backlog.isEmpty() && connection.present() && !paused(Link.Pause.BEGINNING)) {
            ClientFrame next = backlog.poll();
            if (next != null) {
                executor.execute(next);
            }
        }
        resumeReading();
    }

    /** Removes the oldest queued frame; null if there is none. */
    @Nullable
    ClientFrame poll() {
        return backlog.poll();
    }

    /** Drops queued frames. */
    void drop(Predicate<ClientFrame> unwanted) {
        backlog.removeIf(unwanted);
    }

    /** Bytes of frames that have not taken effect. */
    long backlogBytes() {
        return backlog.bytes();
    }

    private void pauseIfFull() {
        Link current = connection.link();
        if (current != null && backlog.full()) {
            current.pause(Link.Pause.BACKLOG);
        }
    }

    void resumeReading() {
        Link current = connection.link();
        if (current != null && !backlog.full()) {
            current.resume(Link.Pause.BACKLOG);
        }
    }

    /** Whether reading is paused by the node, so that silence says nothing about the client. */
    boolean pausedByNode() {
        Link current = connection.link();
        return current != null && current.paused() && !waits.contains(Wait.UNWRITABLE);
    }

    /** Whether reading is paused for a reason beyond the client's control. */
    boolean delaysClient() {
        return paused(Link.Pause.BEGINNING) || (paused(Link.Pause.BACKLOG) && !waits.contains(Wait.UNWRITABLE));
    }

    private boolean paused(Link.Pause reason) {
        Link current = connection.link();
        return current != null && current.paused(reason);
    }
}
