package dev.fanfare.consumer;

import dev.fanfare.core.Fingerprint;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A connection that needs a seat, and the rules for it. Immutable, without I/O and clock.
 *
 * @param hub in lower case
 * @param id of the client or the user
 * @param token of a registered client; null for a user
 * @param limit how many connections it may have, 1 and up
 * @param replace whether its oldest connections make room
 * @param kept how long the record is kept after the last connection
 */
record SeatRequest(
        String hub,
        String id,
        @Nullable Fingerprint token,
        String connectionId,
        int limit,
        boolean replace,
        Duration kept) {

    /** What comes of a request: either a record to write, or a reason. */
    sealed interface SeatDecision {

        /** @param evicted the seats of connections that must end */
        record Granted(ConsumerRecord next, List<Seat> evicted) implements SeatDecision {}

        /** @param occupied the seats in the way; empty for other reasons */
        record Denied(SeatRefusal refusal, List<Seat> occupied) implements SeatDecision {}
    }

    /** The same of a connection that is open already: newer ones need not make room for it. */
    SeatRequest withoutReplacing() {
        return new SeatRequest(hub, id, token, connectionId, limit, false, kept);
    }

    ConsumerKey key() {
        return ConsumerKey.of(hub, id);
    }

    /**
     * Decides about the request.
     *
     * @param current the record; null if there is none
     * @param self the node that asks
     * @param isGone whether a node is no member of the cluster any more
     * @param leaving connections that may make room, whatever the rules
     */
    SeatDecision decide(
            @Nullable ConsumerRecord current,
            String self,
            Predicate<String> isGone,
            Set<String> leaving,
            long nowMillis) {
        SeatRefusal unknown = unknown(current);
        if (unknown != null) {
            return new SeatDecision.Denied(unknown, List.of());
        }
        ConsumerRecord known = current == null ? new ConsumerRecord(hub, id, null, nowMillis, List.of()) : current;
        ConsumerRecord present = known.withoutAll(seat -> isGone.test(seat.nodeId()));
        List<Seat> others = present.without(connectionId, nowMillis).seats();
        List<Seat> evicted = new ArrayList<>();
        for (Seat seat : others) {
            if (others.size() - evicted.size() >= limit && (replace || leaving.contains(seat.connectionId()))) {
                evicted.add(seat);
            }
        }
        if (others.size() - evicted.size() >= limit) {
            return new SeatDecision.Denied(SeatRefusal.OCCUPIED, others);
        }
        Set<Seat> ending = new HashSet<>(evicted);
        return new SeatDecision.Granted(
                present.withoutAll(ending::contains).with(new Seat(self, connectionId, nowMillis), nowMillis), evicted);
    }

    /** Whether the client has registered, with its token. */
    boolean isRegistered(@Nullable ConsumerRecord current) {
        return unknown(current) == null;
    }

    private @Nullable SeatRefusal unknown(@Nullable ConsumerRecord current) {
        if (token == null) {
            return null;
        }
        if (current == null || current.registration() == null || !current.id().equals(id)) {
            return SeatRefusal.NOT_REGISTERED;
        }
        return token.equals(current.registration().token()) ? null : SeatRefusal.OTHER_TOKEN;
    }
}
