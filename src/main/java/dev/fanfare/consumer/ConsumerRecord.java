package dev.fanfare.consumer;

import dev.fanfare.core.Fingerprint;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What the store has about a registered client of a hub, or about a user whose connections are limited. Immutable.
 *
 * @param hub in lower case
 * @param id of the client or the user
 * @param registration null for a user
 * @param lastSeenMillis when it registered, connected or disconnected last, or was found to be connected; epoch milliseconds
 * @param seats its connections, the oldest first
 */
public record ConsumerRecord(
        String hub, String id, @Nullable Registration registration, long lastSeenMillis, List<Seat> seats) {

    /**
     * The token that a client has got for its secret.
     *
     * @param token stands for the id of the token
     * @param registeredAtMillis epoch milliseconds
     * @param expiresAtMillis when the token expires, epoch milliseconds
     */
    public record Registration(Fingerprint token, long registeredAtMillis, long expiresAtMillis) {}

    /** Copies the list. */
    public ConsumerRecord {
        seats = List.copyOf(seats);
    }

    /** The seat of a connection; null if it has none. */
    @Nullable
    Seat seat(String connectionId) {
        for (Seat seat : seats) {
            if (seat.connectionId().equals(connectionId)) {
                return seat;
            }
        }
        return null;
    }

    /** The same with a seat, instead of the one that its connection may have had. */
    ConsumerRecord with(Seat seat, long nowMillis) {
        List<Seat> next = new ArrayList<>(others(seat.connectionId()));
        next.add(seat);
        return new ConsumerRecord(hub, id, registration, nowMillis, next);
    }

    /** The same without the seat of a connection. */
    ConsumerRecord without(String connectionId, long nowMillis) {
        return new ConsumerRecord(hub, id, registration, nowMillis, others(connectionId));
    }

    /** The same with the seats that a condition does not hold for. */
    ConsumerRecord withoutAll(Predicate<Seat> condition) {
        return new ConsumerRecord(
                hub,
                id,
                registration,
                lastSeenMillis,
                seats.stream().filter(condition.negate()).toList());
    }

    /** The same at a later time. */
    ConsumerRecord seen(long nowMillis) {
        return new ConsumerRecord(hub, id, registration, nowMillis, seats);
    }

    /** Whether nothing is left that is worth keeping. */
    boolean isEmpty() {
        return registration == null && seats.isEmpty();
    }

    private List<Seat> others(String connectionId) {
        return seats.stream()
                .filter(seat -> !seat.connectionId().equals(connectionId))
                .toList();
    }
}
