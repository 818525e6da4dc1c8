package dev.fanfare.store.replica;

import dev.fanfare.core.codec.WireException;
import dev.fanfare.core.codec.WireReader;
import dev.fanfare.store.StoreLimits;
import dev.fanfare.store.state.QueryCodec;
import dev.fanfare.store.state.RecentChanges;
import dev.fanfare.store.state.StateRestore;
import dev.fanfare.store.state.StateSnapshot;
import dev.fanfare.store.state.StoreCodec;
import dev.fanfare.store.state.StoreCommand;
import dev.fanfare.store.state.StoreFormatException;
import dev.fanfare.store.state.StoreQuery;
import dev.fanfare.store.state.StoreQueryVisitor;
import dev.fanfare.store.state.StoreState;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A {@link StoreState} as the content of a partition. Commands and results are those of {@link StoreCodec}, queries and
 * answers those of {@link QueryCodec}. Not thread-safe.
 */
public final class StoreMachine implements StateMachine {

    private static final int EXPIRE_MAX = 512;
    private static final byte[] EXPIRE = StoreCodec.encode(new StoreCommand.Expire(EXPIRE_MAX));
    private static final int LINEAGE_BYTES = 16;

    /** Room for the versions that are given before the partition begins anew. */
    private static final int VERSION_BITS = 40;

    private static final long MAX_NUMBER = Long.MAX_VALUE >> VERSION_BITS;

    private @Nullable StoreState state;
    private @Nullable RecentChanges changes;
    private @Nullable StateRestore restore;
    private Consumer<String> consumer = key -> {};

    @Override
    public void clear() {
        state = null;
        changes = null;
        restore = null;
    }

    /** Versions are greater than those that were given before in this lineage. */
    @Override
    public void begin(String lineage, long number) {
        if (number > MAX_NUMBER) {
            throw new IllegalStateException("too many configurations: number=" + number);
        }
        clear();
        begin(new StoreState(epoch(lineage, number), number << VERSION_BITS));
    }

    private void begin(StoreState begun) {
        RecentChanges recent = new RecentChanges(begun);
        begun.onChange(key -> {
            recent.changed(key);
            consumer.accept(key);
        });
        state = begun;
        changes = recent;
    }

    @Override
    public void onChange(Consumer<String> newConsumer) {
        consumer = newConsumer;
    }

    /** What the epochs of logs begin with. Lineages have names of any length, so it has their hash. */
    private static String epoch(String lineage, long number) {
        byte[] hash;
        try {
            hash = MessageDigest.getInstance("SHA-256").digest(lineage.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
        return HexFormat.of().formatHex(hash, 0, LINEAGE_BYTES) + '-' + Long.toString(number, Character.MAX_RADIX);
    }

    /** Throws {@link IllegalArgumentException} for a command that this release does not know: replicas would differ. */
    @Override
    public byte[] apply(byte[] command, long time) {
        return StoreCodec.encode(state().apply(decode(command), time));
    }

    private static StoreCommand decode(byte[] command) {
        try {
            return StoreCodec.decodeCommand(WireReader.of(command));
        } catch (StoreFormatException e) {
            throw new IllegalArgumentException("failed to read a command, was it sent by a newer release?", e);
        }
    }

    @Override
    public long bytes() {
        StoreState current = state;
        if (current != null) {
            return current.bytes();
        }
        return restore == null ? 0 : restore.bytes();
    }

    @Override
    public long maxGrowth(byte[] command) {
        return StoreState.maxGrowth(decode(command));
    }

    @Override
    public long growth(byte[] command, long time) {
        return state().growth(decode(command), time);
    }

    @Override
    public byte[] read(byte[] query, long time) {
        StoreQuery decoded;
        try {
            decoded = QueryCodec.decode(query);
        } catch (WireException e) {
            throw new IllegalArgumentException("failed to read a query", e);
        }
        return decoded.accept(new QueryReader(state(), Objects.requireNonNull(changes), time));
    }

    @Override
    public byte @Nullable [] due(long time) {
        return state().nextExpiry() <= time ? EXPIRE : null;
    }

    @Override
    public Iterator<byte[]> snapshot() {
        StateSnapshot snapshot = state().snapshot();
        return new Iterator<>() {
            private byte @Nullable [] next;
            private boolean encoded;

            /** Encodes the next part, not before it is asked for: snapshots of all partitions begin at once. */
            private byte @Nullable [] peek() {
                if (!encoded) {
                    next = snapshot.next();
                    encoded = true;
                }
                return next;
            }

            @Override
            public boolean hasNext() {
                return peek() != null;
            }

            @Override
            public byte[] next() {
                byte[] part = peek();
                if (part == null) {
                    throw new NoSuchElementException();
                }
                encoded = false;
                return part;
            }
        };
    }

    @Override
    public void beginRestore() {
        clear();
        restore = new StateRestore();
    }

    @Override
    public void restore(byte[] part) {
        StateRestore running = restore;
        if (running == null) {
            throw new IllegalStateException("a part of a snapshot that has not begun");
        }
        try {
            running.add(ByteBuffer.wrap(part));
            if (running.isComplete()) {
                restore = null;
                begin(running.finish());
            }
        } catch (StoreFormatException e) {
            throw new IllegalStateException("failed to read a snapshot, was it sent by a newer release?", e);
        }
    }

    /** The content, which must not be changed; null while this replica has none. */
    public @Nullable StoreState content() {
        return state;
    }

    private StoreState state() {
        StoreState current = state;
        if (current == null) {
            throw new IllegalStateException("the partition has no content here");
        }
        return current;
    }

    private record QueryReader(StoreState state, RecentChanges changes, long time)
            implements StoreQueryVisitor<byte[]> {

        @Override
        public byte[] on(StoreQuery.GetEntry get) {
            return QueryCodec.encodeEntry(state.get(get.key(), time));
        }

        @Override
        public byte[] on(StoreQuery.ReadLog read) {
            int maxRecords = Math.min(read.maxRecords(), StoreLimits.MAX_READ_RECORDS);
            int maxBytes = Math.min(read.maxBytes(), StoreLimits.MAX_READ_BYTES);
            return QueryCodec.encodeRecords(state.read(read.log(), read.from(), maxRecords, maxBytes, time));
        }

        @Override
        public byte[] on(StoreQuery.ScanKeys scan) {
            return QueryCodec.encodePage(changes.scan(scan, time));
        }

        @Override
        public byte[] on(StoreQuery.ReadChanges read) {
            return QueryCodec.encodePage(changes.changes(read, time));
        }
    }
}
