package dev.fanfare.store.replica;

import dev.fanfare.store.replica.ReplicaMessage.ReplicationEntry;
import java.util.ArrayList;
import java.util.List;

/** The latest commands of a partition, by their sequence without gaps: those that a replica may still have to be sent. */
final class ReplicationLog {

    /** The most bytes of entries in one message, unless a single one is larger. */
    private static final int BATCH_BYTES = 64 * 1024;

    /** What an entry costs besides its command. */
    private static final long OVERHEAD = 64;

    private final List<ReplicationEntry> entries = new ArrayList<>();
    private int dropped;
    private long first = 1;
    private long bytes;

    /** The sequence of the first entry that is kept, or that of the next one if none is. */
    long first() {
        return first;
    }

    /** The sequence of the last entry, kept or not; 0 at the beginning. */
    long last() {
        return first + size() - 1;
    }

    int size() {
        return entries.size() - dropped;
    }

    long bytes() {
        return bytes;
    }

    ReplicationEntry get(long sequence) {
        return entries.get(index(sequence));
    }

    void add(ReplicationEntry entry) {
        entries.add(entry);
        bytes += bytes(entry);
    }

    /** Replaces the entry of a sequence that is kept, or adds it behind the last one. */
    void put(long sequence, ReplicationEntry entry) {
        if (sequence > last()) {
            add(entry);
        } else {
            bytes += bytes(entry) - bytes(entries.set(index(sequence), entry));
        }
    }

    /** Empty, behind this sequence. */
    void clear(long sequence) {
        entries.clear();
        dropped = 0;
        bytes = 0;
        first = sequence + 1;
    }

    /** Drops all entries behind a sequence. */
    void dropAfter(long sequence) {
        while (last() > sequence) {
            bytes -= bytes(entries.remove(entries.size() - 1));
        }
    }

    /** Drops all entries up to a sequence. */
    void dropUpTo(long sequence) {
        while (first <= sequence && size() > 0) {
            bytes -= bytes(entries.get(dropped));
            dropped++;
            first++;
        }
        if (dropped * 2 > entries.size()) {
            entries.subList(0, dropped).clear();
            dropped = 0;
        }
    }

    /** Entries from a sequence on, for one message. */
    List<ReplicationEntry> batch(long from) {
        List<ReplicationEntry> batch = new ArrayList<>();
        long size = 0;
        for (long sequence = from; sequence <= last(); sequence++) {
            ReplicationEntry entry = get(sequence);
            size += bytes(entry);
            if (!batch.isEmpty() && size > BATCH_BYTES) {
                break;
            }
            batch.add(entry);
        }
        return batch;
    }

    private int index(long sequence) {
        return dropped + (int) (sequence - first);
    }

    private static long bytes(ReplicationEntry entry) {
        return OVERHEAD + entry.command().length;
    }
}
