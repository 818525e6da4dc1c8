package dev.fanfare.store.replica;

import dev.fanfare.store.replica.ReplicaMessage.WatchChange;
import dev.fanfare.store.replica.ReplicaMessage.WatchedKeys;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * The watches of all nodes, at a primary. It tells nodes in which partitions something has changed, not what: one message per
 * node is in flight, so frequent changes are told together, and it is sent again until it is acknowledged. A registration
 * ends unless it is renewed; in a new one, everything may have changed.
 */
final class WatchRegistry {

    private final BiConsumer<String, ReplicaMessage> sender;
    private final Supplier<BitSet> primaries;
    private final Map<String, WatchingNode> nodes = new TreeMap<>();
    private long lastNumber;

    /** Whether there is something that is not sent. */
    private boolean fresh;

    private static final class RegisteredWatch {
        private final String prefix;
        private final BitSet changed;
        private final BitSet sent = new BitSet();

        RegisteredWatch(String prefix, BitSet changed) {
            this.prefix = prefix;
            this.changed = changed;
        }
    }

    private static final class WatchingNode {
        private final Map<Long, RegisteredWatch> watches = new TreeMap<>();
        private long renewedAt;

        /** The number of the message in flight; 0 for none. */
        private long number;

        private long sentAt;

        WatchingNode(long renewedAt) {
            this.renewedAt = renewedAt;
        }
    }

    /** @param primaries the partitions whose primary this node is */
    WatchRegistry(BiConsumer<String, ReplicaMessage> sender, Supplier<BitSet> primaries) {
        this.sender = sender;
        this.primaries = primaries;
    }

    /** A member has sent all of its watches. */
    void registered(String member, List<WatchedKeys> watches, long now) {
        if (watches.isEmpty()) {
            nodes.remove(member);
            return;
        }
        WatchingNode node = nodes.computeIfAbsent(member, key -> new WatchingNode(now));
        node.renewedAt = now;
        node.watches.keySet().retainAll(watches.stream().map(WatchedKeys::watch).collect(Collectors.toSet()));
        watches.forEach(watch -> add(node, watch));
    }

    /** A member has opened further watches. */
    void added(String member, List<WatchedKeys> watches, long now) {
        WatchingNode node = nodes.computeIfAbsent(member, key -> new WatchingNode(now));
        watches.forEach(watch -> add(node, watch));
    }

    private void add(WatchingNode node, WatchedKeys watch) {
        node.watches.computeIfAbsent(watch.watch(), id -> {
            fresh = true;
            return new RegisteredWatch(watch.prefix(), primaries.get());
        });
    }

    /** A key has changed in a partition whose primary this node is. */
    void changed(int partition, String key) {
        for (WatchingNode node : nodes.values()) {
            for (RegisteredWatch watch : node.watches.values()) {
                if (key.startsWith(watch.prefix)) {
                    watch.changed.set(partition);
                    fresh = true;
                }
            }
        }
    }

    /** This node is the primary of a partition from now on: what the one before has not told any more is not known. */
    void begun(int partition) {
        for (WatchingNode node : nodes.values()) {
            node.watches.values().forEach(watch -> watch.changed.set(partition));
            fresh = true;
        }
    }

    void acknowledged(String member, long number) {
        WatchingNode node = nodes.get(member);
        if (node != null && node.number == number) {
            node.number = 0;
            node.watches.values().forEach(watch -> watch.sent.clear());
            fresh = true;
        }
    }

    /** Sends what is new to all nodes that have acknowledged what they were sent before. Returns whether anything was sent. */
    boolean flush(long now) {
        if (!fresh) {
            return false;
        }
        fresh = false;
        boolean any = false;
        for (Map.Entry<String, WatchingNode> each : nodes.entrySet()) {
            any |= each.getValue().number == 0 && send(each.getKey(), each.getValue(), now);
        }
        return any;
    }

    void tick(long now) {
        nodes.values().removeIf(node -> now - node.renewedAt >= ReplicaTiming.WATCH_END);
        nodes.forEach((member, node) -> {
            if (node.number != 0 && now - node.sentAt >= ReplicaTiming.RESEND) {
                node.watches.values().forEach(watch -> watch.changed.or(watch.sent));
                send(member, node, now);
            }
        });
    }

    private boolean send(String member, WatchingNode node, long now) {
        List<WatchChange> changes = new ArrayList<>();
        node.watches.forEach((id, watch) -> {
            if (!watch.changed.isEmpty()) {
                changes.add(new WatchChange(id, watch.changed.stream().boxed().toList()));
                watch.sent.or(watch.changed);
                watch.changed.clear();
            }
        });
        if (changes.isEmpty()) {
            return false;
        }
        lastNumber++;
        node.number = lastNumber;
        node.sentAt = now;
        sender.accept(member, new ReplicaMessage.WatchChanges(lastNumber, changes));
        return true;
    }
}
