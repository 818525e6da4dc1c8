package dev.fanfare.recovery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.broker.Delivery;
import dev.fanfare.broker.Publication;
import dev.fanfare.shard.Publications;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class IncomingSessionTest {

    private static final int WEIGHT = Publications.to("g", 1, 1).weight();

    private final IncomingSession incomingSession = new IncomingSession(Map.of(1L, 5L));

    @Test
    void whatTheSessionHasIsNotNew() {
        assertFalse(incomingSession.isNew(Publications.to("g", 1, 5)));
        assertFalse(incomingSession.isNew(Publications.to("g", 1, 4)));
        assertTrue(incomingSession.isNew(Publications.to("g", 1, 6)));
        assertTrue(incomingSession.isNew(Publications.to("g", 2, 1)));
    }

    @Test
    void whatCameOnOneWayIsNotNewOnTheOther() {
        assertTrue(incomingSession.isNew(Publications.to("g", 3, 1)));
        assertFalse(incomingSession.isNew(Publications.to("g", 3, 1)));
        assertTrue(incomingSession.isNew(Publications.to("h", 3, 2)));
    }

    @Test
    void whatNeverWasOnTheBusIsAlwaysNew() {
        Delivery own = Publications.to("g", 0, Publication.UNNUMBERED);
        assertTrue(incomingSession.isNew(own));
        assertTrue(incomingSession.isNew(own));
    }

    @Test
    void whatIsKeptComesBackOnceAndInOrder() {
        Delivery first = Publications.to("g", 1, 1);
        Delivery second = Publications.to("g", 2, 1);
        incomingSession.keep(first);
        incomingSession.keep(second);
        assertEquals(List.of(first, second), incomingSession.takeKept());
        assertEquals(List.of(), incomingSession.takeKept());
    }

    @Test
    void whatIsKeptIsBoundedButOneAloneIsNeverTooMuch() {
        incomingSession.keep(Publications.to("g", 1, 6));
        assertFalse(incomingSession.keepsMoreThan(1));
        incomingSession.keep(Publications.to("g", 1, 7));
        assertFalse(incomingSession.keepsMoreThan(2L * WEIGHT));
        assertTrue(incomingSession.keepsMoreThan(2L * WEIGHT - 1));
        incomingSession.takeKept();
        assertFalse(incomingSession.keepsMoreThan(0));
    }

    @Test
    void whatWasForwardedGoesAlongWithWhatTheShardHeardSince() {
        incomingSession.isNew(Publications.to("g", 2, 7));
        assertEquals(Map.of(1L, 5L, 2L, 8L, 3L, 1L), incomingSession.merge(Map.of(1L, 4L, 2L, 8L, 3L, 1L)));
    }

    @Test
    void itIsRememberedForAWhile() {
        assertFalse(incomingSession.isExpired(Long.MAX_VALUE));
        incomingSession.end(1_000);
        assertTrue(incomingSession.isOver());
        assertFalse(incomingSession.isExpired(60_999));
        assertTrue(incomingSession.isExpired(61_000));
    }
}
