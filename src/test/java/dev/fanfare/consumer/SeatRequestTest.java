package dev.fanfare.consumer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.fanfare.consumer.SeatRequest.SeatDecision;
import dev.fanfare.core.Fingerprint;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SeatRequestTest {

    private static final Fingerprint TOKEN = new Fingerprint(1, 2);
    private static final String SELF = "nodeA";

    private static SeatRequest client(String connectionId, Fingerprint token, boolean replace) {
        return new SeatRequest("hub", "client", token, connectionId, 1, replace, Duration.ofDays(30));
    }

    private static SeatRequest user(String connectionId, int limit) {
        return new SeatRequest("hub", "user", null, connectionId, limit, false, Duration.ofDays(1));
    }

    private static ConsumerRecord registered(Seat... seats) {
        return new ConsumerRecord("hub", "client", new ConsumerRecord.Registration(TOKEN, 0, 100), 0, List.of(seats));
    }

    private static Seat seat(String node, String connectionId) {
        return new Seat(node, connectionId, 0);
    }

    private static SeatDecision decide(SeatRequest request, @Nullable ConsumerRecord current, String... leaving) {
        return request.decide(current, SELF, "gone"::equals, Set.of(leaving), 7);
    }

    private static SeatRefusal refusal(SeatDecision decision) {
        return assertInstanceOf(SeatDecision.Denied.class, decision).refusal();
    }

    private static SeatDecision.Granted granted(SeatDecision decision) {
        return assertInstanceOf(SeatDecision.Granted.class, decision);
    }

    @Test
    void onlyTheTokenOfTheRegistrationIsAccepted() {
        assertEquals(SeatRefusal.NOT_REGISTERED, refusal(decide(client("c", TOKEN, false), null)));
        assertEquals(SeatRefusal.OTHER_TOKEN, refusal(decide(client("c", new Fingerprint(9, 9), false), registered())));
        assertEquals(
                List.of(new Seat(SELF, "c", 7)),
                granted(decide(client("c", TOKEN, false), registered())).next().seats());
    }

    @Test
    void theRecordOfAnotherIdIsNone() {
        ConsumerRecord other =
                new ConsumerRecord("hub", "other", new ConsumerRecord.Registration(TOKEN, 0, 100), 0, List.of());
        assertEquals(SeatRefusal.NOT_REGISTERED, refusal(decide(client("c", TOKEN, false), other)));
    }

    @Test
    void aSecondConnectionIsRefusedOrReplacesTheFirst() {
        ConsumerRecord taken = registered(seat("nodeB", "first"));
        assertEquals(SeatRefusal.OCCUPIED, refusal(decide(client("c", TOKEN, false), taken)));
        SeatDecision.Granted replacing = granted(decide(client("c", TOKEN, true), taken));
        assertEquals(List.of(seat("nodeB", "first")), replacing.evicted());
        assertEquals(List.of(new Seat(SELF, "c", 7)), replacing.next().seats());
    }

    @Test
    void seatsOfNodesThatAreGoneAreFree() {
        SeatDecision.Granted granted = granted(decide(client("c", TOKEN, false), registered(seat("gone", "first"))));
        assertEquals(List.of(), granted.evicted());
        assertEquals(List.of(new Seat(SELF, "c", 7)), granted.next().seats());
    }

    @Test
    void aSessionThatWaitsMakesRoom() {
        SeatDecision.Granted granted =
                granted(decide(client("c", TOKEN, false), registered(seat("nodeB", "first")), "first"));
        assertEquals(List.of(seat("nodeB", "first")), granted.evicted());
    }

    @Test
    void aConnectionKeepsItsSeatOnAnotherNode() {
        SeatDecision.Granted granted = granted(decide(client("c", TOKEN, false), registered(seat("nodeB", "c"))));
        assertEquals(List.of(), granted.evicted());
        assertEquals(List.of(new Seat(SELF, "c", 7)), granted.next().seats());
    }

    @Test
    void aUserHasAsManyConnectionsAsAllowed() {
        ConsumerRecord two =
                new ConsumerRecord("hub", "user", null, 0, List.of(seat("nodeB", "a"), seat("nodeC", "b")));
        assertEquals(SeatRefusal.OCCUPIED, refusal(decide(user("c", 2), two)));
        assertEquals(3, granted(decide(user("c", 3), two)).next().seats().size());
        assertEquals(1, granted(decide(user("c", 3), null)).next().seats().size());
        assertEquals(
                2, granted(decide(user("c", 2), two, "a", "b")).next().seats().size());
    }
}
