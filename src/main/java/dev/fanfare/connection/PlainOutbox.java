package dev.fanfare.connection;

import dev.fanfare.core.CloseReason;
import dev.fanfare.core.ErrorCode;
import dev.fanfare.core.protocol.Encoded;
import dev.fanfare.core.protocol.Subprotocol;
import dev.fanfare.core.session.Retained;
import dev.fanfare.core.session.Session;
import dev.fanfare.ops.Metrics;
import dev.fanfare.socket.Socket;
import org.jspecify.annotations.Nullable;

/** At most once: messages wait only while a socket is there and slow. */
final class PlainOutbox implements Outbox {

    private final Session session;
    private final Subprotocol subprotocol;
    private final Shard shard;
    private @Nullable OutboundQueue queue;

    /** Messages that were dropped since the client was last told. */
    private long untold;

    PlainOutbox(Session session, Shard shard) {
        this.session = session;
        this.subprotocol = session.subprotocol();
        this.shard = shard;
    }

    @Override
    public int warm() {
        return queue == null ? 0 : 1;
    }

    @Override
    public void attached() {
        close(ErrorCode.CONNECTIVITY);
    }

    @Override
    public @Nullable CloseReason offer(Broadcast broadcast, @Nullable Socket socket, @Nullable Receipt receipt) {
        if (socket == null) {
            if (receipt != null) {
                receipt.dropped(ErrorCode.CONNECTIVITY);
            }
            return null;
        }
        if (queue == null && socket.writable()) {
            broadcast.send(broadcast.frames(subprotocol, session, socket.deflates()), socket);
            if (receipt != null) {
                receipt.sent(socket);
            }
            return null;
        }
        return keep(broadcast, receipt) ? null : CloseReason.SLOW_CONSUMER;
    }

    private boolean keep(Broadcast broadcast, @Nullable Receipt receipt) {
        for (Retained message : broadcast.retained(subprotocol, session)) {
            if (!queue().offer(message, broadcast.target().group(), broadcast.policy(), receipt)) {
                return false;
            }
        }
        return true;
    }

    @Override
    public void pump(Socket socket) {
        while (queue != null && socket.writable()) {
            tell(socket);
            OutboundQueue.Slot next = queue.poll();
            if (next == null) {
                queue = null;
            } else {
                send(next.message(), next.receipt(), socket);
            }
        }
    }

    private void send(Retained next, @Nullable Receipt receipt, Socket socket) {
        if (next.expired(shard.now())) {
            shard.metrics().dropped(Metrics.Drop.EXPIRED, 1);
            if (receipt != null) {
                receipt.dropped(ErrorCode.EXPIRED);
            }
            return;
        }
        socket.send(next.message());
        shard.metrics().delivered(1, next.message().body().length);
        if (receipt != null) {
            receipt.sent(socket);
        }
    }

    /** Says that there is a gap, before what comes behind it. */
    private void tell(Socket socket) {
        if (untold > 0) {
            Encoded notice = session.codec().dropped(untold);
            untold = 0;
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
        if (queue != null) {
            queue.clear(why);
            queue = null;
        }
    }

    private OutboundQueue queue() {
        if (queue == null) {
            queue = new OutboundQueue(shard.limits().outboundBytesPerConnection(), shard.retention(), this::dropped);
        }
        return queue;
    }

    private void dropped(Metrics.Drop reason) {
        untold++;
        shard.metrics().dropped(reason, 1);
    }
}
