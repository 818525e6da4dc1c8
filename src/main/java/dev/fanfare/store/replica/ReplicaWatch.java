package dev.fanfare.store.replica;

import dev.fanfare.core.codec.WireException;
import dev.fanfare.store.state.QueryCodec;
import dev.fanfare.store.state.StoreQuery;
import dev.fanfare.store.state.WatchEvent;
import dev.fanfare.store.state.WatchPage;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A watch of this node on all partitions. It asks the primary of each for the entries, then for the changes after the version
 * as of which it got them, whenever the primary says that there are some. It asks for no more while events wait to be
 * taken; what it misses meanwhile is bounded by what {@link dev.fanfare.store.state.RecentChanges} keeps, and if that is not
 * enough, it scans all partitions again. At most one query per partition is in flight, so states never go back.
 * Not thread-safe, no clock.
 */
public final class ReplicaWatch {

    /** Queries in flight. */
    private static final int MAX_IN_FLIGHT = 16;

    /** Nothing is asked for while so many events, or so many bytes of entries, wait. */
    private static final int MAX_EVENTS = 512;

    private static final int MAX_BYTES = 1024 * 1024;

    /** Where queries go. */
    interface WatchFetcher {
        /** Whether a watch may send a query now; if not, it is pumped when it may. */
        boolean mayFetch(ReplicaWatch watch);

        void fetch(int partition, byte[] query, Requests.Answer answer);
    }

    private final long id;
    private final String prefix;
    private final WatchFetcher fetcher;
    private final Runnable available;
    private final Deque<WatchEvent> events = new ArrayDeque<>();
    private final List<WatchedPartition> partitions = new ArrayList<>();

    /** Partitions that are to be asked next. */
    private final BitSet ready = new BitSet();

    /** Partitions that did not answer. */
    private final BitSet failed = new BitSet();

    private long bytes;
    private int unscanned;
    private int inFlight;
    private int next;
    private long round;

    /** Changes are unknown: another scan follows this one. */
    private boolean again;

    private boolean closed;

    private enum WatchPhase {
        SCAN,
        FOLLOW,
        /** Waits for the next scan. */
        STALE
    }

    private static final class WatchedPartition {
        private final int number;
        private WatchPhase phase = WatchPhase.SCAN;

        /** The primary may know something new. */
        private boolean due;

        private boolean inFlight;
        private @Nullable String scanned;
        private String epoch = "";
        private long version;

        WatchedPartition(int number) {
            this.number = number;
        }
    }

    /** @param available called when events can be taken, and none could before */
    ReplicaWatch(long id, String prefix, WatchFetcher fetcher, Runnable available) {
        this.id = id;
        this.prefix = prefix;
        this.fetcher = fetcher;
        this.available = available;
        events.add(new WatchEvent.Syncing());
    }

    long id() {
        return id;
    }

    String prefix() {
        return prefix;
    }

    /** The number of partitions is known. Each is scanned when its primary has registered the watch. */
    void begin(int count) {
        if (partitions.isEmpty()) {
            for (int i = 0; i < count; i++) {
                partitions.add(new WatchedPartition(i));
            }
            unscanned = count;
        }
    }

    void close() {
        closed = true;
        events.clear();
    }

    /** The primary of a partition may know something new. */
    void changed(int partition) {
        if (partition < partitions.size()) {
            due(partitions.get(partition));
        }
    }

    private void due(WatchedPartition partition) {
        partition.due = true;
        if (!partition.inFlight && partition.phase != WatchPhase.STALE && !failed.get(partition.number)) {
            ready.set(partition.number);
        }
    }

    /** Asks again where there was no answer; and asks primaries that have not registered the watch. */
    void retry(boolean unasked) {
        BitSet unanswered = (BitSet) failed.clone();
        failed.clear();
        unanswered.stream().forEach(number -> due(partitions.get(number)));
        if (unasked && unscanned > 0) {
            partitions.stream()
                    .filter(partition -> partition.phase == WatchPhase.SCAN)
                    .forEach(this::due);
        }
        pump();
    }

    /** Takes the next events. More can be taken at once if there are {@code max} of them. */
    List<WatchEvent> take(int max) {
        List<WatchEvent> taken = new ArrayList<>();
        while (taken.size() < max && !events.isEmpty()) {
            WatchEvent event = events.remove();
            bytes -= bytes(event);
            taken.add(event);
        }
        return taken;
    }

    /** Asks for what is due, within bounds. */
    void pump() {
        while (!closed && inFlight < MAX_IN_FLIGHT && hasRoom() && !ready.isEmpty() && fetcher.mayFetch(this)) {
            int found = ready.nextSetBit(next);
            int number = found < 0 ? ready.nextSetBit(0) : found;
            next = number + 1;
            fetch(partitions.get(number));
        }
    }

    private boolean hasRoom() {
        return events.size() < MAX_EVENTS && bytes < MAX_BYTES;
    }

    private static long bytes(WatchEvent event) {
        return event instanceof WatchEvent.Present present ? present.entry().value().length : 0;
    }

    private void fetch(WatchedPartition partition) {
        StoreQuery query = partition.phase == WatchPhase.SCAN
                ? new StoreQuery.ScanKeys(prefix, partition.scanned)
                : new StoreQuery.ReadChanges(prefix, partition.epoch, partition.version);
        long asked = round;
        ready.clear(partition.number);
        partition.due = false;
        partition.inFlight = true;
        inFlight++;
        fetcher.fetch(partition.number, QueryCodec.encode(query), (outcome, body) -> {
            partition.inFlight = false;
            inFlight--;
            if (closed) {
                return;
            }
            WatchPage page = outcome == Requests.Outcome.DONE ? page(body) : null;
            if (page == null) {
                partition.due = true;
                failed.set(partition.number);
            } else if (asked == round) {
                answered(partition, page);
            }
            if (partition.due) {
                due(partition);
            }
            pump();
        });
    }

    /** Null if it cannot be read. */
    private static @Nullable WatchPage page(byte[] body) {
        try {
            return QueryCodec.decodePage(body);
        } catch (WireException e) {
            return null;
        }
    }

    private void answered(WatchedPartition partition, WatchPage page) {
        boolean idle = events.isEmpty();
        boolean lost = !page.known() || (!partition.epoch.isEmpty() && !partition.epoch.equals(page.epoch()));
        for (WatchEvent event : page.events()) {
            events.add(event);
            bytes += bytes(event);
        }
        if (partition.phase == WatchPhase.SCAN) {
            scanned(partition, page, lost);
        } else if (lost) {
            lost(partition);
        } else {
            partition.version = page.version();
            partition.due |= page.more();
        }
        if (idle && !events.isEmpty()) {
            available.run();
        }
    }

    private void scanned(WatchedPartition partition, WatchPage page, boolean lost) {
        if (partition.scanned == null) {
            partition.epoch = page.epoch();
            partition.version = page.version();
        }
        if (page.more() && !lost && !page.events().isEmpty()) {
            WatchEvent last = page.events().get(page.events().size() - 1);
            partition.scanned = ((WatchEvent.Present) last).entry().key();
            partition.due = true;
            return;
        }
        // What has changed behind a scan of several pages.
        partition.due |= partition.scanned != null;
        partition.phase = lost ? WatchPhase.STALE : WatchPhase.FOLLOW;
        again |= lost;
        unscanned--;
        if (unscanned == 0) {
            events.add(new WatchEvent.Synced());
            if (again) {
                scanAgain();
            }
        }
    }

    /** A scan is completed first: with as many changes in each, none would ever be. */
    private void lost(WatchedPartition partition) {
        partition.phase = WatchPhase.STALE;
        ready.clear(partition.number);
        if (unscanned > 0) {
            again = true;
        } else {
            scanAgain();
        }
    }

    private void scanAgain() {
        again = false;
        round++;
        unscanned = partitions.size();
        for (WatchedPartition partition : partitions) {
            partition.phase = WatchPhase.SCAN;
            partition.scanned = null;
            partition.epoch = "";
            due(partition);
        }
        events.add(new WatchEvent.Syncing());
    }
}
