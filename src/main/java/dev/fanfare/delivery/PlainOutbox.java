package dev.fanfare.delivery;

import dev.fanfare.core.CloseReason;
import dev.fanfare.core.ErrorCode;
import dev.fanfare.core.SlowConsumerPolicy;
import dev.fanfare.core.protocol.Encoded;
import dev.fanfare.core.protocol.Subprotocol;
import dev.fanfare.core.session.Session;
import dev.fanfare.ops.Metrics;
import dev.fanfare.socket.SharedFrames;
import dev.fanfare.socket.Socket;
import org.jspecify.annotations.Nullable;

/**
 * At-most-once delivery: queues messages while the socket is not writable and, if a policy is given for it, while there is no
 * socket. Confined to the shard's thread. Bounded by its {@link OutboundQueue}.
 */
public final class PlainOutbox implements Outbox {

    private final Session session;
    private final Subprotocol subprotocol;
    private final DeliveryContext context;
    private final int maxBytes;
    private final @Nullable SlowConsumerPolicy withoutSocket;
    private @Nullable OutboundQueue queue;

    /** Messages dropped since the client was last notified. */
    private long unreportedDrops;

    /**
     * @param maxBytes the limit of the queue
     * @param withoutSocket the policy while there is no socket; null = nothing is queued then
     */
    public PlainOutbox(
            Session session, DeliveryContext context, int maxBytes, @Nullable SlowConsumerPolicy withoutSocket) {
        this.session = session;
        this.subprotocol = session.subprotocol();
        this.context = context;
        this.maxBytes = maxBytes;
        this.withoutSocket = withoutSocket;
    }

    @Override
    public int warm() {
        return queue == null ? 0 : 1;
    }

    @Override
    public void attached() {
        if (withoutSocket == null) {
            close(ErrorCode.CONNECTIVITY);
        }
    }

    @Override
    public @Nullable CloseReason offer(Broadcast broadcast, @Nullable Socket socket, @Nullable Receipt receipt) {
        assert context.onThread();
        if (socket == null) {
            return offerWithoutSocket(broadcast, receipt);
        }
        if (queue == null && socket.writable()) {
            broadcast.send(broadcast.frames(subprotocol, session, socket.deflates()), socket);
            if (receipt != null) {
                receipt.sent(socket);
            }
            return null;
        }
        return keep(broadcast, broadcast.policy(), receipt) ? null : CloseReason.SLOW_CONSUMER;
    }

    private @Nullable CloseReason offerWithoutSocket(Broadcast broadcast, @Nullable Receipt receipt) {
        if (withoutSocket == null) {
            if (receipt != null) {
                receipt.dropped(ErrorCode.CONNECTIVITY);
            }
            return null;
        }
        if (!keep(broadcast, withoutSocket, receipt)) {
            return CloseReason.SLOW_CONSUMER;
        }
        if (receipt != null) {
            receipt.queued(); // unless it was dropped
        }
        return null;
    }

    private boolean keep(Broadcast broadcast, SlowConsumerPolicy policy, @Nullable Receipt receipt) {
        for (QueuedMessage message : broadcast.retained(subprotocol, session)) {
            if (!queue().offer(message, broadcast.target().group(), policy, receipt)) {
                return false;
            }
        }
        return true;
    }

    @Override
    public void pump(Socket socket) {
        assert context.onThread();
        while (queue != null && socket.writable()) {
            reportDrops(socket);
            OutboundQueue from = queue;
            OutboundQueue.Entry next = from.poll();
            if (next == null) {
                queue = null;
            } else {
                try {
                    send(next.message(), next.receipt(), socket);
                } finally {
                    from.release(next.message());
                }
            }
        }
    }

    private void send(QueuedMessage next, @Nullable Receipt receipt, Socket socket) {
        if (next.expired(context.wallMillis())) {
            context.metrics().dropped(Metrics.Drop.EXPIRED, 1);
            if (receipt != null) {
                receipt.dropped(ErrorCode.EXPIRED);
            }
            return;
        }
        SharedFrames frame = next.frame(context.retention());
        if (frame == null) {
            socket.send(next.message());
        } else {
            socket.send(frame);
        }
        context.metrics().delivered(1, next.message().body().length);
        if (receipt != null) {
            receipt.sent(socket);
        }
    }

    /** Notifies the client of dropped messages, before the next message. */
    private void reportDrops(Socket socket) {
        if (unreportedDrops > 0) {
            Encoded notice = session.codec().dropped(unreportedDrops);
            unreportedDrops = 0;
            if (notice != null) {
                socket.send(notice);
            }
        }
    }

    @Override
    public void acknowledged(long sequenceId) {}

    @Override
    public int waiting() {
        return queue == null ? 0 : queue.size();
    }

    @Override
    public long waitingBytes() {
        return queue == null ? 0 : queue.bytes();
    }

    @Override
    public long unacknowledgedBytes() {
        return 0;
    }

    @Override
    public boolean shed() {
        return queue != null && queue.shed();
    }

    @Override
    public void detached() {}

    @Override
    public void close(ErrorCode why) {
        assert context.onThread();
        if (queue != null) {
            queue.clear(why);
            queue = null;
        }
    }

    private OutboundQueue queue() {
        if (queue == null) {
            queue = new OutboundQueue(maxBytes, context.retention(), this::dropped);
        }
        return queue;
    }

    private void dropped(Metrics.Drop reason) {
        unreportedDrops++;
        context.metrics().dropped(reason, 1);
    }
}
