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
 * looked up when it is delivered. If more than a given number of them wait, it synchronises again instead; at least half of
 * what is taken while it does so is the content, so it ends however many changes there are. Not thread-safe:
 * used where the state is.
 */
public final class WatchFeed {

    /** Bytes of values that are taken at once, but for the last one: they are copies. */
    static final int MAX_BYTES = 1024 * 1024;

    private final String prefix;
    private final int maxPending;
    private final Set<String> pending = new LinkedHashSet<>();
    private FeedPhase phase = FeedPhase.BEGIN;
    private @Nullable String scanned;

    /** Changes were dropped during the scan: another one follows. */
    private boolean again;

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
        if (!key.startsWith(prefix) || again || phase == FeedPhase.BEGIN || !isScanned(key)) {
            return !isIdle();
        }
        pending.add(key);
        if (pending.size() > maxPending) {
            overflow();
        }
        return true;
    }

    /** A scan is completed first: with as many changes in each, none would ever be. */
    private void overflow() {
        if (phase == FeedPhase.SCAN) {
            again = true;
            pending.clear();
        } else {
            resync();
        }
    }

    /** Synchronises again, from the start: the state was replaced by another one, say. */
    public void resync() {
        phase = FeedPhase.BEGIN;
        scanned = null;
        again = false;
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
        if (phase == FeedPhase.FOLLOW) {
            takePending(state, now, max, MAX_BYTES, events);
        } else {
            long bytes = takePending(state, now, Math.max(1, max / 2), MAX_BYTES / 2, events);
            takeScanned(state, now, Math.max(1, max - events.size()), Math.max(1, MAX_BYTES - bytes), events);
        }
        return events;
    }

    /** Returns the bytes of the values. */
    private long takePending(StoreState state, long now, int max, long maxBytes, List<WatchEvent> events) {
        Iterator<String> keys = pending.iterator();
        long bytes = 0;
        while (keys.hasNext() && events.size() < max && bytes < maxBytes) {
            String key = keys.next();
            keys.remove();
            StoreEntry entry = state.get(key, now);
            events.add(entry == null ? new WatchEvent.Absent(key, state.version()) : new WatchEvent.Present(entry));
            bytes += entry == null ? 0 : entry.value().length;
        }
        return bytes;
    }

    private void takeScanned(StoreState state, long now, int max, long maxBytes, List<WatchEvent> events) {
        StoreState.EntryPage page = state.entries(prefix, scanned, max, maxBytes, now);
        List<StoreEntry> entries = page.entries();
        entries.forEach(entry -> events.add(new WatchEvent.Present(entry)));
        if (!page.more()) {
            phase = FeedPhase.FOLLOW;
            scanned = null;
            events.add(new WatchEvent.Synced());
            if (again) {
                resync();
            }
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
