package dev.fanfare.core.session;

import java.util.Arrays;

/**
 * The ackIds that a connection has used with success, the newest {@code capacity} of them. Clients count upwards, so an
 * id greater than all before is known to be new without a search. Not thread-safe.
 */
public final class AckIds {

    private final int capacity;
    private long[] ids = new long[0];
    private int size;
    private int next;
    private long greatest;

    /** @param capacity how many ids are remembered, 1 and up */
    public AckIds(int capacity) {
        this.capacity = capacity;
    }

    /** Whether this id (unsigned) is remembered. */
    public boolean contains(long id) {
        if (size == 0 || Long.compareUnsigned(id, greatest) > 0) {
            return false;
        }
        for (int i = 0; i < size; i++) {
            if (ids[i] == id) {
                return true;
            }
        }
        return false;
    }

    /** Remembers an id, and forgets the oldest if there is no room. */
    public void add(long id) {
        if (size == 0 || Long.compareUnsigned(id, greatest) > 0) {
            greatest = id;
        }
        if (size < capacity) {
            if (size == ids.length) {
                ids = Arrays.copyOf(ids, Math.min(capacity, Math.max(4, size * 2)));
            }
            ids[size++] = id;
            next = size == capacity ? 0 : size;
        } else {
            ids[next] = id;
            next = next + 1 == capacity ? 0 : next + 1;
        }
    }

    /** The bytes of memory that the remembered ids take. */
    public long bytes() {
        return (long) Long.BYTES * ids.length;
    }

    /** The most ids that are remembered. */
    public int capacity() {
        return capacity;
    }

    /** The remembered ids, oldest first. */
    public long[] toArray() {
        if (size < capacity) {
            return Arrays.copyOf(ids, size);
        }
        long[] ordered = new long[size];
        System.arraycopy(ids, next, ordered, 0, size - next);
        System.arraycopy(ids, 0, ordered, size - next, next);
        return ordered;
    }
}
