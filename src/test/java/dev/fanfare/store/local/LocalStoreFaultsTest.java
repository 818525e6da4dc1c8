package dev.fanfare.store.local;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.store.LogLimits;
import dev.fanfare.store.LogPosition;
import dev.fanfare.store.LogRecords;
import dev.fanfare.store.OutcomeUnknownException;
import dev.fanfare.store.Store;
import dev.fanfare.store.StoreEntry;
import dev.fanfare.store.StoreObserver;
import dev.fanfare.store.StoreUnavailableException;
import dev.fanfare.store.VersionCondition;
import dev.fanfare.store.Watch;
import dev.fanfare.store.WatchListener;
import dev.fanfare.store.file.FaultyDisk;
import dev.fanfare.testkit.Endurance;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The store in files while its disk hangs or fails, while it writes snapshots, and while it starts and closes. */
@Tag("attack")
class LocalStoreFaultsTest {

    private static final LogLimits LIMITS = new LogLimits(1000, 1_000_000, Duration.ofDays(1));
    private static final long PATIENCE = 10_000;

    @TempDir
    private Path folder;

    private final AtomicLong nanos = new AtomicLong();

    private final Vertx vertx = Vertx.vertx();
    private final FaultyDisk disk = new FaultyDisk(1);

    @AfterEach
    void close() {
        disk.release();
        await(vertx.close());
    }

    private void pass(Duration time) {
        nanos.addAndGet(time.toNanos());
    }

    private LocalStore store(long patienceMillis, long minJournalBytes) {
        return new LocalStore(
                256L * 1024 * 1024,
                disk.journal(folder, minJournalBytes),
                nanos::get,
                InstantSource.system(),
                StoreObserver.NONE,
                patienceMillis);
    }

    private LocalStore opened(long patienceMillis) {
        LocalStore store = store(patienceMillis, 1L << 40);
        await(vertx.deployVerticle(store));
        return store;
    }

    private static Future<Long> put(Store store, String key, String value) {
        return store.put(key, value.getBytes(UTF_8), VersionCondition.ANY);
    }

    private static @Nullable String value(Store store, String key) {
        StoreEntry entry = await(store.get(key));
        return entry == null ? null : new String(entry.value(), UTF_8);
    }

    @Test
    void aDiskThatHangsStopsWritesOnly() {
        LocalStore store = opened(PATIENCE);
        await(put(store, "a", "1"));
        disk.holdAfter(0);
        Future<Long> handedOver = put(store, "a", "2");
        eventually(disk::isHeld);
        List<Future<Long>> waiting = new ArrayList<>();
        byte[] large = new byte[1024 * 1024];
        for (int i = 0; i < 80; i++) {
            waiting.add(store.put("large", large, VersionCondition.ANY));
        }
        assertEquals("1", value(store, "a"));
        assertFalse(handedOver.isComplete());
        pass(Duration.ofMillis(PATIENCE));
        failure(OutcomeUnknownException.class, handedOver);
        waiting.forEach(each -> failure(StoreUnavailableException.class, each));
        failure(StoreUnavailableException.class, put(store, "b", "1"));
        assertEquals("1", value(store, "a"));
        disk.release();
        eventually(() -> "2".equals(value(store, "a")));
        await(put(store, "b", "1"));
        assertEquals(null, value(store, "large"));
    }

    @Test
    void aSlowDiskDoesNotKeepWritesWaiting() {
        LocalStore store = opened(PATIENCE);
        disk.holdAfter(0);
        Future<Long> first = put(store, "a", "1");
        eventually(disk::isHeld);
        List<Future<Long>> others = new ArrayList<>();
        for (int i = 0; i < 600; i++) {
            others.add(put(store, "k" + i, "1"));
        }
        assertEquals(null, value(store, "a"), "all of them wait");
        pass(Duration.ofMillis(PATIENCE * 2 / 3));
        disk.holdAfter(2);
        await(first);
        eventually(disk::isHeld);
        pass(Duration.ofMillis(PATIENCE * 2 / 3));
        failure(StoreUnavailableException.class, others.get(599));
        assertFalse(others.get(0).isComplete());
        disk.release();
        await(others.get(0));
    }

    @Test
    void aStoreClosesThoughItsDiskHangs() {
        LocalStore store = opened(100);
        disk.holdAfter(0);
        Future<Long> write = put(store, "a", "1");
        eventually(disk::isHeld);
        Future<Void> closed = store.close();
        await(closed);
        failure(OutcomeUnknownException.class, write);
        disk.release();
        assertEquals("1", value(reopened(), "a"));
    }

    /** Waits until the folder is released. */
    private Store reopened() {
        List<Store> opened = new ArrayList<>();
        eventually(() -> {
            LocalStore store = store(PATIENCE, 1L << 40);
            Future<String> deployed = vertx.deployVerticle(store);
            eventually(deployed::isComplete);
            return deployed.succeeded() && opened.add(store);
        });
        return opened.get(0);
    }

    @Test
    void aStoreThatIsClosedWhileItStartsDoesNotStart() {
        LocalStore store = store(PATIENCE, 1L << 40);
        disk.holdAfter(0);
        Future<String> deployed = vertx.deployVerticle(store);
        eventually(disk::isHeld);
        List<Future<Void>> closed = List.of(store.close(), store.close());
        assertFalse(closed.get(0).isComplete());
        failure(StoreUnavailableException.class, store.get("a"));
        disk.release();
        closed.forEach(LocalStoreFaultsTest::await);
        failure(StoreUnavailableException.class, deployed);
        reopened();
    }

    @Test
    void aStoreThatNeverStartedCloses() {
        LocalStore store = store(PATIENCE, 1L << 40);
        await(store.close());
        failure(StoreUnavailableException.class, vertx.deployVerticle(store));
        await(store.close());
    }

    @Test
    void aStoreWhoseStartHangsCloses() {
        LocalStore store = store(100, 1L << 40);
        disk.holdAfter(0);
        Future<String> deployed = vertx.deployVerticle(store);
        eventually(disk::isHeld);
        await(store.close());
        disk.release();
        failure(StoreUnavailableException.class, deployed);
    }

    @Test
    void aStoreThatFailedToStartCloses() {
        LocalStore store = store(PATIENCE, 1L << 40);
        disk.fail(0, Integer.MAX_VALUE);
        Future<String> deployed = vertx.deployVerticle(store);
        eventually(deployed::failed);
        await(store.close());
        disk.fail(Integer.MAX_VALUE, Integer.MAX_VALUE);
        reopened();
    }

    /** What a listener gets. */
    private static final class Calls implements WatchListener {

        final List<String> calls = new CopyOnWriteArrayList<>();

        @Override
        public void syncing() {
            calls.add("syncing");
        }

        @Override
        public void present(StoreEntry entry) {
            calls.add(entry.key() + "=" + new String(entry.value(), UTF_8));
        }

        @Override
        public void absent(String key, long version) {
            calls.add(key + " absent");
        }

        @Override
        public void synced() {
            calls.add("synced");
        }
    }

    @Test
    @SuppressWarnings("try") // watches that are only closed
    void watchesMadeBeforeTheStartBegin() {
        LocalStore store = store(PATIENCE, 1L << 40);
        Calls before = new Calls();
        Calls during = new Calls();
        Calls ended = new Calls();
        disk.holdAfter(0);
        try (Watch early = store.watch("", before)) {
            Future<String> deployed = vertx.deployVerticle(store);
            eventually(disk::isHeld);
            try (Watch late = store.watch("", during)) {
                store.watch("", ended).close();
                disk.release();
                await(deployed);
                await(put(store, "a", "1"));
                for (Calls each : List.of(before, during)) {
                    eventually(() -> each.calls.contains("a=1"));
                    assertEquals("syncing", each.calls.get(0));
                }
                assertEquals(List.of(), ended.calls);
            }
        }
    }

    @Test
    @SuppressWarnings("try") // watches that are only closed
    void whatExpiresDuringAWriteDoesSoForAll() {
        LocalStore store = opened(Duration.ofHours(1).toMillis());
        long version = await(store.put("a", "1".getBytes(UTF_8), VersionCondition.ANY, Duration.ofMinutes(1)));
        await(put(store, "b", "1"));
        Calls calls = new Calls();
        try (Watch watch = store.watch("", calls)) {
            eventually(() -> calls.calls.contains("synced"));
            disk.holdAfter(0);
            Future<Long> write = store.put("a", "2".getBytes(UTF_8), VersionCondition.version(version));
            eventually(disk::isHeld);
            pass(Duration.ofMinutes(2));
            Future<@Nullable StoreEntry> read = store.get("a");
            assertEquals("1", value(store, "b"), "other reads do not wait");
            assertFalse(read.isComplete());
            disk.release();
            assertEquals(await(write), await(read).version());
            eventually(() -> calls.calls.contains("a=2"));
            assertFalse(calls.calls.contains("a absent"), () -> calls.calls.toString());
        }
    }

    @Test
    void aLogThatExpiresDuringAnAppendDoesSoForAll() {
        LocalStore store = opened(Duration.ofHours(1).toMillis());
        LogLimits minute = new LogLimits(10, 1000, Duration.ofMinutes(1));
        LogPosition first = await(store.append("log", new byte[1], minute));
        disk.holdAfter(0);
        Future<LogPosition> append = store.append("log", new byte[1], LIMITS);
        eventually(disk::isHeld);
        pass(Duration.ofMinutes(3));
        Future<LogRecords> read = store.read("log", 1, 10, 100);
        assertEquals(LogRecords.NONE, await(store.read("none", 1, 10, 100)), "other reads do not wait");
        assertFalse(read.isComplete());
        disk.release();
        assertEquals(new LogPosition(first.epoch(), 2), await(append));
        assertEquals(first.epoch(), await(read).epoch());
    }

    /** Each step of the disk is the last one, or the first one of some that fail, while snapshots are written. */
    @Test
    void noStepOfASnapshotLosesWhatWasAcknowledged() {
        int steps = run(Integer.MAX_VALUE, Integer.MAX_VALUE);
        assertTrue(steps > 60, () -> "steps: " + steps);
        for (int step = 0; step < steps; step += Endurance.count(3, 1)) {
            run(step, step % 2 == 0 ? step + 4 : Integer.MAX_VALUE);
        }
    }

    /** Returns the number of steps after the start. */
    private int run(long failFrom, long failUntil) {
        FaultyDisk runDisk = new FaultyDisk(failFrom);
        LocalStore store = storeOn(runDisk);
        String deployed = await(vertx.deployVerticle(store));
        int started = runDisk.steps();
        runDisk.fail(started + failFrom, started + failUntil);
        Map<String, String> acknowledged = new TreeMap<>();
        Map<String, String> inDoubt = new TreeMap<>();
        for (int i = 0; i < 16; i++) {
            String key = "k" + i % 5;
            String value = "v" + i;
            Throwable failure = await(
                    put(store, key, value).<@Nullable Throwable>map(v -> null).otherwise(e -> e));
            if (failure == null) {
                acknowledged.put(key, value);
                inDoubt.clear();
            } else if (failure instanceof OutcomeUnknownException) {
                inDoubt.putIfAbsent(key, value);
            }
            if (i % 5 == 4) {
                pass(Duration.ofSeconds(20));
            }
        }
        await(vertx.undeploy(deployed));
        int steps = runDisk.steps() - started;
        runDisk.fail(Integer.MAX_VALUE, Integer.MAX_VALUE);
        runDisk.losePower();
        LocalStore again = storeOn(runDisk);
        String deployedAgain = await(vertx.deployVerticle(again));
        for (int i = 0; i < 5; i++) {
            String key = "k" + i;
            String found = value(again, key);
            assertTrue(
                    Objects.equals(found, acknowledged.get(key)) || Objects.equals(found, inDoubt.get(key)),
                    "step=" + failFrom + " acknowledged=" + acknowledged + " inDoubt=" + inDoubt + " found=" + found);
        }
        await(vertx.undeploy(deployedAgain));
        return steps;
    }

    private LocalStore storeOn(FaultyDisk other) {
        return new LocalStore(
                1024 * 1024, other.journal(folder, 100), nanos::get, InstantSource.system(), StoreObserver.NONE);
    }

    private static <E extends Throwable> E failure(Class<E> type, Future<?> future) {
        eventually(future::isComplete);
        return assertInstanceOf(type, future.cause());
    }

    private static void eventually(BooleanSupplier condition) {
        Awaitility.await()
                .pollInterval(Duration.ofMillis(1))
                .atMost(Duration.ofSeconds(20))
                .until(condition::getAsBoolean);
    }

    private static <T> T await(Future<T> future) {
        try {
            return future.await(20, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new AssertionError("no answer", e);
        }
    }
}
