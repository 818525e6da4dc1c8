package dev.fanfare.broker.bus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Future;
import org.junit.jupiter.api.Test;

/** Bytes in flight are released exactly once, whether they arrive or their address is retired. */
class InFlightAccountTest {

    private final SlotSubscription slotSubscription = new SlotSubscription(Future.succeededFuture());

    @Test
    void whatComesBackIsNotReturnedWhenTheAddressIsGivenUp() {
        assertTrue(slotSubscription.count(10));
        assertTrue(slotSubscription.count(5));
        assertTrue(slotSubscription.uncount(10));
        assertEquals(5, slotSubscription.retire());
    }

    @Test
    void whatComesBackLaterWasDealtWith() {
        assertTrue(slotSubscription.count(10));
        assertEquals(10, slotSubscription.retire());
        assertFalse(slotSubscription.uncount(10));
        assertEquals(0, slotSubscription.retire());
    }

    @Test
    void whatIsPublishedLaterDoesNotCount() {
        assertEquals(0, slotSubscription.retire());
        assertFalse(slotSubscription.count(10));
        assertEquals(0, slotSubscription.retire());
    }
}
