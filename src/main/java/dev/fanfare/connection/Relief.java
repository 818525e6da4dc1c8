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

    private record Holder(Connection connection, long bytes) {}

    /**
     * @param maxBytes what this shard may keep
     * @param relieve makes a connection give way; throws nothing
     */
    Relief(long maxBytes, Retention retention, Sweeper connections, Consumer<Connection> relieve) {
        this.maxBytes = maxBytes;
        this.retention = retention;
        this.connections = connections;
        this.relieve = relieve;
    }

    /** What sockets were found to hold, as of late. */
    void pending(long bytes) {
        pendingBytes = bytes;
        check();
    }

    /** Call it when connections may end, and often. */
    void check() {
        if (retention.bytes() + pendingBytes > maxBytes) {
            free(retention.bytes() + pendingBytes - maxBytes + maxBytes / PART);
        }
    }

    /** What is shared is counted for each, so it may take another time to free enough. */
    private void free(long wanted) {
        long left = wanted;
        for (Holder holder : heaviestFirst()) {
            if (left <= 0) {
                break;
            }
            left -= holder.bytes;
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
