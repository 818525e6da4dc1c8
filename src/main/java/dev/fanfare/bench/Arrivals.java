package dev.fanfare.bench;

import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What one member has received of each stream of its group: lost, duplicate and out-of-order messages. Single-threaded.
 * Costs an int per stream as long as everything arrives in order.
 */
final class Arrivals {

    /** Gaps beyond this many messages are only counted, so that a faulty broker does not fill the driver's memory. */
    private static final int REMEMBERED = 10_000;

    private final int[] next;
    private @Nullable Set<Long> missing;
    private long missingCount;
    private long doubled;
    private long outOfOrder;

    /** @param streams of the member's group */
    Arrivals(int streams) {
        this.next = new int[streams];
    }

    /**
     * Records a message.
     *
     * @param stream from 0, within the group
     * @param sequence from 0, within the stream
     * @return whether it arrived for the first time
     */
    boolean add(int stream, int sequence) {
        int expected = next[stream];
        if (sequence == expected) {
            next[stream] = sequence + 1;
            return true;
        }
        return sequence > expected ? skip(stream, sequence) : late(stream, sequence);
    }

    private boolean skip(int stream, int sequence) {
        if (missing == null) {
            missing = new HashSet<>();
        }
        for (int i = next[stream]; i < sequence && missing.size() < REMEMBERED; i++) {
            missing.add(key(stream, i));
        }
        missingCount += sequence - next[stream];
        next[stream] = sequence + 1;
        return true;
    }

    private boolean late(int stream, int sequence) {
        boolean known = missing != null && missing.remove(key(stream, sequence));
        boolean forgotten = missing != null && missingCount > missing.size() + (known ? 1 : 0);
        if (!known && !forgotten) {
            doubled++;
            return false;
        }
        missingCount--;
        outOfOrder++;
        return true;
    }

    private static long key(int stream, int sequence) {
        return ((long) stream << 32) | sequence;
    }

    /** The number of the next message of a stream, if it arrives in order. */
    int next(int stream) {
        return next[stream];
    }

    /** How many were overtaken and have not arrived yet. */
    long missing() {
        return missingCount;
    }

    long doubled() {
        return doubled;
    }

    long outOfOrder() {
        return outOfOrder;
    }
}
