package dev.fanfare.store.replica;

import dev.fanfare.store.replica.ReplicaMessage.WatchChanges;
import dev.fanfare.store.replica.ReplicaMessage.WatchedKeys;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;

/** The watches of this node: registers them at all members again and again, and tells each of them where something has changed. */
final class OpenWatches {

    private final BiConsumer<String, ReplicaMessage> sender;
    private final ReplicaWatch.WatchFetcher fetcher;
    private final Map<Long, ReplicaWatch> watches = new TreeMap<>();
    private List<String> members = List.of();
    private int partitions;
    private long lastId;
    private long registeredAt;

    OpenWatches(BiConsumer<String, ReplicaMessage> sender, ReplicaWatch.WatchFetcher fetcher) {
        this.sender = sender;
        this.fetcher = fetcher;
    }

    /** Opens a watch, which is to be {@link #register registered}. */
    ReplicaWatch open(String prefix, Runnable available) {
        lastId++;
        ReplicaWatch watch = new ReplicaWatch(lastId, prefix, fetcher, available);
        watches.put(watch.id(), watch);
        watch.begin(partitions);
        return watch;
    }

    void close(ReplicaWatch watch, long now) {
        watch.close();
        if (watches.remove(watch.id()) != null) {
            register(now);
        }
    }

    void configured(Configuration configuration, long now) {
        partitions = configuration.partitions().size();
        members = configuration.members();
        if (!watches.isEmpty()) {
            watches.values().forEach(watch -> watch.begin(partitions));
            register(now);
        }
    }

    void changed(String from, WatchChanges changes) {
        sender.accept(from, new ReplicaMessage.WatchChangesAck(changes.number()));
        for (ReplicaMessage.WatchChange change : changes.changes()) {
            ReplicaWatch watch = watches.get(change.watch());
            if (watch != null) {
                change.partitions().forEach(watch::changed);
                watch.pump();
            }
        }
    }

    void tick(long now) {
        if (watches.isEmpty()) {
            return;
        }
        boolean renews = now - registeredAt >= ReplicaTiming.WATCH_RENEWAL;
        if (renews) {
            register(now);
        }
        all().forEach(watch -> watch.retry(renews));
    }

    /** Sends all watches to all members. */
    void register(long now) {
        registeredAt = now;
        List<WatchedKeys> keys = new ArrayList<>();
        watches.values().forEach(watch -> keys.add(new WatchedKeys(watch.id(), watch.prefix())));
        ReplicaMessage message = new ReplicaMessage.WatchRegistration(keys);
        members.forEach(member -> sender.accept(member, message));
    }

    private Collection<ReplicaWatch> all() {
        return List.copyOf(watches.values());
    }
}
