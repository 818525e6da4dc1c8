package dev.fanfare.store.state;

import dev.fanfare.store.StoreEntry;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The keys of a {@link StoreState} that were written or removed last, each once, with the version of the state at that time: so a
 * watcher that knows the state as of one of these versions gets what has changed since. Replicas give the same versions, so a
 * watcher may go on at another one. Bounded; a watcher that knows an older version has to scan again. Not thread-safe.
 */
public final class RecentChanges {

    /** The most keys. */
    static final int MAX_KEYS = 256;

    /** The most characters of all keys together. */
    static final int MAX_CHARACTERS = 32 * 1024;

    /** The most entries of a page. */
    private static final int MAX_EVENTS = 256;

    /** A page ends behind the entry with which it has so many bytes. */
    private static final int MAX_PAGE_BYTES = 64 * 1024;

    private final StoreState state;
    private final Map<String, Long> versions = new LinkedHashMap<>();

    /** All changes after this version are known. */
    private long floor;

    private int characters;

    /** Begins with the state as it is. */
    public RecentChanges(StoreState state) {
        this.state = state;
        this.floor = state.version();
    }

    /** A key has changed; call it while the command is applied ({@link StoreState#onChange}). */
    public void changed(String key) {
        if (versions.remove(key) == null) {
            characters += key.length();
        }
        versions.put(key, state.version());
        while (versions.size() > MAX_KEYS || characters > MAX_CHARACTERS) {
            Map.Entry<String, Long> eldest = versions.entrySet().iterator().next();
            floor = eldest.getValue();
            characters -= eldest.getKey().length();
            versions.remove(eldest.getKey());
        }
    }

    /** Entries in the order of their keys, and the version as of which they are what is there. */
    public WatchPage scan(StoreQuery.ScanKeys scan, long now) {
        StoreState.EntryPage page = state.entries(scan.prefix(), scan.after(), MAX_EVENTS, MAX_PAGE_BYTES, now);
        List<WatchEvent> events = new ArrayList<>(page.entries().size());
        page.entries().forEach(entry -> events.add(new WatchEvent.Present(entry)));
        return new WatchPage(state.epoch(), state.version(), true, page.more(), events);
    }

    /** The latest states of the keys that have changed after a version. */
    public WatchPage changes(StoreQuery.ReadChanges read, long now) {
        if (!read.epoch().equals(state.epoch()) || read.version() < floor) {
            return new WatchPage(state.epoch(), state.version(), false, false, List.of());
        }
        List<WatchEvent> events = new ArrayList<>();
        long bytes = 0;
        for (Map.Entry<String, Long> change : versions.entrySet()) {
            String key = change.getKey();
            if (change.getValue() <= read.version() || !key.startsWith(read.prefix())) {
                continue;
            }
            StoreEntry entry = state.get(key, now);
            events.add(entry == null ? new WatchEvent.Absent(key, state.version()) : new WatchEvent.Present(entry));
            bytes += key.length() + (entry == null ? 0 : entry.value().length);
            if (bytes >= MAX_PAGE_BYTES) {
                return new WatchPage(state.epoch(), change.getValue(), true, true, events);
            }
        }
        return new WatchPage(state.epoch(), state.version(), true, false, events);
    }
}
