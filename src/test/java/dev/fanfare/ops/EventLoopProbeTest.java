package dev.fanfare.ops;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class EventLoopProbeTest {

    private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 1_000_000);
    private final EventLoopProbe probe = new EventLoopProbe("loop", nanos::get);

    private void pass(long millis) {
        nanos.addAndGet(TimeUnit.MILLISECONDS.toNanos(millis));
    }

    private void beatAfter(long millis) {
        pass(millis);
        probe.beat();
    }

    @Test
    void aPunctualLoopHasNoLag() {
        for (int i = 0; i < 300; i++) {
            beatAfter(100);
            assertEquals(0, probe.lagSeconds());
        }
    }

    @Test
    void lagIsByHowMuchTheTimerWasLate() {
        beatAfter(350);
        assertEquals(0.25, probe.lagSeconds(), 1e-9);
    }

    @Test
    void aLoopThatIsBlockedNowShowsItBeforeItsNextBeat() {
        beatAfter(100);
        pass(5100);
        assertEquals(5, probe.lagSeconds(), 1e-9);
        assertEquals(TimeUnit.MILLISECONDS.toNanos(5100), probe.silentNanos());
    }

    @Test
    void theWorstIsShownForAtLeastTenSecondsAndForgottenAfterTwenty() {
        beatAfter(1100);
        for (int i = 0; i < 100; i++) {
            assertEquals(1, probe.lagSeconds(), 1e-9, "after " + i + " beats");
            beatAfter(100);
        }
        for (int i = 0; i < 100; i++) {
            beatAfter(100);
        }
        assertEquals(0, probe.lagSeconds());
    }

    @Test
    void aBurstThatMakesUpForMissedBeatsIsNoLag() {
        beatAfter(1100);
        for (int i = 0; i < 10; i++) {
            beatAfter(0);
        }
        assertEquals(1, probe.lagSeconds(), 1e-9);
        assertEquals(0, probe.silentNanos());
    }

    @Test
    void aClosedProbeShowsNoLag() {
        beatAfter(5000);
        probe.close();
        pass(60_000);
        assertEquals(0, probe.lagSeconds());
    }
}
