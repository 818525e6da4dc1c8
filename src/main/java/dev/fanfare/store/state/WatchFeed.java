package dev.fanfare.store.state;

import dev.fanfare.store.StoreEntry;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the listener of a watch on one {@link StoreState} gets next. It keeps keys that have changed, not their values: each is
 * looked up when it is delivered. If more than a given number of them wait, it synchronises again instead. Not thread-safe:
 * used where the state is.
 */
public final class WatchFeed {

    private final String prefix;
    private final int maxPending;
    private final Set<String> pending = new LinkedHashSet<>();
    private FeedPhase phase = FeedPhase.BEGIN;
    private @Nullable String scanned;

    private enum FeedPhase {
        BEGIN,
        SCAN,
        FOLLOW
    }

    /**
     * @param prefix of the keys
     * @param maxPending the most keys whose change may wait to be delivered
     */
    public WatchFeed(String prefix, int maxPending) {
        this.prefix = prefix;
        this.maxPending = maxPending;
    }

    /** Call with each key that changes ({@link StoreState#onChange}). Returns whether there is now something to deliver. */
    public boolean changed(String key) {
        if (!key.startsWith(prefix) || phase == FeedPhase.BEGIN || !isScanned(key)) {
            return !isIdle();
        }
        pending.add(key);
        if (pending.size() > maxPending) {
            resync();
        }
        return true;
    }

    /** Synchronises again, from the start: the state was replaced by another one, say. */
    public void resync() {
        phase = FeedPhase.BEGIN;
        scanned = null;
        pending.clear();
    }

    /** Whether there is nothing to deliver. */
    public boolean isIdle() {
        return phase == FeedPhase.FOLLOW && pending.isEmpty();
    }

    /** Takes the next events, some more than {@code max} at most. */
    public List<WatchEvent> take(StoreState state, long now, int max) {
        List<WatchEvent> events = new ArrayList<>();
        if (phase == FeedPhase.BEGIN) {
            phase = FeedPhase.SCAN;
            events.add(new WatchEvent.Syncing());
        }
        takePending(state, now, max, events);
        if (phase == FeedPhase.SCAN && events.size() < max) {
            takeScanned(state, now, max - events.size(), events);
        }
        return events;
    }

    private void takePending(StoreState state, long now, int max, List<WatchEvent> events) {
        Iterator<String> keys = pending.iterator();
        while (keys.hasNext() && events.size() < max) {
            String key = keys.next();
            keys.remove();
            StoreEntry entry = state.get(key, now);
            events.add(entry == null ? new WatchEvent.Absent(key, state.version()) : new WatchEvent.Present(entry));
        }
    }

    private void takeScanned(StoreState state, long now, int max, List<WatchEvent> events) {
        List<StoreEntry> entries = state.entries(prefix, scanned, max, now);
        entries.forEach(entry -> events.add(new WatchEvent.Present(entry)));
        if (entries.size() < max) {
            phase = FeedPhase.FOLLOW;
            scanned = null;
            events.add(new WatchEvent.Synced());
        } else {
            scanned = entries.get(entries.size() - 1).key();
        }
    }

    /** Whether the scan has passed a key: it would not find its change any more. */
    private boolean isScanned(String key) {
        return phase == FeedPhase.FOLLOW
                || (scanned != null
                        && Arrays.compareUnsigned(
                                        key.getBytes(StandardCharsets.UTF_8), scanned.getBytes(StandardCharsets.UTF_8))
                                <= 0);
    }
}
