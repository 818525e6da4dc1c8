package dev.fanfare.ops;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fanfare.ops.Health.Hindrance;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class HealthTest {

    private final AtomicLong nanos = new AtomicLong();
    private final Health health = new Health(Duration.ofSeconds(10));

    private EventLoopProbe watched(String name) {
        EventLoopProbe probe = new EventLoopProbe(name, nanos::get);
        health.watch(probe);
        return probe;
    }

    @Test
    void aNodeThatStartsIsNotReady() {
        assertEquals(List.of("starting"), health.hindrances());
    }

    @Test
    void itIsReadyOnceNothingHindersIt() {
        health.clear(Hindrance.STARTING);
        assertEquals(List.of(), health.hindrances());
    }

    @Test
    void stoppingWinsOverAStartThatCompletesLate() {
        health.raise(Hindrance.STOPPING);
        assertEquals(List.of("starting", "stopping"), health.hindrances());
        health.clear(Hindrance.STARTING);
        assertEquals(List.of("stopping"), health.hindrances());
    }

    @Test
    void raisingTwiceIsRaisingOnce() {
        health.raise(Hindrance.STARTING);
        health.clear(Hindrance.STARTING);
        assertEquals(List.of(), health.hindrances());
    }

    @Test
    void withoutLoopsTheNodeIsLive() {
        assertEquals(List.of(), health.failures());
    }

    @Test
    void onlyTheLoopThatIsSilentForLongerThanAllowedIsStalled() {
        EventLoopProbe quick = watched("quick");
        EventLoopProbe slow = watched("slow");
        nanos.addAndGet(TimeUnit.SECONDS.toNanos(10));
        assertEquals(List.of(), health.failures());
        nanos.incrementAndGet();
        quick.beat();
        assertEquals(List.of("slow"), health.failures());
        slow.beat();
        assertEquals(List.of(), health.failures());
    }

    @Test
    void aClosedProbeIsNoLongerWatched() {
        watched("gone").close();
        nanos.addAndGet(TimeUnit.HOURS.toNanos(1));
        assertEquals(List.of(), health.failures());
    }
}
