package dev.fanfare.shard;

import java.util.function.Consumer;

/**
 * The memory that one event loop spends on what peers send and ask for: messages and frames that are not complete, what was
 * received and not looked at yet, names of groups, sessions, bodies of REST requests. Bounded: above the bound connections
 * that hold most are closed, and what is new is refused. Outside of it are what waits for receivers ({@link MemoryPressure}), what is
 * published and not delivered, and events. Belongs to the shard's thread.
 */
public final class InboundMemory {

    /** Who holds less need not give way: so much is anybody's due. */
    private static final int DUE = 1024;

    private final long maxBytes;
    private final MemoryPressure memoryPressure;
    private long counted;

    /**
     * @param maxBytes that the event loop may spend
     * @param relieve closes a connection; throws nothing
     */
    InboundMemory(long maxBytes, Sweeper connections, Consumer<Connection> relieve) {
        this.maxBytes = maxBytes;
        this.memoryPressure = new MemoryPressure(
                maxBytes,
                () -> counted,
                connections,
                InboundMemory::held,
                connection -> connection.sessionBytes(),
                relieve);
    }

    /** Of an event loop without connections. */
    public InboundMemory(long maxBytes) {
        this(maxBytes, new Sweeper(nobody -> {}, () -> {}), nobody -> {});
    }

    private static long held(Connection connection) {
        long bytes = connection.inboundBytes();
        return bytes < DUE ? 0 : bytes;
    }

    /** So many bytes more are held, or less. Makes nobody give way before {@link #check}. */
    void add(long bytes) {
        counted += bytes;
    }

    /** Makes connections give way where too much is held. Call it where any may end: often, and not while going through them. */
    void check() {
        memoryPressure.check();
    }

    /** All sessions were visited and take so much together. */
    void sessions(long bytes) {
        memoryPressure.swept(bytes);
    }

    /** Takes bytes for a request, or returns false where there are none, even after connections gave way. */
    public boolean reserve(long bytes) {
        counted += bytes;
        check();
        if (memoryPressure.kept() > maxBytes) {
            counted -= bytes;
            return false;
        }
        return true;
    }

    /** Gives bytes back. */
    public void release(long bytes) {
        counted -= bytes;
    }

    /** Whether nothing new is to be taken up. */
    public boolean full() {
        return memoryPressure.kept() > maxBytes;
    }

    /** Whether half of the memory is taken: then nothing is read that could stay in the kernel. */
    boolean scarce() {
        return memoryPressure.kept() > maxBytes / 2;
    }

    /** What is held, but for sessions as such. */
    long counted() {
        return counted;
    }

    /** What is held. */
    long bytes() {
        return memoryPressure.kept();
    }
}
