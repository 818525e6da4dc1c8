package dev.fanfare.shard;

import dev.fanfare.event.RaisedEvent;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The invocations of one connection that have no answer yet. They die with the socket: their answers belong to it. Belongs
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

    /** Whether no more are to be read for now. */
    boolean full() {
        return pending.size() >= MAX_COUNT || bytes > MAX_BYTES;
    }

    /** @param size of what it carries, in bytes */
    void add(String id, RaisedEvent event, int size) {
        pending.put(id, new Pending(event, size));
        bytes += size;
    }

    /** Whether this invocation still waits for its answer; if so, it does no more. */
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
