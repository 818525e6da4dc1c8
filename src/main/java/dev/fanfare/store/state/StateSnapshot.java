package dev.fanfare.store.state;

import dev.fanfare.core.codec.WireWriter;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The content of a {@link StoreState} at one moment, in chunks of at most {@value #CHUNK_BYTES} bytes, for {@link
 * StateRestore}. It holds on to that content until all chunks are taken or it is dropped. One thread may read it, whichever.
 *
 * <p>A chunk is a sequence of items: a byte for the kind, the length, and the fields. New fields are added at the end of an
 * item, and readers skip kinds that they do not know.
 */
public final class StateSnapshot {

    /** The size of a chunk, unless a single value or record is larger. */
    public static final int CHUNK_BYTES = 64 * 1024;

    /** The format that this release writes; a reader must know it. */
    static final int FORMAT = 1;

    static final int HEADER = 1;
    static final int ENTRY = 2;
    static final int LOG = 3;
    static final int RECORD = 4;
    static final int END = 5;

    private static final int ITEM_HEADER = 1 + Integer.BYTES;

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Item(int kind, byte[] fields) {}

    private final String epoch;
    private final long version;
    private final long time;
    private final Iterator<byte[]> entries;
    private final Iterator<LogState> logs;
    private boolean begun;
    private boolean ended;
    private @Nullable LogState log;
    private int logIndex;
    private long entryCount;
    private long logCount;
    private @Nullable Item held;

    StateSnapshot(String epoch, long version, long time, Iterator<byte[]> entries, Iterator<LogState> logs) {
        this.epoch = epoch;
        this.version = version;
        this.time = time;
        this.entries = entries;
        this.logs = logs;
    }

    /** The next chunk; null after the last one. */
    public byte @Nullable [] next() {
        List<Item> chunk = new ArrayList<>();
        int size = 0;
        Item item = held == null ? nextItem() : held;
        held = null;
        while (item != null) {
            int length = ITEM_HEADER + item.fields.length;
            if (size > 0 && size + length > CHUNK_BYTES) {
                held = item;
                break;
            }
            chunk.add(item);
            size += length;
            item = nextItem();
        }
        return chunk.isEmpty() ? null : toBytes(chunk, size);
    }

    private static byte[] toBytes(List<Item> chunk, int size) {
        return WireWriter.toBytes(StoreCodec.VERSION, size, out -> {
            for (Item item : chunk) {
                out.writeByte(item.kind);
                out.writeBytes(item.fields);
            }
        });
    }

    private @Nullable Item nextItem() {
        if (!begun) {
            begun = true;
            return new Item(HEADER, header());
        }
        if (entries.hasNext()) {
            entryCount++;
            return new Item(ENTRY, entries.next());
        }
        if (log != null && logIndex < log.size()) {
            return new Item(RECORD, log.packedAt(logIndex++));
        }
        if (logs.hasNext()) {
            log = logs.next();
            logIndex = 0;
            logCount++;
            return new Item(LOG, fields(log));
        }
        if (!ended) {
            ended = true;
            log = null;
            return new Item(END, WireWriter.toBytes(StoreCodec.VERSION, out -> {
                out.writeLong(entryCount);
                out.writeLong(logCount);
            }));
        }
        return null;
    }

    private byte[] header() {
        return WireWriter.toBytes(StoreCodec.VERSION, out -> {
            out.writeShort(FORMAT);
            out.writeLong(version);
            out.writeLong(time);
            out.writeString(epoch);
        });
    }

    private static byte[] fields(LogState log) {
        return WireWriter.toBytes(StoreCodec.VERSION, out -> {
            out.writeBytes(log.name());
            out.writeLong(log.created());
            out.writeLong(log.first());
            out.writeInt(log.size());
            out.writeLong(log.lastAppend());
            out.writeInt(log.limits().records());
            out.writeLong(log.limits().bytes());
            out.writeLong(log.limits().age().toMillis());
        });
    }
}
