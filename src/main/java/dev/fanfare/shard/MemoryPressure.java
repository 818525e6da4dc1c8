package dev.fanfare.shard;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.ToLongFunction;

/**
 * Keeps a shard within its part of the memory that the node may use for connections. Where it is too much, those for whom
 * most is kept give way, so that they cost the others nothing. Belongs to the shard's thread.
 */
final class MemoryPressure {

    /** How much of the bound is freed at a time, so that the connections are seldom gone through. */
    private static final int PART = 16;

    private final long maxBytes;
    private final LongSupplier counted;
    private final Sweeper connections;
    private final ToLongFunction<Connection> heldBytes;
    private final ToLongFunction<Connection> sweptBytes;
    private final Consumer<Connection> relieve;
    private long swept;

    /** Above this the connections are gone through. */
    private long threshold;

    private record Holder(Connection connection, long bytes) {}

    /**
     * @param maxBytes what this shard may keep
     * @param counted what it keeps as far as that is counted all the time
     * @param heldBytes what is kept for a connection, whether or not others share it; 0 for one that need not give way
     * @param sweptBytes the part of that which is not counted all the time, but summed up as connections are visited
     * @param relieve makes a connection give way; throws nothing
     */
    MemoryPressure(
            long maxBytes,
            LongSupplier counted,
            Sweeper connections,
            ToLongFunction<Connection> heldBytes,
            ToLongFunction<Connection> sweptBytes,
            Consumer<Connection> relieve) {
        this.maxBytes = maxBytes;
        this.threshold = maxBytes;
        this.counted = counted;
        this.connections = connections;
        this.heldBytes = heldBytes;
        this.sweptBytes = sweptBytes;
        this.relieve = relieve;
    }

    /** All connections were visited, about once a second, and hold so much of what is not counted all the time. */
    void swept(long bytes) {
        swept = bytes;
        threshold = maxBytes;
        check();
    }

    /** Call it when connections may end, and often. */
    void check() {
        if (kept() > threshold) {
            free(maxBytes - maxBytes / PART);
            // Where that much cannot be freed, not each call is to try again.
            threshold = Math.max(maxBytes, kept() + maxBytes / PART);
        }
    }

    /** All that is kept. */
    long kept() {
        return counted.getAsLong() + swept;
    }

    /** What is shared is free when the last who keeps it gives way: so what is left is asked each time. */
    private void free(long target) {
        for (Holder holder : heaviestFirst()) {
            if (kept() <= target) {
                break;
            }
            swept -= Math.min(swept, sweptBytes.applyAsLong(holder.connection));
            relieve.accept(holder.connection);
        }
    }

    private List<Holder> heaviestFirst() {
        List<Holder> holders = new ArrayList<>();
        for (int i = 0; i < connections.size(); i++) {
            Connection connection = connections.get(i);
            long bytes = heldBytes.applyAsLong(connection);
            if (bytes > 0) {
                holders.add(new Holder(connection, bytes));
            }
        }
        holders.sort(Comparator.comparingLong(Holder::bytes).reversed());
        return holders;
    }
}
