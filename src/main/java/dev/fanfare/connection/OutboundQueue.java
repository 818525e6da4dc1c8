package dev.fanfare.connection;

import dev.fanfare.core.protocol.Encoded;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/** Messages that wait for a slow reader, bounded in bytes. Bodies are shared with all other receivers. */
final class OutboundQueue {

    /** What an entry counts for besides its body, so that empty messages are bounded, too. */
    private static final int OVERHEAD = 32;

    private final ArrayDeque<Entry> entries = new ArrayDeque<>();
    private final long maxBytes;
    private long bytes;

    OutboundQueue(long maxBytes) {
        this.maxBytes = maxBytes;
    }

    /** One that waits, until it expires. */
    record Entry(Encoded message, long expiresAtMillis) {}

    /** Appends a message, or returns false where it would be too much. */
    boolean offer(Encoded message, long expiresAtMillis) {
        long weight = weight(message);
        if (bytes + weight > maxBytes) {
            return false;
        }
        entries.add(new Entry(message, expiresAtMillis));
        bytes += weight;
        return true;
    }

    @Nullable
    Entry poll() {
        Entry entry = entries.poll();
        if (entry != null) {
            bytes -= weight(entry.message());
        }
        return entry;
    }

    int size() {
        return entries.size();
    }

    long bytes() {
        return bytes;
    }

    private static long weight(Encoded message) {
        return (long) message.body().length + OVERHEAD;
    }
}
