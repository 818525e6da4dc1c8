package dev.fanfare.store.state;

import dev.fanfare.store.LogLimits;
import dev.fanfare.store.LogRecord;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A log: a ring of records, each an array that begins with the time at which it was appended. Not thread-safe. */
final class LogState {

    /** What the table may know of logs. */
    static final SortedPages.ItemKind<LogState> ITEMS = new SortedPages.ItemKind<>() {
        @Override
        public int compare(LogState log, byte[] name) {
            return Arrays.compareUnsigned(log.name, name);
        }

        @Override
        public byte[] name(LogState log) {
            return log.name;
        }

        @Override
        public long due(LogState log) {
            return log.due();
        }
    };

    private static final int TIME = Long.BYTES;
    private static final int FIRST_CAPACITY = 4;

    /** Objects and arrays of a log, without its records. */
    private static final int OVERHEAD = 160;

    /** The header of a record's array, its place in the ring, and the time. */
    private static final int RECORD_OVERHEAD = 16 + 8 + TIME;

    private final byte[] name;
    private final long created;
    private final long generation;
    private byte[] @Nullable [] ring;
    private int head;
    private int size;
    private long first;
    private long bytes;
    private long lastAppend;
    private int maxRecords;
    private long maxBytes;
    private long ageMillis;

    /**
     * @param created distinguishes logs that have had this name
     * @param first the number of the first record
     */
    LogState(byte[] name, long created, long first, long generation) {
        this(name, created, first, generation, new byte[FIRST_CAPACITY][]);
    }

    private LogState(byte[] name, long created, long first, long generation, byte[] @Nullable [] ring) {
        this.name = name;
        this.created = created;
        this.first = first;
        this.generation = generation;
        this.ring = ring;
    }

    /** A log that can be changed without affecting this one. */
    LogState copy(long newGeneration) {
        LogState copy = new LogState(name, created, first, newGeneration, ring.clone());
        copy.head = head;
        copy.size = size;
        copy.bytes = bytes;
        copy.lastAppend = lastAppend;
        copy.maxRecords = maxRecords;
        copy.maxBytes = maxBytes;
        copy.ageMillis = ageMillis;
        return copy;
    }

    byte[] name() {
        return name;
    }

    long created() {
        return created;
    }

    long generation() {
        return generation;
    }

    long first() {
        return first;
    }

    long last() {
        return first + size - 1;
    }

    int size() {
        return size;
    }

    long lastAppend() {
        return lastAppend;
    }

    LogLimits limits() {
        return new LogLimits(maxRecords, maxBytes, Duration.ofMillis(ageMillis));
    }

    /** When the oldest record is too old, or, without records, when the log itself is. */
    long due() {
        return size > 0 ? timeOf(0) + ageMillis : end();
    }

    /** Whether the log itself is too old. */
    boolean hasEnded(long now) {
        return end() <= now;
    }

    private long end() {
        return lastAppend + 2 * ageMillis;
    }

    void limit(LogLimits limits) {
        maxRecords = limits.records();
        maxBytes = limits.bytes();
        ageMillis = limits.age().toMillis();
    }

    /** Appends a record and drops what is beyond the limits then. */
    void append(byte[] record, long now) {
        add(packed(record, now));
        trim(now);
    }

    /** Drops the oldest records beyond the limits. */
    void trim(long now) {
        while (size > 0 && timeOf(0) + ageMillis <= now) {
            drop();
        }
        while (size > 1 && (size > maxRecords || bytes > maxBytes)) {
            drop();
        }
        int capacity = ring.length;
        while (capacity > FIRST_CAPACITY && size <= capacity / 4) {
            capacity /= 2;
        }
        if (capacity < ring.length) {
            resize(capacity);
        }
    }

    /** Bytes by which {@link #cost} grows with another record, negative if more are dropped. */
    long growth(int length, LogLimits limits, long now) {
        long newBytes = bytes + length;
        int newSize = size + 1;
        long age = limits.age().toMillis();
        for (int i = 0; i < size; i++) {
            if (newSize <= limits.records() && newBytes <= limits.bytes() && timeOf(i) + age > now) {
                break;
            }
            newBytes -= lengthOf(i);
            newSize--;
        }
        return newBytes - bytes + (long) (newSize - size) * RECORD_OVERHEAD;
    }

    /** Bytes by which {@link #cost} grows at most with another record. */
    static long growth(int length) {
        return (long) length + RECORD_OVERHEAD;
    }

    /** The number of the oldest record that is not too old. */
    long firstAt(long now) {
        int index = 0;
        while (index < size && timeOf(index) + ageMillis <= now) {
            index++;
        }
        return first + index;
    }

    List<LogRecord> read(long from, int records, int maxTotal) {
        List<LogRecord> read = new ArrayList<>();
        long total = 0;
        for (long number = from; number <= last() && read.size() < records; number++) {
            byte[] packed = packedAt((int) (number - first));
            total += packed.length - TIME;
            if (total > maxTotal && !read.isEmpty()) {
                break;
            }
            read.add(new LogRecord(number, Arrays.copyOfRange(packed, TIME, packed.length)));
        }
        return read;
    }

    /** The bytes that the log counts for. */
    long cost() {
        return cost(name.length) + bytes + (long) size * RECORD_OVERHEAD;
    }

    /** The bytes that a log with a single record counts for. */
    static long cost(int nameLength, int recordLength) {
        return cost(nameLength) + recordLength + RECORD_OVERHEAD;
    }

    private static long cost(int nameLength) {
        return (long) OVERHEAD + nameLength;
    }

    /** The time and the bytes of a record. */
    byte[] packedAt(int index) {
        byte[] packed = ring[slot(index)];
        if (packed == null) {
            throw new IllegalStateException("no record: index=" + index + " size=" + size);
        }
        return packed;
    }

    /** Adds the time and the bytes of a record. */
    void add(byte[] packed) {
        if (size == ring.length) {
            resize(size * 2);
        }
        ring[slot(size)] = packed;
        size++;
        bytes += packed.length - TIME;
        lastAppend = timeOf(size - 1);
    }

    void lastAppend(long time) {
        lastAppend = time;
    }

    private static byte[] packed(byte[] record, long now) {
        return ByteBuffer.allocate(TIME + record.length)
                .putLong(now)
                .put(record)
                .array();
    }

    private void drop() {
        bytes -= lengthOf(0);
        ring[head] = null;
        head = slot(1);
        size--;
        first++;
    }

    private long timeOf(int index) {
        return ByteBuffer.wrap(packedAt(index)).getLong();
    }

    private int lengthOf(int index) {
        return packedAt(index).length - TIME;
    }

    private int slot(int index) {
        return (head + index) & (ring.length - 1);
    }

    private void resize(int capacity) {
        byte[][] resized = new byte[capacity][];
        for (int i = 0; i < size; i++) {
            resized[i] = packedAt(i);
        }
        ring = resized;
        head = 0;
    }
}
