package dev.fanfare.broker.routing;

/**
 * The bytes that were sent to another node and which it has not settled. They are in flight here, so that publishers wait
 * for a slow node, but only while the node shows signs of life; while it does not, they are bounded on their own, and what
 * is above is dropped. Thread-safe.
 *
 * <p>Each publication carries a mark, the sum of all bytes up to it, and the other node settles marks: what is lost on
 * the way is settled by the next mark that arrives. The other node finds out what that was ({@link ReceivedMarks}).
 */
public final class SendWindow {

    /** Instead of a mark: the publication must not be sent. */
    public static final long REFUSED = -1;

    /** Each ledger begins at a multiple of this, so that a gap between two of them is not taken for publications. */
    private static final int SPAN_BITS = 40;

    private final InFlightBytes inFlightBytes;
    private final long limit;
    private long sent;
    private long acknowledged;
    private long uncounted;
    private boolean silent;
    private boolean closed;

    /**
     * @param start the first mark; greater than any that the other node may have seen of an earlier ledger
     * @param inFlightBytes where publishers look
     * @param limit of bytes that may be unsettled while the node is silent
     */
    public SendWindow(long start, InFlightBytes inFlightBytes, long limit) {
        this.inFlightBytes = inFlightBytes;
        this.limit = limit;
        this.sent = start;
        this.acknowledged = start;
        this.uncounted = start;
    }

    /** Where the next ledger begins when one has come to this mark. */
    static long after(long mark) {
        return ((mark >> SPAN_BITS) + 1) << SPAN_BITS;
    }

    /** Whether two marks are of one ledger; said of one that has sent more than a tebibyte, it may be wrongly denied. */
    static boolean isSame(long mark, long other) {
        return mark >> SPAN_BITS == other >> SPAN_BITS;
    }

    /** Counts a publication that is about to be sent, and returns its mark or {@link #REFUSED}. */
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

    /** The other node has dealt with everything up to this mark. */
    void acknowledge(long mark) {
        release(acknowledgeUpTo(mark));
    }

    private synchronized long acknowledgeUpTo(long mark) {
        long before = Math.max(acknowledged, uncounted);
        acknowledged = Math.max(acknowledged, Math.min(mark, sent));
        return Math.max(acknowledged, uncounted) - before;
    }

    /** Whether the other node shows signs of life. */
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

    /** Nothing is sent any more. Returns the bytes that were sent and not settled. */
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

    /** Bytes sent and not settled. */
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
