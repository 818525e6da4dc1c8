package dev.fanfare.broker.bus;

import dev.fanfare.broker.Subscriber;
import io.vertx.core.Future;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;

/**
 * One slot that this node subscribes to, and the shards that subscribe here. Confined to the registry's thread, except
 * the count of bytes in flight.
 */
final class SlotSubscription {

    private static final Subscriber[] NO_SUBSCRIBERS = {};
    private static final long RETIRED = -1;

    private final Future<Void> known;
    private final AtomicLong inFlight = new AtomicLong();
    private Subscriber[] subscribers = NO_SUBSCRIBERS;
    private long unusedSince;

    SlotSubscription(Future<Void> known) {
        this.known = known;
    }

    /** Completes when every publisher in the cluster sends to this node. */
    Future<Void> known() {
        return known;
    }

    /**
     * Counts bytes that are about to be published to this slot inside the node, until they arrive. Returns false,
     * and counts nothing, if the slot is retired. Thread-safe.
     */
    boolean count(long bytes) {
        return inFlight.getAndUpdate(before -> before == RETIRED ? RETIRED : before + bytes) != RETIRED;
    }

    /** Bytes that were counted have arrived. Returns false if {@link #retire} released them. Thread-safe. */
    boolean uncount(long bytes) {
        return inFlight.getAndUpdate(before -> before == RETIRED ? RETIRED : before - bytes) != RETIRED;
    }

    /** Retires the slot. Returns the bytes that were counted and have not arrived. Thread-safe. */
    long retire() {
        return Math.max(0, inFlight.getAndSet(RETIRED));
    }

    Subscriber[] subscribers() {
        return subscribers;
    }

    void add(Subscriber subscriber) {
        if (!Arrays.asList(subscribers).contains(subscriber)) {
            subscribers = Arrays.copyOf(subscribers, subscribers.length + 1);
            subscribers[subscribers.length - 1] = subscriber;
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
