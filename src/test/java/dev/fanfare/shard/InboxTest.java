package dev.fanfare.shard;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.broker.Delivery;
import dev.fanfare.broker.Selector;
import dev.fanfare.socket.NextTick;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class InboxTest {

    private final Vertx vertx = Vertx.vertx();
    private final Context context = ((VertxInternal) vertx).createEventLoopContext();
    private final List<List<Delivery>> runs = new ArrayList<>();
    private final AtomicLong settled = new AtomicLong();
    private final ConcurrentLinkedQueue<Throwable> faults = new ConcurrentLinkedQueue<>();
    private Consumer<List<Delivery>> fanOut = runs::add;
    private int cost = 1;
    private boolean last;
    private final Inbox inbox = new Inbox(context, this::fanOut, faults::add);

    private int fanOut(List<Delivery> run, long weight, boolean isLast) {
        settled.addAndGet(weight);
        last = isLast;
        fanOut.accept(run);
        return cost;
    }

    @AfterEach
    void close() throws Exception {
        vertx.close().await(60, TimeUnit.SECONDS);
    }

    /** Adds while the shard's thread is blocked, and waits until everything has been processed. */
    private void whileBusy(Runnable adding) throws Exception {
        CountDownLatch busy = new CountDownLatch(1);
        CountDownLatch done = new CountDownLatch(1);
        context.runOnContext(v -> {
            try {
                busy.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        adding.run();
        inbox.execute(done::countDown);
        busy.countDown();
        assertTrue(done.await(60, TimeUnit.SECONDS));
    }

    @Test
    void deliveriesWithOneTargetAreOneRunAndOthersSealIt() throws Exception {
        whileBusy(() -> {
            inbox.add(Publications.to("g", 1, 1));
            inbox.add(Publications.to("g", 2, 1));
            inbox.add(Publications.to("h", 1, 2));
            inbox.add(Publications.to("g", 1, 3));
            inbox.add(Publications.to(Selector.group("hub", "g").without(Set.of("x")), 1, 4));
        });
        assertEquals(List.of(2, 1, 1, 1), runs.stream().map(List::size).toList());
    }

    @Test
    void workSealsARunAndSeesWhatWasAddedBefore() throws Exception {
        AtomicInteger seen = new AtomicInteger();
        whileBusy(() -> {
            inbox.add(Publications.to("g", 1, 1));
            inbox.execute(() -> seen.set(runs.size()));
            inbox.add(Publications.to("g", 1, 2));
        });
        assertEquals(1, seen.get());
        assertEquals(2, runs.size());
    }

    @Test
    void theOrderIsThatOfEachThreadAndNothingIsLost() throws Exception {
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 4; t++) {
            long origin = t;
            Thread thread = new Thread(() -> {
                for (int i = 1; i <= 5000; i++) {
                    inbox.add(Publications.to("g" + i % 3, origin, i));
                }
            });
            threads.add(thread);
            thread.start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        whileBusy(() -> {});
        Map<Long, Long> last = new HashMap<>();
        int count = 0;
        for (List<Delivery> run : runs) {
            for (Delivery delivery : run) {
                long origin = delivery.publication().origin();
                assertEquals(
                        last.getOrDefault(origin, 0L) + 1,
                        delivery.publication().sequence());
                last.put(origin, delivery.publication().sequence());
                count++;
            }
        }
        assertEquals(20_000, count);
        assertEquals(20_000L * Publications.to("g", 1, 1).weight(), settled.get());
    }

    @Test
    void aRunIsBounded() throws Exception {
        whileBusy(() -> {
            for (int i = 0; i < 1000; i++) {
                inbox.add(Publications.to("g", 1, i));
            }
        });
        assertTrue(runs.stream().allMatch(run -> run.size() <= 64));
        assertEquals(1000, runs.stream().mapToInt(List::size).sum());
    }

    @Test
    void aFaultKeepsNothingBehindItFromItsTurn() throws Exception {
        fanOut = run -> {
            throw new OutOfMemoryError("as of direct memory");
        };
        AtomicInteger worked = new AtomicInteger();
        whileBusy(() -> {
            inbox.add(Publications.to("g", 1, 1));
            inbox.execute(() -> {
                throw new IllegalStateException("another bug");
            });
            inbox.execute(worked::incrementAndGet);
        });
        assertEquals(1, worked.get());
        assertEquals(2, faults.size());
    }

    @Test
    void othersOnTheEventLoopHaveTheirTurnsInBetween() throws Exception {
        AtomicInteger turns = new AtomicInteger();
        whileBusy(() -> {
            for (int i = 0; i < 10_000; i++) {
                inbox.add(Publications.to("g" + i % 2, 1, i));
            }
            context.runOnContext(v -> turns.set(runs.size()));
        });
        await().until(() -> turns.get() > 0);
        assertTrue(turns.get() < 1000, () -> "after " + turns.get() + " runs");
    }

    @Test
    void theLastOfATurnIsSaidToBe() throws Exception {
        List<Boolean> lasts = new ArrayList<>();
        CountDownLatch all = new CountDownLatch(3);
        fanOut = run -> {
            lasts.add(last);
            all.countDown();
        };
        context.runOnContext(v -> {
            inbox.add(Publications.to("g", 1, 1));
            inbox.add(Publications.to("h", 1, 2));
            inbox.add(Publications.to("g", 1, 3));
        });
        assertTrue(all.await(60, TimeUnit.SECONDS));
        assertEquals(List.of(false, false, true), lasts);
    }

    @Test
    void expensiveRunsLetTheEventLoopLookAfterItsSocketsInBetween() throws Exception {
        cost = 10_000;
        AtomicInteger runsOfTheFirstTurn = new AtomicInteger();
        CountDownLatch all = new CountDownLatch(4);
        fanOut = run -> {
            runs.add(run);
            all.countDown();
        };
        context.runOnContext(v -> {
            for (int i = 1; i <= 4; i++) {
                inbox.add(Publications.to("g" + i, 1, i));
            }
            NextTick.of(context).next(() -> runsOfTheFirstTurn.set(runs.size()));
        });
        assertTrue(all.await(60, TimeUnit.SECONDS));
        await().until(() -> runsOfTheFirstTurn.get() > 0);
        assertTrue(runsOfTheFirstTurn.get() < 4, () -> "runs=" + runsOfTheFirstTurn);
    }

    @Test
    void whatIsAddedMeanwhileWaitsForTheSocketsToHaveTheirTurn() throws Exception {
        AtomicInteger runsOfTheFirstTurn = new AtomicInteger();
        CountDownLatch all = new CountDownLatch(4);
        fanOut = run -> {
            runs.add(run);
            all.countDown();
            if (runs.size() < 4) {
                inbox.add(Publications.to("g", 1, runs.size() + 1));
            }
        };
        context.runOnContext(v -> {
            inbox.add(Publications.to("g", 1, 1));
            NextTick.of(context).next(() -> runsOfTheFirstTurn.set(runs.size()));
        });
        assertTrue(all.await(60, TimeUnit.SECONDS));
        await().until(() -> runsOfTheFirstTurn.get() > 0);
        assertTrue(runsOfTheFirstTurn.get() < 4, () -> "runs=" + runsOfTheFirstTurn);
    }
}
