package dev.fanfare.shard;

import java.util.function.Consumer;

/**
 * The memory that peers make one event loop hold: incomplete messages and frames, backlogs, group names, sessions, bodies of
 * REST requests. Above its limit ({@code limits.inboundBytesPerNode} divided by the shards) the connections that hold most
 * are closed, and new handshakes and REST requests are refused. Not counted here: messages that wait for receivers
 * ({@link ShardContext#retention}), publications in flight, and events. Confined to the shard's thread. See {@code
 * src/docs/decisions/0020}.
 */
public final class InboundMemory {

    /** Connections that hold less are never evicted. */
    private static final int EXEMPT_BYTES = 1024;

    private final long maxBytes;
    private final MemoryPressure memoryPressure;
    private long counted;

    /**
     * @param maxBytes the limit of the event loop
     * @param evict closes a connection; must not throw
     */
    InboundMemory(long maxBytes, Sweeper connections, Consumer<Connection> evict) {
        this.maxBytes = maxBytes;
        this.memoryPressure = new MemoryPressure(maxBytes, connections, new MemoryPressure.LimitedMemory() {

            @Override
            public long counted() {
                return counted;
            }

            @Override
            public long held(Connection connection) {
                long bytes = HeldMemory.inbound(connection);
                return bytes < EXEMPT_BYTES ? 0 : bytes;
            }

            @Override
            public long swept(Connection connection) {
                return HeldMemory.session(connection);
            }

            @Override
            public void evict(Connection connection) {
                evict.accept(connection);
            }
        });
    }

    /** For an event loop without connections. */
    public InboundMemory(long maxBytes) {
        this(maxBytes, new Sweeper(connection -> {}, () -> {}), connection -> {});
    }

    /** Adds to the bytes held; negative to subtract. Evicts nothing before {@link #check}. */
    void add(long bytes) {
        counted += bytes;
    }

    /** Evicts connections if above the limit. Call it often, but not while iterating over connections. */
    void check() {
        memoryPressure.check();
    }

    /** @param bytes the total size of all sessions, computed by the latest sweep */
    void sessions(long bytes) {
        memoryPressure.swept(bytes);
    }

    /** Reserves bytes for a request; returns false if above the limit even after evictions. */
    public boolean reserve(long bytes) {
        counted += bytes;
        check();
        if (full()) {
            counted -= bytes;
            return false;
        }
        return true;
    }

    /** Releases reserved bytes. */
    public void release(long bytes) {
        counted -= bytes;
    }

    /** Whether new handshakes and requests must be refused. */
    public boolean full() {
        return memoryPressure.kept() > maxBytes;
    }

    /** Whether more than half is held: reading ahead is then reduced, which leaves data in the kernel. */
    boolean scarce() {
        return memoryPressure.kept() > maxBytes / 2;
    }

    /** Bytes held, without the sessions themselves. */
    long counted() {
        return counted;
    }

    /** Bytes held. */
    long bytes() {
        return memoryPressure.kept();
    }
}
