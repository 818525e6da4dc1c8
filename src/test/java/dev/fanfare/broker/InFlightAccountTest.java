package dev.fanfare.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Future;
import org.junit.jupiter.api.Test;

/** What was counted as in flight stops counting exactly once, whether it comes back or its address is given up. */
class InFlightAccountTest {

    private final Registration registration = new Registration(Future.succeededFuture());

    @Test
    void whatComesBackIsNotReturnedWhenTheAddressIsGivenUp() {
        assertTrue(registration.count(10));
        assertTrue(registration.count(5));
        assertTrue(registration.uncount(10));
        assertEquals(5, registration.retire());
    }

    @Test
    void whatComesBackLaterWasDealtWith() {
        assertTrue(registration.count(10));
        assertEquals(10, registration.retire());
        assertFalse(registration.uncount(10));
        assertEquals(0, registration.retire());
    }

    @Test
    void whatIsPublishedLaterDoesNotCount() {
        assertEquals(0, registration.retire());
        assertFalse(registration.count(10));
        assertEquals(0, registration.retire());
    }
}
