package dev.fanfare.core.session;

import org.jspecify.annotations.Nullable;

/**
 * The unacknowledged messages of a reliable session, in the order of their sequence ids and without gaps. They are
 * shared with all other receivers of the shard. Bounded in bytes and messages. Not thread-safe.
 */
public final class Unacknowledged {

    private static final @Nullable Retained[] NONE = new Retained[0];

    /** Smaller arrays are not worth shrinking. */
    private static final int SMALL = 16;

    private final int maxBytes;
    private final int maxMessages;
    private Retention retention;
    private @Nullable Retained[] messages = NONE;
    private int head;
    private int size;
    private long first = 1;
    private long bytes;

    /**
     * @param maxBytes what all messages may count for ({@link Retained#weight})
     * @param maxMessages the most messages
     * @param retention of the shard
     */
    public Unacknowledged(int maxBytes, int maxMessages, Retention retention) {
        this.maxBytes = maxBytes;
        this.maxMessages = maxMessages;
        this.retention = retention;
    }

    /**
     * Continues after a move from another node, behind what was acknowledged there.
     *
     * @param first the sequence id of the next message to be added
     */
    public static Unacknowledged from(long first, int maxBytes, int maxMessages, Retention retention) {
        Unacknowledged arrived = new Unacknowledged(maxBytes, maxMessages, retention);
        arrived.first = first;
        return arrived;
    }

    /** The bound in bytes. */
    public int maxBytes() {
        return maxBytes;
    }

    /** The bound in messages. */
    public int maxMessages() {
        return maxMessages;
    }

    /**
     * Adds a message under the next sequence id. A single one is within the bounds, however large it is.
     *
     * @return whether it is within the bounds; otherwise it was not added
     */
    public boolean add(Retained message) {
        long weight = message.weight();
        if (size == maxMessages || (size > 0 && bytes + weight > maxBytes)) {
            return false;
        }
        if (size == messages.length) {
            resize(Math.max(4, size * 2));
        }
        messages[(head + size) & (messages.length - 1)] = message;
        size++;
        bytes += weight;
        retention.hold(message);
        return true;
    }

    /** Drops everything up to and including this sequence id (unsigned); one that was never issued acknowledges all. */
    public void acknowledge(long sequenceId) {
        while (size > 0 && Long.compareUnsigned(first, sequenceId) <= 0) {
            Retained message = get(first);
            bytes -= message.weight();
            retention.release(message);
            messages[head] = null;
            head = (head + 1) & (messages.length - 1);
            size--;
            first++;
        }
        if (messages.length > SMALL && size < messages.length / 4) {
            resize(messages.length / 2);
        }
    }

    /** Drops everything: the session ended, or its messages count elsewhere from now on ({@link #moveTo}). */
    public void release() {
        for (long id = first; id < next(); id++) {
            retention.release(get(id));
        }
        retention = new Retention();
    }

    /**
     * Counts everything with another shard, after {@link #release} on the former one. Called on the new shard's thread.
     */
    public void moveTo(Retention other) {
        retention = other;
        for (int i = 0; i < size; i++) {
            int slot = (head + i) & (messages.length - 1);
            Retained copy = get(first + i).copy();
            messages[slot] = copy;
            other.hold(copy);
        }
    }

    /** The sequence id of the oldest message; the next one to be issued if there is none. */
    public long first() {
        return first;
    }

    /** The sequence id of the next message; starts at 1. */
    public long next() {
        return first + size;
    }

    /** The message under a sequence id of {@code first() <= id < next()}. */
    public Retained get(long sequenceId) {
        if (sequenceId < first || sequenceId >= next()) {
            throw new IndexOutOfBoundsException("sequenceId=" + sequenceId + " first=" + first + " next=" + next());
        }
        Retained message = messages[(head + (int) (sequenceId - first)) & (messages.length - 1)];
        if (message == null) {
            throw new IllegalStateException("no message: sequenceId=" + sequenceId);
        }
        return message;
    }

    /** Touches the memory that {@link #add} needs, ahead of it; the result means nothing. */
    public int warm() {
        return messages.length == 0 || messages[(head + size) & (messages.length - 1)] == null ? 0 : 1;
    }

    public int size() {
        return size;
    }

    /** What all messages count for in the bounds of this session. */
    public long bytes() {
        return bytes;
    }

    private void resize(int capacity) {
        Retained[] resized = new Retained[capacity];
        for (int i = 0; i < size; i++) {
            resized[i] = get(first + i);
        }
        messages = resized;
        head = 0;
    }
}
