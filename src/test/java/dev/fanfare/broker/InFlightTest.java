package dev.fanfare.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class InFlightTest {

    private final AtomicInteger resumed = new AtomicInteger();
    private final InFlight inFlight = new InFlight(100, resumed::incrementAndGet);

    @Test
    void publishersWaitAboveTheLimitUntilHalfOfItIsReachedAgain() {
        inFlight.add(100);
        assertTrue(inFlight.writable());
        inFlight.add(1);
        assertFalse(inFlight.writable());
        inFlight.remove(50);
        assertFalse(inFlight.writable());
        inFlight.remove(1);
        assertTrue(inFlight.writable());
        assertEquals(1, resumed.get());
        assertEquals(50, inFlight.bytes());
    }
}
