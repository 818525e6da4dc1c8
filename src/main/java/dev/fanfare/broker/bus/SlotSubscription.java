package dev.fanfare.broker.bus;

import dev.fanfare.broker.Subscriber;
import io.vertx.core.Future;
import java.util.Arrays;

/**
 * One slot that this node subscribes to, and the shards that subscribe here. Changed on the registry's thread; publishers
 * read the shards on any thread.
 */
final class SlotSubscription {

    private static final Subscriber[] NO_SUBSCRIBERS = {};

    private final int slot;
    private final Future<Void> known;
    private volatile Subscriber[] subscribers = NO_SUBSCRIBERS;
    private long unusedSince;

    SlotSubscription(int slot, Future<Void> known) {
        this.slot = slot;
        this.known = known;
    }

    int slot() {
        return slot;
    }

    /** Completes when every publisher in the cluster sends to this node. */
    Future<Void> known() {
        return known;
    }

    /** The shards that subscribe; must not be changed. Any thread. */
    Subscriber[] subscribers() {
        return subscribers;
    }

    void add(Subscriber subscriber) {
        Subscriber[] before = subscribers;
        if (!Arrays.asList(before).contains(subscriber)) {
            Subscriber[] after = Arrays.copyOf(before, before.length + 1);
            after[before.length] = subscriber;
            subscribers = after;
        }
    }

    void remove(Subscriber subscriber, long now) {
        subscribers =
                Arrays.stream(subscribers).filter(s -> !s.equals(subscriber)).toArray(Subscriber[]::new);
        unusedSince = now;
    }

    /** Whether no shard has subscribed for this long. */
    boolean unused(long now, long lingerMillis) {
        return subscribers.length == 0 && now - unusedSince >= lingerMillis;
    }
}
