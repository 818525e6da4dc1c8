package dev.fanfare.broker.routing;

/**
 * The bytes sent to another node that it has not acknowledged. While the node is heard they count as in flight here,
 * which is backpressure for publishers; while it is silent they have a limit of their own, and what exceeds it is
 * dropped. Thread-safe.
 *
 * <p>Each publication carries a mark, the sum of all bytes up to it, and the other node acknowledges marks: a lost
 * publication is acknowledged with the next mark that arrives. The other node detects the loss ({@link ReceivedMarks},
 * {@code src/docs/decisions/0041-losses-counted-where-missed.md}).
 */
public final class SendWindow {

    /** Returned instead of a mark: the publication must not be sent. */
    public static final long REFUSED = -1;

    /**
     * Each window begins at a multiple of this, so that the distance between two of them is not taken for lost bytes.
     */
    private static final int SPAN_BITS = 40;

    private final InFlightBytes inFlightBytes;
    private final long limit;
    private long sent;
    private long acknowledged;
    private long uncounted;
    private boolean silent;
    private boolean closed;

    /**
     * @param start the first mark; greater than any of an earlier window to the same node
     * @param inFlightBytes the count that publishers check
     * @param limit bytes that may be unacknowledged while the node is silent
     */
    public SendWindow(long start, InFlightBytes inFlightBytes, long limit) {
        this.inFlightBytes = inFlightBytes;
        this.limit = limit;
        this.sent = start;
        this.acknowledged = start;
        this.uncounted = start;
    }

    /** Where the window after one that has reached this mark begins. */
    static long after(long mark) {
        return ((mark >> SPAN_BITS) + 1) << SPAN_BITS;
    }

    /** Whether two marks belong to one window; false negatives are possible after a tebibyte. */
    static boolean isSame(long mark, long other) {
        return mark >> SPAN_BITS == other >> SPAN_BITS;
    }

    /** Counts a publication that is about to be sent. Returns its mark or {@link #REFUSED}. */
    public long send(int weight) {
        long mark;
        synchronized (this) {
            if (closed || (silent && sent - acknowledged + weight > limit)) {
                return REFUSED;
            }
            sent += weight;
            mark = sent;
            if (silent) {
                uncounted = sent;
                return mark;
            }
        }
        inFlightBytes.add(weight);
        return mark;
    }

    /** The other node has processed everything up to this mark. */
    void acknowledge(long mark) {
        release(acknowledgeUpTo(mark));
    }

    private synchronized long acknowledgeUpTo(long mark) {
        long before = Math.max(acknowledged, uncounted);
        acknowledged = Math.max(acknowledged, Math.min(mark, sent));
        return Math.max(acknowledged, uncounted) - before;
    }

    /** The other node has become silent, or has been heard again. */
    void silent(boolean now) {
        long held = 0;
        synchronized (this) {
            silent = now;
            if (now) {
                held = counted();
                uncounted = sent;
            }
        }
        release(held);
    }

    /** Refuses everything from now on. Returns the bytes that were sent and not acknowledged. */
    long close() {
        long held;
        long unacknowledged;
        synchronized (this) {
            unacknowledged = closed ? 0 : sent - acknowledged;
            held = counted();
            uncounted = sent;
            closed = true;
        }
        release(held);
        return unacknowledged;
    }

    /** The mark of the last publication. */
    synchronized long sent() {
        return sent;
    }

    /** Bytes sent and not acknowledged. */
    synchronized long unacknowledged() {
        return closed ? 0 : sent - acknowledged;
    }

    private long counted() {
        return sent - Math.max(acknowledged, uncounted);
    }

    private void release(long bytes) {
        if (bytes > 0) {
            inFlightBytes.remove(bytes);
        }
    }
}
