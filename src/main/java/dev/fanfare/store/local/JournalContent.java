package dev.fanfare.store.local;

import dev.fanfare.core.codec.WireException;
import dev.fanfare.core.codec.WireReader;
import dev.fanfare.store.file.FileJournal;
import dev.fanfare.store.state.StateRestore;
import dev.fanfare.store.state.StoreCodec;
import dev.fanfare.store.state.StoreCommand;
import dev.fanfare.store.state.StoreFormatException;
import dev.fanfare.store.state.StoreState;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The records of the journal of a store: the time at which a command is applied, and the command. */
final class JournalContent implements FileJournal.ContentSink {

    private StateRestore restore = new StateRestore();
    private @Nullable StoreState state;

    /** The records of commands that are applied at the same time. */
    static <T> List<byte[]> records(List<T> commands, Function<T, StoreCommand> command, long now) {
        List<byte[]> records = new ArrayList<>(commands.size());
        for (T each : commands) {
            byte[] encoded = StoreCodec.encode(command.apply(each));
            records.add(ByteBuffer.allocate(Long.BYTES + encoded.length)
                    .putLong(now)
                    .put(encoded)
                    .array());
        }
        return records;
    }

    @Override
    public void begin() {
        restore = new StateRestore();
        state = null;
    }

    @Override
    public void chunk(ByteBuffer chunk) throws IOException {
        try {
            restore.add(chunk);
        } catch (StoreFormatException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    @Override
    public void endOfSnapshot() throws IOException {
        try {
            state = restore.finish();
        } catch (StoreFormatException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    @Override
    public void record(ByteBuffer record) throws IOException {
        try {
            WireReader in = WireReader.of(record);
            long now = in.readLong();
            state().apply(StoreCodec.decodeCommand(in), now);
        } catch (StoreFormatException | WireException e) {
            throw new IOException(
                    "the journal of the store has a command that this release does not know; was it"
                            + " written by a newer one?",
                    e);
        }
    }

    /** What snapshot and records led to. */
    StoreState state() {
        if (state == null) {
            throw new IllegalStateException("no snapshot");
        }
        return state;
    }
}
