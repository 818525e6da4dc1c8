package dev.fanfare.store.replica;

import dev.fanfare.store.StoreLimits;
import dev.fanfare.store.replica.ReplicaMessage.WatchChanges;
import dev.fanfare.store.replica.ReplicaMessage.WatchedKeys;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiConsumer;

/**
 * The watches of this node. A new one is sent to all members when it is opened, and all are registered again and again; members
 * tell each of them where something has changed. The queries of all watches share a bound, so that they leave room for others.
 */
final class OpenWatches implements ReplicaWatch.WatchFetcher {

    /** Queries of all watches in flight. */
    private static final int MAX_IN_FLIGHT = 64;

    /** Sends a query. */
    interface QuerySender {
        void send(int partition, byte[] query, Requests.Answer answer);
    }

    private final BiConsumer<String, ReplicaMessage> sender;
    private final QuerySender queries;
    private final Map<Long, ReplicaWatch> watches = new TreeMap<>();

    /** Watches that were not sent to members yet. */
    private final List<WatchedKeys> opened = new ArrayList<>();

    /** Watches that have something to ask for, and wait for their turn. */
    private final Set<ReplicaWatch> waiting = new LinkedHashSet<>();

    private List<String> members = List.of();
    private int partitions;
    private long lastId;
    private long registeredAt;
    private int inFlight;
    private boolean pumping;

    OpenWatches(BiConsumer<String, ReplicaMessage> sender, QuerySender queries) {
        this.sender = sender;
        this.queries = queries;
    }

    /** Opens a watch; {@link #flush} is to follow. */
    ReplicaWatch open(String prefix, Runnable available) {
        if (watches.size() >= StoreLimits.MAX_WATCHES) {
            throw new IllegalStateException("too many watches: " + watches.size());
        }
        lastId++;
        ReplicaWatch watch = new ReplicaWatch(lastId, prefix, this, available);
        watches.put(watch.id(), watch);
        opened.add(new WatchedKeys(watch.id(), prefix));
        watch.begin(partitions);
        return watch;
    }

    /** Others get to know it with the next registration: until then they send what is ignored. */
    void close(ReplicaWatch watch, long now) {
        watch.close();
        waiting.remove(watch);
        if (watches.remove(watch.id()) != null && watches.isEmpty()) {
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

    /** Sends the watches that were opened to all members. One that does not get them will with the next registration. */
    void flush() {
        if (!opened.isEmpty()) {
            sendToAll(new ReplicaMessage.WatchAdditions(List.copyOf(opened)));
            opened.clear();
        }
    }

    /** Sends all watches to all members. */
    private void register(long now) {
        registeredAt = now;
        opened.clear();
        List<WatchedKeys> keys = new ArrayList<>();
        watches.values().forEach(watch -> keys.add(new WatchedKeys(watch.id(), watch.prefix())));
        sendToAll(new ReplicaMessage.WatchRegistration(keys));
    }

    private void sendToAll(ReplicaMessage message) {
        members.forEach(member -> sender.accept(member, message));
    }

    @Override
    public boolean mayFetch(ReplicaWatch watch) {
        if (inFlight < MAX_IN_FLIGHT) {
            return true;
        }
        waiting.add(watch);
        return false;
    }

    @Override
    public void fetch(int partition, byte[] query, Requests.Answer answer) {
        inFlight++;
        queries.send(partition, query, (outcome, body) -> {
            inFlight--;
            pumpWaiting(); // before the one that is answered, whose turn comes behind the others
            answer.complete(outcome, body);
        });
    }

    private void pumpWaiting() {
        if (pumping) {
            return; // an answer came at once
        }
        pumping = true;
        while (inFlight < MAX_IN_FLIGHT && !waiting.isEmpty()) {
            Iterator<ReplicaWatch> first = waiting.iterator();
            ReplicaWatch watch = first.next();
            first.remove();
            watch.pump();
        }
        pumping = false;
    }

    private Collection<ReplicaWatch> all() {
        return List.copyOf(watches.values());
    }
}
