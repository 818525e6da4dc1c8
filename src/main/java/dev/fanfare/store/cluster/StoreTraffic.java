package dev.fanfare.store.cluster;

import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;

/** Counts what the stores of nodes send each other, and what became of it. Thread-safe. */
public final class StoreTraffic {

    /** Why a message was skipped. */
    public enum SkipReason {
        /** Too much was in flight to its receiver: it was not sent. Content is sent again later. */
        OVERLOAD,
        /** Only a later version knows it. */
        UNKNOWN,
        /** It could not be read. */
        MALFORMED,
        /** Its sender is no member. */
        NOT_MEMBER,
        /** It could not be handled: a bug, or a sender that does not follow the protocol. */
        FAULT
    }

    private final LongAdder sentBytes = new LongAdder();
    private final LongAdder receivedBytes = new LongAdder();
    private final LongAdder lostPartitions = new LongAdder();
    private final Map<SkipReason, LongAdder> skipped = new EnumMap<>(SkipReason.class);

    StoreTraffic() {
        for (SkipReason reason : SkipReason.values()) {
            skipped.put(reason, new LongAdder());
        }
    }

    void countSent(int bytes) {
        sentBytes.add(bytes);
    }

    void countReceived(int bytes) {
        receivedBytes.add(bytes);
    }

    void countLostPartition() {
        lostPartitions.increment();
    }

    void countSkipped(SkipReason reason) {
        skippedFor(reason).increment();
    }

    private LongAdder skippedFor(SkipReason reason) {
        return Objects.requireNonNull(skipped.get(reason));
    }

    /** Bytes sent to other nodes. */
    public long sentBytes() {
        return sentBytes.sum();
    }

    /** Bytes received from other nodes. */
    public long receivedBytes() {
        return receivedBytes.sum();
    }

    /** Partitions that began anew, as all copies were lost. */
    public long lostPartitions() {
        return lostPartitions.sum();
    }

    /** Messages that were skipped. */
    public long skipped(SkipReason reason) {
        return skippedFor(reason).sum();
    }
}
