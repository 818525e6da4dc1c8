package dev.fanfare.store.state;

import dev.fanfare.core.codec.WireException;
import dev.fanfare.core.codec.WireReader;
import dev.fanfare.store.LogLimits;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Makes a {@link StoreState} of the chunks of a {@link StateSnapshot}, in their order. Not thread-safe. */
public final class StateRestore {

    private @Nullable StoreState state;
    private @Nullable LogState log;
    private int recordsLeft;
    private long entryCount;
    private long logCount;
    private boolean complete;

    /**
     * Adds the next chunk, from the position of the buffer to its limit.
     *
     * @throws StoreFormatException if this is not the chunk that belongs here; the restore cannot go on then
     */
    public void add(ByteBuffer chunk) throws StoreFormatException {
        try {
            WireReader in = WireReader.of(chunk);
            while (in.hasMore()) {
                int kind = in.readByte();
                add(kind, in.readBytes());
            }
        } catch (WireException | IllegalArgumentException | IndexOutOfBoundsException | BufferUnderflowException e) {
            throw new StoreFormatException("a chunk of a snapshot is damaged: " + e.getMessage(), e);
        }
    }

    /** Bytes of what has been added, as {@link StoreState#bytes} counts them. */
    public long bytes() {
        return state == null ? 0 : state.bytes();
    }

    /** Whether the last chunk has been added. */
    public boolean isComplete() {
        return complete;
    }

    /**
     * The state.
     *
     * @throws StoreFormatException if chunks are missing
     */
    public StoreState finish() throws StoreFormatException {
        if (state == null || !complete) {
            throw new StoreFormatException("a snapshot ends early: entries=" + entryCount + " logs=" + logCount);
        }
        return state;
    }

    private void add(int kind, byte[] fields) throws StoreFormatException, WireException {
        StoreState current = state;
        if (kind == StateSnapshot.HEADER && current == null) {
            state = header(WireReader.of(fields));
            return;
        }
        if (current == null || complete || kind == StateSnapshot.HEADER) {
            throw new StoreFormatException("an item of a snapshot is in the wrong place: kind=" + kind);
        }
        switch (kind) {
            case StateSnapshot.ENTRY -> {
                PackedEntry.check(fields);
                current.restore(fields);
                entryCount++;
            }
            case StateSnapshot.LOG -> {
                endLog(current);
                beginLog(WireReader.of(fields));
            }
            case StateSnapshot.RECORD -> record(fields);
            case StateSnapshot.END -> {
                endLog(current);
                end(WireReader.of(fields));
            }
            default -> {}
        }
    }

    private static StoreState header(WireReader in) throws StoreFormatException, WireException {
        int format = in.readShort();
        if (format != StateSnapshot.FORMAT) {
            throw new StoreFormatException(
                    "the snapshot has format " + format + "; this release reads " + StateSnapshot.FORMAT);
        }
        long version = in.readLong();
        long time = in.readLong();
        StoreState state = new StoreState(in.readString(), version);
        state.restoreTime(time);
        return state;
    }

    private void beginLog(WireReader in) throws WireException {
        byte[] name = in.readBytes();
        LogState begun = new LogState(name, in.readLong(), in.readLong(), 0);
        recordsLeft = in.readInt();
        begun.lastAppend(in.readLong());
        begun.limit(new LogLimits(in.readInt(), in.readLong(), Duration.ofMillis(in.readLong())));
        log = begun;
        logCount++;
    }

    private void record(byte[] packed) throws StoreFormatException {
        if (log == null || recordsLeft == 0) {
            throw new StoreFormatException("a snapshot has a record that belongs to no log");
        }
        recordsLeft--;
        log.add(packed);
    }

    private void endLog(StoreState current) throws StoreFormatException {
        if (recordsLeft > 0) {
            throw new StoreFormatException("records of a log are missing in a snapshot: " + recordsLeft);
        }
        if (log != null) {
            current.restore(log);
            log = null;
        }
    }

    private void end(WireReader in) throws StoreFormatException, WireException {
        long entries = in.readLong();
        long logs = in.readLong();
        if (entries != entryCount || logs != logCount) {
            throw new StoreFormatException("items of a snapshot are missing: entries=" + entryCount + "/" + entries
                    + " logs=" + logCount + "/" + logs);
        }
        complete = true;
    }
}
