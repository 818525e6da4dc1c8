package dev.fanfare.broker.bus;

import dev.fanfare.broker.Subscriber;
import io.vertx.core.Future;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;

/** One address this node listens to, and who here is interested. Owned by the registry's thread but for the count. */
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

    /** Completes when publishers everywhere reach us. */
    Future<Void> known() {
        return known;
    }

    /**
     * Counts bytes that are about to be published here to this address, until they are received back. False, and nothing
     * is counted, if nobody listens any more. Thread-safe.
     */
    boolean count(long bytes) {
        return inFlight.getAndUpdate(before -> before == RETIRED ? RETIRED : before + bytes) != RETIRED;
    }

    /** Bytes that were counted have been received back. False if {@link #retire} dealt with them. Thread-safe. */
    boolean uncount(long bytes) {
        return inFlight.getAndUpdate(before -> before == RETIRED ? RETIRED : before - bytes) != RETIRED;
    }

    /** Nobody listens any more. Returns the bytes that were counted and will not come back. Thread-safe. */
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

    /** Whether nobody was interested for so long. */
    boolean unused(long now, long lingerMillis) {
        return subscribers.length == 0 && now - unusedSince >= lingerMillis;
    }
}
