package dev.fanfare.connection;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.broker.Delivery;
import dev.fanfare.broker.Publication;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ArrivalTest {

    private static final int WEIGHT = Publications.to("g", 1, 1).weight();

    private final Arrival arrival = new Arrival(Map.of(1L, 5L));

    @Test
    void whatTheSessionHasIsNotNew() {
        assertFalse(arrival.isNew(Publications.to("g", 1, 5)));
        assertFalse(arrival.isNew(Publications.to("g", 1, 4)));
        assertTrue(arrival.isNew(Publications.to("g", 1, 6)));
        assertTrue(arrival.isNew(Publications.to("g", 2, 1)));
    }

    @Test
    void whatCameOnOneWayIsNotNewOnTheOther() {
        assertTrue(arrival.isNew(Publications.to("g", 3, 1)));
        assertFalse(arrival.isNew(Publications.to("g", 3, 1)));
        assertTrue(arrival.isNew(Publications.to("h", 3, 2)));
    }

    @Test
    void whatNeverWasOnTheBusIsAlwaysNew() {
        Delivery own = Publications.to("g", 0, Publication.UNNUMBERED);
        assertTrue(arrival.isNew(own));
        assertTrue(arrival.isNew(own));
    }

    @Test
    void whatIsKeptComesBackOnceAndInOrder() {
        Delivery first = Publications.to("g", 1, 1);
        Delivery second = Publications.to("g", 2, 1);
        arrival.keep(first);
        arrival.keep(second);
        assertEquals(List.of(first, second), arrival.takeKept());
        assertEquals(List.of(), arrival.takeKept());
    }

    @Test
    void whatIsKeptIsBoundedButOneAloneIsNeverTooMuch() {
        arrival.keep(Publications.to("g", 1, 6));
        assertFalse(arrival.keepsMoreThan(1));
        arrival.keep(Publications.to("g", 1, 7));
        assertFalse(arrival.keepsMoreThan(2L * WEIGHT));
        assertTrue(arrival.keepsMoreThan(2L * WEIGHT - 1));
        arrival.takeKept();
        assertFalse(arrival.keepsMoreThan(0));
    }

    @Test
    void whatWasForwardedGoesAlongWithWhatTheShardHeardSince() {
        arrival.isNew(Publications.to("g", 2, 7));
        assertEquals(Map.of(1L, 5L, 2L, 8L, 3L, 1L), arrival.and(Map.of(1L, 4L, 2L, 8L, 3L, 1L)));
    }

    @Test
    void itIsRememberedForAWhile() {
        assertFalse(arrival.isPast(Long.MAX_VALUE));
        arrival.end(1_000);
        assertTrue(arrival.isOver());
        assertFalse(arrival.isPast(60_999));
        assertTrue(arrival.isPast(61_000));
    }
}
