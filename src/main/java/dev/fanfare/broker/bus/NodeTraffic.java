package dev.fanfare.broker.bus;

import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;

/** Counts publications between nodes. Thread-safe. */
public final class NodeTraffic {

    private final LongAdder sent = new LongAdder();
    private final LongAdder sentBytes = new LongAdder();
    private final LongAdder received = new LongAdder();
    private final LongAdder receivedBytes = new LongAdder();
    private final LongAdder unwanted = new LongAdder();
    private final LongAdder dropped = new LongAdder();
    private final LongAdder lostBytes = new LongAdder();
    private final LongAdder missedBytes = new LongAdder();
    private final LongAdder refused = new LongAdder();
    private final Map<MessageKind, LongAdder> unknown = new EnumMap<>(MessageKind.class);

    NodeTraffic() {
        for (MessageKind messageKind : MessageKind.values()) {
            unknown.put(messageKind, new LongAdder());
        }
    }

    void countSent(int bytes) {
        sent.increment();
        sentBytes.add(bytes);
    }

    void countReceived(int bytes) {
        received.increment();
        receivedBytes.add(bytes);
    }

    void countUnwanted() {
        unwanted.increment();
    }

    void countDropped() {
        dropped.increment();
    }

    void countLost(long bytes) {
        lostBytes.add(bytes);
    }

    void countMissed(long bytes) {
        missedBytes.add(bytes);
    }

    void countUnread(Unread unread) {
        if (unread.isUnknown()) {
            unknownOf(unread.messageKind()).increment();
        } else {
            refused.increment();
        }
    }

    private LongAdder unknownOf(MessageKind messageKind) {
        return Objects.requireNonNull(unknown.get(messageKind));
    }

    /** Publications sent to other nodes, once for each of them. */
    public long sent() {
        return sent.sum();
    }

    /** Bytes of them. */
    public long sentBytes() {
        return sentBytes.sum();
    }

    /** Publications received from other nodes. */
    public long received() {
        return received.sum();
    }

    /** Bytes of them. */
    public long receivedBytes() {
        return receivedBytes.sum();
    }

    /** Received publications that no shard here subscribed to. */
    public long unwanted() {
        return unwanted.sum();
    }

    /** Publications dropped because the window of a silent node was full. */
    public long dropped() {
        return dropped.sum();
    }

    /** Bytes in flight to nodes that crashed, or were removed as silent. */
    public long lostBytes() {
        return lostBytes.sum();
    }

    /** Bytes that other nodes sent to this one and that never arrived. */
    public long missedBytes() {
        return missedBytes.sum();
    }

    /** Messages of other nodes that were malformed. */
    public long refused() {
        return refused.sum();
    }

    /** Messages of other nodes that were skipped: only a later version knows them. */
    public long unknown(MessageKind messageKind) {
        return unknownOf(messageKind).sum();
    }
}
