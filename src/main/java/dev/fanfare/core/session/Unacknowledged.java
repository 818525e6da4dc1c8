package dev.fanfare.core.session;

import dev.fanfare.core.protocol.Encoded;
import org.jspecify.annotations.Nullable;

/**
 * The messages of a reliable session that its client has not acknowledged, in the order of their sequence ids and without
 * a gap. Bodies are shared with all other receivers. Bounded in bytes and messages. Not thread-safe.
 */
public final class Unacknowledged {

    /** What an entry counts for besides its body, so that empty messages are bounded, too. */
    private static final int OVERHEAD = 32;

    private final int maxBytes;
    private final int maxMessages;
    private @Nullable Encoded[] bodies = new Encoded[0];
    private long[] expiries = new long[0];
    private int head;
    private int size;
    private long first = 1;
    private long bytes;

    /**
     * @param maxBytes bodies and a fixed overhead for each
     * @param maxMessages how many at the most
     */
    public Unacknowledged(int maxBytes, int maxMessages) {
        this.maxBytes = maxBytes;
        this.maxMessages = maxMessages;
    }

    /**
     * Keeps a message under the next sequence id.
     *
     * @return whether it is within the bounds; if not, it was not kept
     */
    public boolean add(Encoded body, long expiresAtMillis) {
        long weight = weight(body);
        if (size == maxMessages || bytes + weight > maxBytes) {
            return false;
        }
        if (size == bodies.length) {
            grow();
        }
        int slot = (head + size) & (bodies.length - 1);
        bodies[slot] = body;
        expiries[slot] = expiresAtMillis;
        size++;
        bytes += weight;
        return true;
    }

    /** Forgets everything up to this sequence id (unsigned), inclusive; one never given out acknowledges all. */
    public void acknowledge(long sequenceId) {
        while (size > 0 && Long.compareUnsigned(first, sequenceId) <= 0) {
            Encoded body = bodies[head];
            if (body != null) {
                bytes -= weight(body);
            }
            bodies[head] = null;
            head = (head + 1) & (bodies.length - 1);
            size--;
            first++;
        }
    }

    /** The sequence id of the oldest message kept; the one that will be given out next if none is. */
    public long first() {
        return first;
    }

    /** The sequence id that the next message gets; 1 at the beginning. */
    public long next() {
        return first + size;
    }

    /** The body under a sequence id of {@code first() <= id < next()}. */
    public Encoded body(long sequenceId) {
        Encoded body = bodies[slot(sequenceId)];
        if (body == null) {
            throw new IllegalStateException("no message: sequenceId=" + sequenceId);
        }
        return body;
    }

    /** When the message of that sequence id expires, epoch milliseconds. */
    public long expiry(long sequenceId) {
        return expiries[slot(sequenceId)];
    }

    public int size() {
        return size;
    }

    /** What all kept messages count for. */
    public long bytes() {
        return bytes;
    }

    private int slot(long sequenceId) {
        if (sequenceId < first || sequenceId >= first + size) {
            throw new IndexOutOfBoundsException(
                    "sequenceId=" + sequenceId + " first=" + first + " next=" + (first + size));
        }
        return (head + (int) (sequenceId - first)) & (bodies.length - 1);
    }

    /** What a message counts for. */
    public static long weight(Encoded body) {
        return (long) body.body().length + OVERHEAD;
    }

    private void grow() {
        int capacity = Math.max(4, bodies.length * 2);
        Encoded[] newBodies = new Encoded[capacity];
        long[] newExpiries = new long[capacity];
        for (int i = 0; i < size; i++) {
            int slot = (head + i) & (bodies.length - 1);
            newBodies[i] = bodies[slot];
            newExpiries[i] = expiries[slot];
        }
        bodies = newBodies;
        expiries = newExpiries;
        head = 0;
    }
}
