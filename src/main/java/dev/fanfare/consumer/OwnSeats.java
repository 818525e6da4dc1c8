package dev.fanfare.consumer;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The seats of the connections of this node, by connection and by record. Bounded by its connections. Thread-safe. */
final class OwnSeats {

    private final Map<String, OwnSeat> byConnection = new ConcurrentHashMap<>();
    private final Map<ConsumerKey, List<OwnSeat>> byKey = new ConcurrentHashMap<>();

    /** Adds a seat, instead of the one that its connection may have had. */
    void add(OwnSeat seat) {
        OwnSeat former = byConnection.put(seat.connectionId(), seat);
        if (former != null) {
            forget(former);
        }
        byKey.compute(seat.key(), (key, seats) -> {
            List<OwnSeat> next = seats == null ? new ArrayList<>(1) : new ArrayList<>(seats);
            next.add(seat);
            return next;
        });
    }

    /** Removes the seat of a connection; null if it has none. */
    @Nullable
    OwnSeat remove(String connectionId) {
        OwnSeat seat = byConnection.remove(connectionId);
        if (seat != null) {
            forget(seat);
        }
        return seat;
    }

    /** Removes a seat; returns false if it was not there. */
    boolean remove(OwnSeat seat) {
        boolean removed = byConnection.remove(seat.connectionId(), seat);
        if (removed) {
            forget(seat);
        }
        return removed;
    }

    private void forget(OwnSeat seat) {
        byKey.computeIfPresent(seat.key(), (key, seats) -> {
            List<OwnSeat> next = new ArrayList<>(seats);
            next.remove(seat);
            return next.isEmpty() ? null : next;
        });
    }

    /** The seat of a connection; null if it has none. */
    @Nullable
    OwnSeat get(String connectionId) {
        return byConnection.get(connectionId);
    }

    /** Whether this very seat is there. */
    boolean has(OwnSeat seat) {
        return byConnection.get(seat.connectionId()) == seat;
    }

    boolean has(String connectionId) {
        return byConnection.containsKey(connectionId);
    }

    List<OwnSeat> of(ConsumerKey key) {
        return byKey.getOrDefault(key, List.of());
    }

    Collection<OwnSeat> all() {
        return byConnection.values();
    }

    int size() {
        return byConnection.size();
    }
}
