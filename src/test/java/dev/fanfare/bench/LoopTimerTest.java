package dev.fanfare.bench;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.DefaultEventLoop;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LoopTimerTest {

    private final DefaultEventLoop loop = new DefaultEventLoop();
    private final Queue<Throwable> faults = new ConcurrentLinkedQueue<>();
    private final LoopTimer timer = new LoopTimer(loop, faults::add);

    @AfterEach
    void stop() {
        assertTrue(loop.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly(10, TimeUnit.SECONDS));
    }

    @Test
    void whatWorkThrowsIsReported() {
        RuntimeException bug = new IllegalStateException("bug");

        timer.after(0, TimeUnit.NANOSECONDS, () -> {
            throw bug;
        });

        await().until(() -> faults.contains(bug));
    }

    @Test
    void workIsRepeatedUntilItThrows() {
        AtomicInteger runs = new AtomicInteger();

        timer.every(1, TimeUnit.MILLISECONDS, () -> {
            if (runs.incrementAndGet() == 3) {
                throw new IllegalStateException("third");
            }
        });

        await().until(() -> !faults.isEmpty());
        assertEquals(3, runs.get());
    }

    @Test
    void workThatIsCancelledWithTheLoopIsNoFault() {
        timer.after(1, TimeUnit.HOURS, () -> {});

        stop();

        assertTrue(faults.isEmpty());
    }
}
