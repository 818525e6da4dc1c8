package dev.fanfare.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

final class ArrivalsTest {

    private final Arrivals arrivals = new Arrivals(2);

    @Test
    void whatComesInOrderIsNothingSpecial() {
        add(0, 0, 1, 2);
        add(1, 0, 1);

        expect(0, 0, 0);
        assertEquals(3, arrivals.next(0));
        assertEquals(2, arrivals.next(1));
    }

    @Test
    void gapsAreMissing() {
        add(0, 0, 3, 5);

        expect(3, 0, 0);
        assertEquals(6, arrivals.next(0));
    }

    @Test
    void whatWasOvertakenIsOutOfOrderAndNotMissing() {
        add(0, 0, 2);

        assertTrue(arrivals.add(0, 1));

        expect(0, 0, 1);
    }

    @Test
    void whatComesAgainIsDoubled() {
        add(0, 0, 1, 2, 4);

        assertFalse(arrivals.add(0, 1));
        assertFalse(arrivals.add(0, 4));
        assertTrue(arrivals.add(0, 3));
        assertFalse(arrivals.add(0, 3));

        expect(0, 3, 1);
    }

    @Test
    void streamsDoNotConcernEachOther() {
        add(0, 0, 2);

        assertTrue(arrivals.add(1, 0));
        assertTrue(arrivals.add(1, 1));

        expect(1, 0, 0);
    }

    @Test
    void aHugeGapIsCountedThoughItIsNotRemembered() {
        add(0, 1_000_000);
        expect(1_000_000, 0, 0);

        assertTrue(arrivals.add(0, 500_000));
        assertTrue(arrivals.add(0, 5));

        assertEquals(2, arrivals.outOfOrder());
        assertEquals(999_998, arrivals.missing());
    }

    private void add(int stream, int... sequences) {
        for (int sequence : sequences) {
            assertTrue(arrivals.add(stream, sequence));
        }
    }

    private void expect(long missing, long doubled, long outOfOrder) {
        assertEquals(missing, arrivals.missing());
        assertEquals(doubled, arrivals.doubled());
        assertEquals(outOfOrder, arrivals.outOfOrder());
    }
}
