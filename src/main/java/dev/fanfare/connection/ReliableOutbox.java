package dev.fanfare.connection;

import dev.fanfare.broker.Delivery;
import dev.fanfare.core.CloseReason;
import dev.fanfare.core.protocol.Encoded;
import dev.fanfare.core.session.Session;
import dev.fanfare.core.session.Unacknowledged;
import dev.fanfare.ops.Metrics;
import dev.fanfare.socket.Socket;
import org.jspecify.annotations.Nullable;

/**
 * Nothing lost and nothing twice: every message is kept until it is acknowledged, and the buffer of unacknowledged messages
 * is the queue as well. Replay after a recovery and catching up after a slow spell are the same walk through it.
 */
final class ReliableOutbox implements Outbox {

    private final Session session;
    private final Unacknowledged unacknowledged;
    private final Shard shard;
    private long next = 1;
    private long unwritten;
    private long allowance;

    ReliableOutbox(Session session, Unacknowledged unacknowledged, Shard shard) {
        this.session = session;
        this.unacknowledged = unacknowledged;
        this.shard = shard;
        attached();
    }

    @Override
    public void attached() {
        next = unacknowledged.first();
        unwritten = unacknowledged.bytes();
        // What has to be replayed is the client's due and does not count against its slowness.
        allowance = unwritten + shard.limits().outboundBytesPerConnection();
    }

    @Override
    public @Nullable CloseReason offer(Broadcast broadcast, @Nullable Socket socket) {
        for (Delivery delivery : broadcast.run()) {
            Encoded message = delivery.encoded(session.subprotocol(), session.codec());
            if (!unacknowledged.add(message, delivery.publication().message().expiresAtMillis())) {
                return CloseReason.UNACKNOWLEDGED_OVERFLOW;
            }
            unwritten += Unacknowledged.weight(message);
            if (socket != null && next == unacknowledged.next() - 1 && socket.writable()) {
                broadcast.delivered(1, write(socket));
            }
        }
        return socket != null && unwritten > allowance ? CloseReason.SLOW_CONSUMER_RECOVERABLE : null;
    }

    @Override
    public void pump(Socket socket) {
        while (next < unacknowledged.next() && socket.writable()) {
            if (unacknowledged.expiry(next) <= shard.now()) {
                skip();
                shard.metrics().dropped(Metrics.Drop.EXPIRED, 1);
            } else {
                shard.metrics().delivered(1, write(socket));
            }
        }
        if (unwritten == 0) {
            allowance = shard.limits().outboundBytesPerConnection();
        }
    }

    @Override
    public void acknowledged(long sequenceId) {
        long last = unacknowledged.next() - 1;
        long upTo = Long.compareUnsigned(sequenceId, last) > 0 ? last : sequenceId;
        while (next <= upTo) {
            skip();
        }
        unacknowledged.acknowledge(upTo);
    }

    @Override
    public int waiting() {
        return unacknowledged.size();
    }

    @Override
    public long waitingBytes() {
        return unwritten;
    }

    @Override
    public long unacknowledgedBytes() {
        return unacknowledged.bytes();
    }

    private int write(Socket socket) {
        Encoded message = unacknowledged.body(next);
        int tailLength = session.codec().tail(next, shard.tail(), 0);
        socket.send(message, shard.tail(), tailLength);
        skip();
        return message.body().length + tailLength;
    }

    private void skip() {
        unwritten -= Unacknowledged.weight(unacknowledged.body(next));
        next++;
    }
}
