package dev.fanfare.shard;

import dev.fanfare.core.protocol.Encoded;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Sends the node's answers to the frames of one client. Acks of a reliable session that find no socket wait for the next one;
 * they are few, since without a socket no frames arrive. Holds back frames while the client does not read. Confined to the
 * shard's thread. See {@code src/docs/decisions/0022} (answers follow sessions).
 */
final class FrameAnswers {

    private final ShardContext context;
    private final FrameProcessor.Owner connection;
    private final FrameFlow flow;

    /** Acks that found no socket. */
    private final List<Encoded> unsent = new ArrayList<>(0);

    FrameAnswers(ShardContext context, FrameProcessor.Owner connection, FrameFlow flow) {
        this.context = context;
        this.connection = connection;
        this.flow = flow;
    }

    /** Sends a frame if there is a socket. */
    void send(@Nullable Encoded frame) {
        assert context.onThread();
        Link current = connection.link();
        if (frame == null || current == null) {
            return;
        }
        current.socket().send(frame);
        if (!current.socket().writable()) {
            flow.hold(FrameFlow.Wait.UNWRITABLE);
        }
    }

    /** Sends an ack, or keeps it for the next socket of a reliable session. */
    void acknowledge(@Nullable Encoded ack) {
        if (ack != null && connection.link() == null && connection.session().unacknowledged() != null) {
            unsent.add(ack);
        } else {
            send(ack);
        }
    }

    /** Sends what waited for this socket. */
    void sendUnsent() {
        unsent.forEach(this::send);
        unsent.clear();
    }

    /** Takes over acks that another shard could not send. */
    void adopt(List<Encoded> acks) {
        unsent.addAll(acks);
    }

    /** Removes and returns the acks that move with the session. */
    List<Encoded> takeUnsent() {
        List<Encoded> taken = List.copyOf(unsent);
        unsent.clear();
        return taken;
    }
}
