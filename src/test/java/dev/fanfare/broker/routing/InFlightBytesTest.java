package dev.fanfare.broker.routing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class InFlightBytesTest {

    private final AtomicInteger resumed = new AtomicInteger();
    private final InFlightBytes inFlightBytes = new InFlightBytes(100, resumed::incrementAndGet);

    @Test
    void publishersWaitAboveTheLimitUntilHalfOfItIsReachedAgain() {
        inFlightBytes.add(100);
        assertTrue(inFlightBytes.writable());
        inFlightBytes.add(1);
        assertFalse(inFlightBytes.writable());
        inFlightBytes.remove(50);
        assertFalse(inFlightBytes.writable());
        inFlightBytes.remove(1);
        assertTrue(inFlightBytes.writable());
        assertEquals(1, resumed.get());
        assertEquals(50, inFlightBytes.bytes());
    }
}
