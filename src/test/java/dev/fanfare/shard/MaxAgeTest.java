package dev.fanfare.shard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

class MaxAgeTest {

    private static final long NOW = 1_000_000;

    @Test
    void eachAgeIsWithinAFifthOfWhatIsConfigured() {
        MaxAge maxAge = MaxAge.of(3600, new Random(1));
        for (int i = 0; i < 10_000; i++) {
            long age = maxAge.endOf(NOW) - NOW;
            assertTrue(age >= 2_880_000 && age <= 4_320_000, () -> "age=" + age);
        }
    }

    @Test
    void whoComesAtOnceLeavesOverTheWholeSpread() {
        MaxAge maxAge = MaxAge.of(3600, new Random(1));
        int[] tenths = new int[10];
        for (int i = 0; i < 10_000; i++) {
            tenths[(int) ((maxAge.endOf(NOW) - NOW - 2_880_000) * 10 / 1_440_001)]++;
        }
        for (int tenth : tenths) {
            assertTrue(tenth > 800 && tenth < 1200, () -> "of 1000: " + tenth);
        }
    }

    @Test
    void withoutALimitNoSocketIsEverOld() {
        assertEquals(MaxAge.NEVER, MaxAge.of(0, new Random(1)).endOf(NOW));
    }
}
