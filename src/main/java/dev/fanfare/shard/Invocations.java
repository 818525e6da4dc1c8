package dev.fanfare.shard;

import dev.fanfare.event.RaisedEvent;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The invocations of one connection in flight, bounded in number and bytes. They are cancelled when the socket ends. Confined
 * to the shard's thread.
 */
final class Invocations {

    private static final int MAX_COUNT = 16;
    private static final long MAX_BYTES = 65_536;

    private final Map<String, Pending> pending = new HashMap<>(2);
    private long bytes;

    private record Pending(RaisedEvent event, int bytes) {}

    boolean has(String id) {
        return pending.containsKey(id);
    }

    /** Whether to start no more for now. */
    boolean full() {
        return pending.size() >= MAX_COUNT || bytes > MAX_BYTES;
    }

    /** @param size of the payload, in bytes */
    void add(String id, RaisedEvent event, int size) {
        pending.put(id, new Pending(event, size));
        bytes += size;
    }

    /** Removes an invocation that was answered; returns false if it is no longer in flight. */
    boolean answered(String id, RaisedEvent event) {
        Pending waiting = pending.get(id);
        return waiting != null && waiting.event.equals(event) && remove(id) != null;
    }

    void cancel(String id) {
        Pending cancelled = remove(id);
        if (cancelled != null) {
            cancelled.event.cancel().run();
        }
    }

    void cancelAll() {
        for (String id : pending.keySet().toArray(String[]::new)) {
            cancel(id);
        }
    }

    private @Nullable Pending remove(String id) {
        Pending removed = pending.remove(id);
        bytes -= removed == null ? 0 : removed.bytes;
        return removed;
    }
}
