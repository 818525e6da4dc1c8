package dev.fanfare.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.core.Backoff.Jitter;
import java.util.Random;
import java.util.random.RandomGenerator;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class BackoffTest {

    /** Always draws the longest pause. */
    private static final RandomGenerator LONGEST = new Random() {
        private static final long serialVersionUID = 1L;

        @Override
        public long nextLong(long bound) {
            return bound - 1;
        }
    };

    @ParameterizedTest
    @EnumSource(Jitter.class)
    void theBoundDoublesUntilItIsTheLongest(Jitter jitter) {
        Backoff backoff = new Backoff(500, 3000, jitter, LONGEST);
        long[] bounds = {500, 1000, 2000, 3000, 3000};
        for (int retry = 0; retry < bounds.length; retry++) {
            assertEquals(bounds[retry], backoff.pauseMillis(retry));
        }
    }

    @ParameterizedTest
    @EnumSource(Jitter.class)
    void anEndlessOutageNeverOverflows(Jitter jitter) {
        for (long max : new long[] {86_400_000, Long.MAX_VALUE - 1}) {
            Backoff backoff = new Backoff(3_600_000, max, jitter, LONGEST);
            for (int retry : new int[] {0, 30, 39, 40, 41, 62, 63, 64, 100, Integer.MAX_VALUE}) {
                long pause = backoff.pauseMillis(retry);
                assertTrue(pause >= 3_600_000 && pause <= max, "retry=" + retry + " pause=" + pause);
            }
        }
    }

    @Test
    void fullJitterSpreadsPausesOverTheWholeTime() {
        Backoff backoff = new Backoff(1000, 1000, Jitter.FULL, new Random(42));
        int early = 0;
        for (int i = 0; i < 1000; i++) {
            early += backoff.pauseMillis(i) < 500 ? 1 : 0;
        }
        assertTrue(early > 400 && early < 600, "early=" + early);
    }

    @ParameterizedTest
    @CsvSource({"0, 500", "1, 1000", "2, 2000", "3, 4000", "4, 8000", "5, 8000", "99, 8000", "2147483646, 8000"})
    void equalJitterSpreadsPausesOverTheSecondHalf(int retry, long bound) {
        long seed = System.nanoTime();
        Backoff backoff = new Backoff(500, 8000, Jitter.EQUAL, new Random(seed));
        long[] pauses = LongStream.generate(() -> backoff.pauseMillis(retry))
                .limit(1000)
                .toArray();
        assertTrue(LongStream.of(pauses).allMatch(pause -> pause >= bound / 2 && pause <= bound), "seed=" + seed);
        assertTrue(LongStream.of(pauses).distinct().count() > 100, "seed=" + seed);
    }

    @Test
    void boundsOutOfRangeAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> new Backoff(0, 10, Jitter.FULL, LONGEST));
        assertThrows(IllegalArgumentException.class, () -> new Backoff(11, 10, Jitter.FULL, LONGEST));
    }
}
