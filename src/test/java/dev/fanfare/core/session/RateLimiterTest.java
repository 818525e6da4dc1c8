package dev.fanfare.core.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class RateLimiterTest {

    private static final long SECOND = 1_000_000_000L;

    @Test
    void aSecondsWorthMayComeAtOnceAndThenOneHasToWait() {
        RateLimiter limiter = new RateLimiter(10);
        long now = 100 * SECOND;
        for (int i = 0; i < 10; i++) {
            assertEquals(0, limiter.take(now), "permit " + i);
        }
        assertTrue(limiter.take(now) > 0);
    }

    @Test
    void overTimeTheRateIsKept() {
        RateLimiter limiter = new RateLimiter(10);
        long now = 0;
        int taken = 0;
        while (now < 100 * SECOND) {
            now += limiter.take(now);
            taken++;
            now += 1000;
        }
        assertTrue(taken >= 990 && taken <= 1012, "taken=" + taken);
    }

    @Test
    void severalPermitsCountAsOneAfterTheOther() {
        RateLimiter limiter = new RateLimiter(1_000_000_000);
        long now = 100 * SECOND;
        assertEquals(0, limiter.take(now, 1_000_000_000));
        assertEquals(SECOND, limiter.take(now, 1_000_000_000));
        assertEquals(0, new RateLimiter(0).take(now, Integer.MAX_VALUE));
    }

    @Test
    void theClockMayBeginBelowZero() {
        RateLimiter limiter = new RateLimiter(10);
        assertEquals(0, limiter.take(-100 * SECOND));
    }

    @Test
    void zeroIsNoLimit() {
        RateLimiter limiter = new RateLimiter(0);
        for (int i = 0; i < 100_000; i++) {
            assertEquals(0, limiter.take(5));
        }
    }
}
