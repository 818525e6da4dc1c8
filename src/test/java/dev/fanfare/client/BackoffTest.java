package dev.fanfare.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class BackoffTest {

    /** Always as long as may be. */
    private static final RandomGenerator LONGEST = new Random() {
        private static final long serialVersionUID = 1L;

        @Override
        public long nextLong(long bound) {
            return bound - 1;
        }
    };

    @Test
    void theBoundDoublesUntilItIsTheLongest() {
        Backoff backoff = new Backoff(500, 3000, LONGEST);
        for (long bound : new long[] {500, 1000, 2000, 3000, 3000}) {
            assertEquals(bound, backoff.next());
        }
    }

    @Test
    void anEndlessTroubleNeverOverflows() {
        Backoff backoff = new Backoff(3_600_000, 86_400_000, LONGEST);
        for (int i = 0; i < 1000; i++) {
            long pause = backoff.next();
            assertTrue(pause > 0 && pause <= 86_400_000, "pause=" + pause);
        }
    }

    @Test
    void pausesAreSpreadOverTheWholeTime() {
        Backoff backoff = new Backoff(1000, 1000, new Random(42));
        int early = 0;
        for (int i = 0; i < 1000; i++) {
            early += backoff.next() < 500 ? 1 : 0;
        }
        assertTrue(early > 400 && early < 600, "early=" + early);
    }

    @Test
    void aRemoteThatWasWellBeginsAnew() {
        Backoff backoff = new Backoff(500, 3000, LONGEST);
        backoff.next();
        backoff.next();
        backoff.reset();
        assertEquals(500, backoff.next());
    }
}
