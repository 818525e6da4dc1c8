package dev.fanfare.store.state;

import dev.fanfare.store.LogPosition;
import dev.fanfare.store.LogRecords;
import dev.fanfare.store.StoreEntry;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Keys and logs in memory. It changes by {@link #apply} only, and deterministically: states that began alike, or as a copy of
 * one another ({@link #snapshot}, {@link StateRestore}), and were given the same commands with the same times in the same
 * order are alike, results and versions included.
 *
 * <p>Time is in milliseconds from any origin. It may come from a clock that is set back: an earlier time than before counts
 * as the one before. Whoever orders the commands gives each its time, and every replica applies it with that one.
 *
 * <p>Nothing is ever refused here for lack of room: compare {@link #bytes} and {@link #growth} with a limit before a command
 * is ordered. Not thread-safe.
 */
public final class StoreState {

    /** The longest epoch, in ASCII characters. */
    public static final int MAX_EPOCH_LENGTH = 48;

    private static final StoreCommandVisitor<Long> MAX_GROWTH = new MaxGrowth();

    private final SortedPages<byte[]> entries = new SortedPages<>(PackedEntry.ITEMS);
    private final SortedPages<LogState> logs = new SortedPages<>(LogState.ITEMS);
    private final Applier applier = new Applier();
    private final String epoch;
    private long version;
    private long time;
    private long bytes;
    private Consumer<String> changes = key -> {};

    /**
     * An empty state.
     *
     * @param epoch begins the epoch of all logs, up to {@value #MAX_EPOCH_LENGTH} ASCII characters. It must be one that no
     *     state with the same logs has had before, as their numbers begin anew
     * @param version all versions are greater, 0 and up; where a former state with the same keys was lost, not smaller than
     *     its {@link #version}
     */
    public StoreState(String epoch, long version) {
        if (epoch.isEmpty() || epoch.length() > MAX_EPOCH_LENGTH || version < 0) {
            throw new IllegalArgumentException("epoch=" + epoch + " version=" + version);
        }
        this.epoch = epoch;
        this.version = version;
    }

    /** Registers the one consumer of the keys that each command writes or removes, called while it is applied. */
    public void onChange(Consumer<String> consumer) {
        changes = consumer;
    }

    /**
     * Applies a command.
     *
     * @param now the time that was given to it
     */
    public StoreResult apply(StoreCommand command, long now) {
        time = Math.max(time, now);
        return command.accept(applier);
    }

    /** The entry of a key; null if there is none, or if it has expired by then. */
    public @Nullable StoreEntry get(String key, long now) {
        byte[] entry = entries.get(Utf8.bytes(key));
        return entry == null || isExpired(entry, now) ? null : PackedEntry.toEntry(entry, now);
    }

    /**
     * Entries in the order of their keys (as UTF-8).
     *
     * @param prefix of their keys, may be empty
     * @param after only keys that are greater; null from the first one
     * @param max the most entries
     */
    public List<StoreEntry> entries(String prefix, @Nullable String after, int max, long now) {
        return entries(prefix, after, max, Long.MAX_VALUE, now).entries();
    }

    /** The same, until the entries have so many bytes, with what the table keeps with each. */
    EntryPage entries(String prefix, @Nullable String after, int max, long maxBytes, long now) {
        byte[] prefixBytes = Utf8.bytes(prefix);
        byte[] afterBytes = after == null ? null : Utf8.bytes(after);
        EntryCollector found = new EntryCollector(max, maxBytes);
        entries.scan(afterBytes == null ? prefixBytes : afterBytes, entry -> {
            if (!PackedEntry.hasPrefix(entry, prefixBytes)) {
                return false;
            }
            boolean isAfter = afterBytes == null || PackedEntry.ITEMS.compare(entry, afterBytes) > 0;
            if (isAfter && !isExpired(entry, now)) {
                found.add(entry, now);
            }
            return !found.isFull();
        });
        return new EntryPage(found.entries, found.isFull());
    }

    /** Records of a log that are not too old by then; see {@link dev.fanfare.store.Store#read}. */
    public LogRecords read(String log, long from, int maxRecords, int maxBytes, long now) {
        LogState state = logs.get(Utf8.bytes(log));
        long at = Math.max(time, now);
        if (state == null || state.hasEnded(at)) {
            return LogRecords.NONE;
        }
        long first = state.firstAt(at);
        return new LogRecords(
                epochOf(state), first, state.last(), state.read(Math.max(first, from), maxRecords, maxBytes));
    }

    /** Bytes in use, with what entries and logs cost besides their content. */
    public long bytes() {
        return bytes;
    }

    /** Bytes by which {@link #bytes} would grow at most if this command was applied now; 0 if it would not. */
    public long growth(StoreCommand command, long now) {
        return Math.max(0, command.accept(new Growth(Math.max(time, now))));
    }

    /** Bytes by which {@link #bytes} of any state would grow at most if this command was applied. */
    public static long maxGrowth(StoreCommand command) {
        return command.accept(MAX_GROWTH);
    }

    /** Bytes by which {@link #bytes} would grow at most if this was applied after another append to the same log. */
    public static long growthAfterAppend(StoreCommand.Append append) {
        return LogState.growth(append.record().length);
    }

    /** Keys that are there, with those that have expired and are not freed yet. */
    public int entryCount() {
        return entries.size();
    }

    /** Logs that are there, with those that have expired and are not freed yet. */
    public int logCount() {
        return logs.size();
    }

    /** The last version that was given. */
    public long version() {
        return version;
    }

    /** The latest time that was given, 0 at the start. */
    public long time() {
        return time;
    }

    /** What the epochs of logs begin with. */
    public String epoch() {
        return epoch;
    }

    /**
     * There is nothing to free before this time: no {@link StoreCommand.Expire} is needed. It may be earlier than necessary.
     * {@link Long#MAX_VALUE} if nothing expires.
     */
    public long nextExpiry() {
        return Math.min(entries.due(), logs.due());
    }

    /**
     * The content as it is now. This takes microseconds for each 10,000 entries; what is changed later is copied first, in
     * portions of some 64 entries. The snapshot may be read by another thread.
     */
    public StateSnapshot snapshot() {
        return new StateSnapshot(epoch, version, time, entries.freeze(), logs.freeze());
    }

    /** Adds what {@link StateSnapshot} wrote. */
    void restore(byte[] entry) {
        entries.put(entry);
        bytes += PackedEntry.cost(entry);
    }

    /** Adds what {@link StateSnapshot} wrote. */
    void restore(LogState log) {
        logs.put(log);
        bytes += log.cost();
    }

    void restoreTime(long restored) {
        time = restored;
    }

    private String epochOf(LogState log) {
        return epoch + '.' + Long.toString(log.created(), Character.MAX_RADIX);
    }

    /** Reads take what commands have found expired as expired, also at an earlier time. */
    private boolean isExpired(byte[] entry, long now) {
        return PackedEntry.expiresAt(entry) <= Math.max(time, now);
    }

    /** @param more whether the table may have more entries behind these */
    record EntryPage(List<StoreEntry> entries, boolean more) {}

    private static final class EntryCollector {

        private final int max;
        private final long maxBytes;
        private final List<StoreEntry> entries = new ArrayList<>();
        private long bytes;

        EntryCollector(int max, long maxBytes) {
            this.max = max;
            this.maxBytes = maxBytes;
        }

        void add(byte[] entry, long now) {
            entries.add(PackedEntry.toEntry(entry, now));
            bytes += entry.length;
        }

        boolean isFull() {
            return entries.size() >= max || bytes >= maxBytes;
        }
    }

    private final class Applier implements StoreCommandVisitor<StoreResult> {

        @Override
        public StoreResult on(StoreCommand.Put put) {
            byte[] key = Utf8.bytes(put.key());
            byte[] former = entries.get(key);
            long current = versionOf(former);
            if (!put.condition().holds(current)) {
                return new StoreResult.Mismatch(current);
            }
            long expiresAt = put.timeToLiveMillis() == 0 ? PackedEntry.NEVER : time + put.timeToLiveMillis();
            version++;
            byte[] entry = PackedEntry.of(key, put.value(), version, expiresAt);
            entries.put(entry);
            bytes += PackedEntry.cost(entry) - (former == null ? 0 : PackedEntry.cost(former));
            changes.accept(put.key());
            return new StoreResult.Stored(version);
        }

        @Override
        public StoreResult on(StoreCommand.Remove remove) {
            byte[] entry = entries.get(Utf8.bytes(remove.key()));
            long current = versionOf(entry);
            if (!remove.condition().holds(current)) {
                return new StoreResult.Mismatch(current);
            }
            if (entry != null) {
                removeEntry(entry);
            }
            return new StoreResult.Removed(current != 0);
        }

        @Override
        public StoreResult on(StoreCommand.Append append) {
            byte[] name = Utf8.bytes(append.log());
            LogState log = logs.get(name);
            if (log == null || log.hasEnded(time)) {
                bytes -= log == null ? 0 : log.cost();
                version++;
                log = new LogState(name, version, 1, logs.generation());
            } else {
                bytes -= log.cost();
                log = own(log);
            }
            log.limit(append.limits());
            log.append(append.record(), time);
            logs.put(log);
            bytes += log.cost();
            return new StoreResult.Appended(new LogPosition(epochOf(log), log.last()));
        }

        @Override
        public StoreResult on(StoreCommand.RemoveLog removeLog) {
            LogState log = logs.get(Utf8.bytes(removeLog.log()));
            if (log == null) {
                return new StoreResult.Removed(false);
            }
            boolean wasThere = !log.hasEnded(time);
            remove(log);
            return new StoreResult.Removed(wasThere);
        }

        @Override
        public StoreResult on(StoreCommand.Expire expire) {
            List<byte[]> keys = entries.takeDue(time, expire.max());
            keys.forEach(this::removeEntry);
            int left = expire.max() - keys.size();
            List<LogState> due = left == 0 ? List.of() : logs.takeDue(time, left);
            due.forEach(this::expire);
            return new StoreResult.Expired(keys.size(), keys.size() + due.size() == expire.max());
        }

        private void expire(LogState log) {
            if (log.hasEnded(time)) {
                remove(log);
                return;
            }
            bytes -= log.cost();
            LogState own = own(log);
            own.trim(time);
            logs.put(own);
            bytes += own.cost();
        }

        private void removeEntry(byte[] entry) {
            version++;
            byte[] key = PackedEntry.key(entry);
            entries.remove(key);
            bytes -= PackedEntry.cost(entry);
            changes.accept(Utf8.text(key));
        }

        private void remove(LogState log) {
            logs.remove(log.name());
            bytes -= log.cost();
        }

        private LogState own(LogState log) {
            return log.generation() == logs.generation() ? log : log.copy(logs.generation());
        }

        private long versionOf(byte @Nullable [] entry) {
            return entry == null || isExpired(entry, time) ? 0 : PackedEntry.version(entry);
        }
    }

    private final class Growth implements StoreCommandVisitor<Long> {

        private final long now;

        Growth(long now) {
            this.now = now;
        }

        @Override
        public Long on(StoreCommand.Put put) {
            byte[] key = Utf8.bytes(put.key());
            byte[] former = entries.get(key);
            return PackedEntry.cost(key.length, put.value().length) - (former == null ? 0 : PackedEntry.cost(former));
        }

        @Override
        public Long on(StoreCommand.Remove remove) {
            return 0L;
        }

        @Override
        public Long on(StoreCommand.Append append) {
            byte[] name = Utf8.bytes(append.log());
            LogState log = logs.get(name);
            return log == null
                    ? LogState.cost(name.length, append.record().length)
                    : log.growth(append.record().length, append.limits(), now);
        }

        @Override
        public Long on(StoreCommand.RemoveLog removeLog) {
            return 0L;
        }

        @Override
        public Long on(StoreCommand.Expire expire) {
            return 0L;
        }
    }

    private static final class MaxGrowth implements StoreCommandVisitor<Long> {

        @Override
        public Long on(StoreCommand.Put put) {
            return PackedEntry.cost(Utf8.bytes(put.key()).length, put.value().length);
        }

        @Override
        public Long on(StoreCommand.Remove remove) {
            return 0L;
        }

        @Override
        public Long on(StoreCommand.Append append) {
            return LogState.cost(Utf8.bytes(append.log()).length, append.record().length);
        }

        @Override
        public Long on(StoreCommand.RemoveLog removeLog) {
            return 0L;
        }

        @Override
        public Long on(StoreCommand.Expire expire) {
            return 0L;
        }
    }
}
