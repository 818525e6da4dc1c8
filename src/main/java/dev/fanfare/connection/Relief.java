package dev.fanfare.connection;

import dev.fanfare.core.session.Retention;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;

/**
 * Keeps a shard within its part of the memory that the node may use for receivers. Where it is too much, those for whom
 * most is kept give way, so that slow readers cost the others nothing. Belongs to the shard's thread.
 */
final class Relief {

    /** How much of the bound is freed at a time, so that the connections are seldom gone through. */
    private static final int PART = 16;

    private final long maxBytes;
    private final Retention retention;
    private final Sweeper connections;
    private final Consumer<Connection> relieve;
    private long pendingBytes;

    /** Above this the connections are gone through. */
    private long threshold;

    private record Holder(Connection connection, long bytes) {}

    /**
     * @param maxBytes what this shard may keep
     * @param relieve makes a connection give way; throws nothing
     */
    Relief(long maxBytes, Retention retention, Sweeper connections, Consumer<Connection> relieve) {
        this.maxBytes = maxBytes;
        this.threshold = maxBytes;
        this.retention = retention;
        this.connections = connections;
        this.relieve = relieve;
    }

    /** What sockets were found to hold, as of late: about once a second. */
    void pending(long bytes) {
        pendingBytes = bytes;
        threshold = maxBytes;
        check();
    }

    /** Call it when connections may end, and often. */
    void check() {
        if (kept() > threshold) {
            free(maxBytes - maxBytes / PART);
            // Where that much cannot be freed, not each delivery is to try again.
            threshold = Math.max(maxBytes, kept() + maxBytes / PART);
        }
    }

    private long kept() {
        return retention.bytes() + pendingBytes;
    }

    /** What is shared is free when the last who keeps it gives way: so what is left is asked each time. */
    private void free(long target) {
        for (Holder holder : heaviestFirst()) {
            if (kept() <= target) {
                break;
            }
            pendingBytes -= Math.min(pendingBytes, holder.connection.pendingBytes());
            relieve.accept(holder.connection);
        }
    }

    private List<Holder> heaviestFirst() {
        List<Holder> holders = new ArrayList<>();
        for (int i = 0; i < connections.size(); i++) {
            Connection connection = connections.get(i);
            long bytes = connection.keptBytes();
            if (bytes > 0) {
                holders.add(new Holder(connection, bytes));
            }
        }
        holders.sort(Comparator.comparingLong(Holder::bytes).reversed());
        return holders;
    }
}
