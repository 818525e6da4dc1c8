package dev.fanfare.connection;

import dev.fanfare.broker.Delivery;
import dev.fanfare.core.CloseReason;
import dev.fanfare.core.protocol.Encoded;
import dev.fanfare.core.session.Session;
import dev.fanfare.ops.Metrics;
import dev.fanfare.socket.SharedFrames;
import dev.fanfare.socket.Socket;
import org.jspecify.annotations.Nullable;

/** At most once: messages wait only while a socket is there and slow. */
final class PlainOutbox implements Outbox {

    private final Session session;
    private final Shard shard;
    private @Nullable OutboundQueue queue;

    PlainOutbox(Session session, Shard shard) {
        this.session = session;
        this.shard = shard;
    }

    @Override
    public void attached() {
        queue = null;
    }

    @Override
    public @Nullable CloseReason offer(Broadcast broadcast, @Nullable Socket socket) {
        if (socket == null) {
            return null;
        }
        if (waiting() == 0 && socket.writable()) {
            SharedFrames frames = broadcast.frames(session.subprotocol(), session.codec());
            socket.sendNow(frames);
            broadcast.delivered(broadcast.run().size(), frames.length());
            return null;
        }
        for (Delivery delivery : broadcast.run()) {
            Encoded message = delivery.encoded(session.subprotocol(), session.codec());
            if (!queue().offer(message, delivery.publication().message().expiresAtMillis())) {
                return CloseReason.SLOW_CONSUMER;
            }
        }
        return null;
    }

    @Override
    public void pump(Socket socket) {
        while (queue != null && socket.writable()) {
            OutboundQueue.Entry entry = queue.poll();
            if (entry == null) {
                queue = null;
            } else if (entry.expiresAtMillis() <= shard.now()) {
                shard.metrics().dropped(Metrics.Drop.EXPIRED, 1);
            } else {
                socket.send(entry.message());
                shard.metrics().delivered(1, entry.message().body().length);
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

    private OutboundQueue queue() {
        if (queue == null) {
            queue = new OutboundQueue(shard.limits().outboundBytesPerConnection());
        }
        return queue;
    }
}
