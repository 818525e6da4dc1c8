package dev.fanfare.shard;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Keeps a shard within its share of a memory limit of the node: above it, evicts the connections that hold most. Used for
 * outbound memory ({@code src/docs/decisions/0011}) and inbound memory ({@code 0020}). Confined to the shard's thread.
 */
final class MemoryPressure {

    /** The fraction of the limit that is freed at a time, so that connections are rarely scanned. */
    private static final int FREED_PART = 16;

    private final long maxBytes;
    private final Sweeper connections;
    private final LimitedMemory kind;
    private long swept;

    /** Connections are scanned above this. */
    private long threshold;

    /** The memory that is limited. */
    interface LimitedMemory {

        /** The bytes that are counted continuously. */
        long counted();

        /** The bytes held by a connection, whether or not shared; 0 if it must not be evicted. */
        long held(Connection connection);

        /** The part of them that is not counted continuously, but summed up by each sweep. */
        long swept(Connection connection);

        /** Frees the memory of a connection; must not throw. */
        void evict(Connection connection);
    }

    private record Holder(Connection connection, long bytes) {}

    /** @param maxBytes the limit of this shard */
    MemoryPressure(long maxBytes, Sweeper connections, LimitedMemory kind) {
        this.maxBytes = maxBytes;
        this.threshold = maxBytes;
        this.connections = connections;
        this.kind = kind;
    }

    /** @param bytes the total that is not counted continuously, computed by the latest sweep, about once a second */
    void swept(long bytes) {
        swept = bytes;
        threshold = maxBytes;
        check();
    }

    /** Evicts if above the limit. Call it often, and only where connections may end. */
    void check() {
        if (kept() > threshold) {
            free(maxBytes - maxBytes / FREED_PART);
            // If that much cannot be freed, later calls must not scan again each time.
            threshold = Math.max(maxBytes, kept() + maxBytes / FREED_PART);
        }
    }

    /** Bytes held in total. */
    long kept() {
        return kind.counted() + swept;
    }

    /** Shared memory is freed with its last holder only, so the total is read again after each eviction. */
    private void free(long target) {
        for (Holder holder : heaviestFirst()) {
            if (kept() <= target) {
                break;
            }
            swept -= Math.min(swept, kind.swept(holder.connection));
            kind.evict(holder.connection);
        }
    }

    private List<Holder> heaviestFirst() {
        List<Holder> holders = new ArrayList<>();
        for (int i = 0; i < connections.size(); i++) {
            Connection connection = connections.get(i);
            long bytes = kind.held(connection);
            if (bytes > 0) {
                holders.add(new Holder(connection, bytes));
            }
        }
        holders.sort(Comparator.comparingLong(Holder::bytes).reversed());
        return holders;
    }
}
