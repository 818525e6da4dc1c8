package dev.fanfare.delivery;

import dev.fanfare.core.CloseReason;
import dev.fanfare.core.ErrorCode;
import dev.fanfare.core.protocol.Encoded;
import dev.fanfare.core.protocol.Subprotocol;
import dev.fanfare.core.session.Retained;
import dev.fanfare.core.session.Session;
import dev.fanfare.core.session.Unacknowledged;
import dev.fanfare.ops.Metrics;
import dev.fanfare.socket.SharedFrames;
import dev.fanfare.socket.Socket;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Exactly-once delivery: keeps every message until it is acknowledged. The buffer of unacknowledged messages is the queue as
 * well, so that replay after a recovery and draining the queue of a slow socket are the same walk through it. Bounded in bytes
 * and messages by {@link Unacknowledged}. Confined to the shard's thread. See {@code src/docs/decisions/0011}.
 */
public final class ReliableOutbox implements Outbox {

    private final Session session;
    private final Subprotocol subprotocol;
    private final Unacknowledged unacknowledged;
    private final DeliveryContext context;
    private long next = 1;
    private long unwritten;
    private long allowance;

    /** Receipts of messages that wait for the socket, in the order of their sequence ids. */
    private @Nullable ArrayDeque<PendingReceipt> pendingReceipts;

    private record PendingReceipt(long sequenceId, Receipt receipt) {}

    public ReliableOutbox(Session session, Unacknowledged unacknowledged, DeliveryContext context) {
        this.session = session;
        this.subprotocol = session.subprotocol();
        this.unacknowledged = unacknowledged;
        this.context = context;
        attached();
    }

    @Override
    public int warm() {
        return (int) next + unacknowledged.warm();
    }

    @Override
    public void attached() {
        detached();
        next = unacknowledged.first();
        unwritten = unacknowledged.bytes();
        // The replay does not count towards the limit for slow consumers.
        allowance = unwritten + context.outboundBytesPerConnection();
    }

    @Override
    public @Nullable CloseReason offer(Broadcast broadcast, @Nullable Socket socket, @Nullable Receipt receipt) {
        assert context.onThread();
        long first = unacknowledged.next();
        boolean inStep = socket != null && next == first && socket.writable();
        for (Retained message : broadcast.retained(subprotocol, session)) {
            if (!unacknowledged.add(message)) {
                if (receipt != null) {
                    receipt.dropped(ErrorCode.SLOW_CONSUMER);
                }
                return CloseReason.UNACKNOWLEDGED_OVERFLOW;
            }
            if (!inStep) {
                unwritten += message.weight();
            }
        }
        if (inStep && socket != null) {
            write(broadcast, socket, first);
            if (receipt != null) {
                receipt.sent(socket);
            }
            return null;
        }
        if (receipt != null) {
            track(receipt, first, socket);
        }
        boolean several = unacknowledged.next() - next > 1;
        return socket != null && several && unwritten > allowance ? CloseReason.SLOW_CONSUMER_RECOVERABLE : null;
    }

    private void track(Receipt receipt, long sequenceId, @Nullable Socket socket) {
        if (socket == null) {
            receipt.queued();
            return;
        }
        if (pendingReceipts == null) {
            pendingReceipts = new ArrayDeque<>(4);
        }
        pendingReceipts.add(new PendingReceipt(sequenceId, receipt));
    }

    /** Removes and returns the receipt of the next message, if there is one. */
    private @Nullable Receipt nextReceipt() {
        PendingReceipt first = pendingReceipts == null ? null : pendingReceipts.peek();
        if (first == null || first.sequenceId != next) {
            return null;
        }
        Objects.requireNonNull(pendingReceipts).remove();
        return first.receipt;
    }

    private void write(Broadcast broadcast, Socket socket, long first) {
        SharedFrames frames = broadcast.frames(subprotocol, session, socket.deflates(), first, context.tail());
        broadcast.send(frames, socket);
        next = unacknowledged.next();
    }

    @Override
    public void pump(Socket socket) {
        assert context.onThread();
        while (next < unacknowledged.next() && socket.writable()) {
            Retained message = unacknowledged.get(next);
            if (message.expired(context.wallMillis())) {
                Receipt receipt = nextReceipt();
                if (receipt != null) {
                    receipt.dropped(ErrorCode.EXPIRED);
                }
                skip();
                context.metrics().dropped(Metrics.Drop.EXPIRED, 1);
            } else {
                context.metrics().delivered(1, write(message.message(), socket));
            }
        }
        if (unwritten == 0) {
            allowance = context.outboundBytesPerConnection();
        }
    }

    @Override
    public void acknowledged(long sequenceId) {
        assert context.onThread();
        long last = unacknowledged.next() - 1;
        long upTo = Long.compareUnsigned(sequenceId, last) > 0 ? last : sequenceId;
        while (next <= upTo) {
            Receipt receipt = nextReceipt();
            if (receipt != null) {
                receipt.written();
            }
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

    @Override
    public boolean shed() {
        return false;
    }

    @Override
    public void detached() {
        resolveAll(Receipt::queued);
    }

    @Override
    public void close(ErrorCode why) {
        assert context.onThread();
        resolveAll(receipt -> receipt.dropped(why));
        unacknowledged.release();
    }

    private void resolveAll(Consumer<Receipt> how) {
        if (pendingReceipts != null) {
            pendingReceipts.forEach(each -> how.accept(each.receipt));
            pendingReceipts = null;
        }
    }

    private int write(Encoded message, Socket socket) {
        int tailLength = session.codec().tail(next, context.tail(), 0);
        socket.send(message, context.tail(), tailLength);
        Receipt receipt = nextReceipt();
        if (receipt != null) {
            receipt.sent(socket);
        }
        skip();
        return message.body().length + tailLength;
    }

    private void skip() {
        unwritten -= unacknowledged.get(next).weight();
        next++;
    }
}
