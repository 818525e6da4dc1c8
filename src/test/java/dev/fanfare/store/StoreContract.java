package dev.fanfare.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.core.MonotonicClock;
import io.vertx.core.Context;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.ThreadingModel;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every engine of the store promises. A subclass says how to open one. */
@SuppressWarnings("try") // watches that are only closed
public abstract class StoreContract {

    protected static final long MAX_BYTES = 4 * 1024 * 1024;

    private static final LogLimits LIMITS = new LogLimits(1000, 1_000_000, Duration.ofDays(1));

    /** Added to the real time, so that time passes at once. */
    private final AtomicLong added = new AtomicLong();

    protected final Vertx vertx = Vertx.vertx();
    protected Store store;

    /** Opens an empty engine with a limit of {@link #MAX_BYTES} bytes. */
    protected abstract Store open(MonotonicClock clock);

    /** A name like this one whose bytes count for the same limit as those of all others that this method returns. */
    protected String beside(String name) {
        return name;
    }

    /** Of everything that is stored, once. */
    protected StoreFigures figures() {
        return store.figures();
    }

    @BeforeEach
    void open() {
        store = open(this::nanos);
    }

    @AfterEach
    void close() {
        await(store.close());
        await(vertx.close());
    }

    private long nanos() {
        return System.nanoTime() + added.get();
    }

    private void pass(Duration time) {
        added.addAndGet(time.toNanos());
    }

    @Test
    void aKeyThatWasNeverWrittenIsAbsent() {
        assertNull(await(store.get("a")));
        assertEquals(false, await(store.remove("a", VersionCondition.ANY)));
    }

    @Test
    void aValueIsReadAsItWasWritten() {
        byte[] all = new byte[256];
        for (int i = 0; i < 256; i++) {
            all[i] = (byte) i;
        }
        long version = await(store.put("k\u00e4\ud83d\ude00", all, VersionCondition.ANY));
        StoreEntry entry = await(store.get("k\u00e4\ud83d\ude00"));
        assertArrayEquals(all, entry.value());
        assertEquals(version, entry.version());
        assertNull(entry.timeToLive());
        assertTrue(version > 0);
    }

    @Test
    void aWriteWithAConditionThatDoesNotHoldFails() {
        long first = await(store.put("a", bytes("1"), VersionCondition.ABSENT));
        assertMismatch(first, store.put("a", bytes("2"), VersionCondition.ABSENT));
        assertMismatch(first, store.put("a", bytes("2"), VersionCondition.version(first + 1)));
        assertMismatch(first, store.remove("a", VersionCondition.version(first + 1)));
        assertMismatch(0, store.put("b", bytes("2"), VersionCondition.version(first)));
        assertEquals("1", text(await(store.get("a"))));
        long second = await(store.put("a", bytes("2"), VersionCondition.version(first)));
        assertTrue(second > first);
        assertEquals(true, await(store.remove("a", VersionCondition.version(second))));
        assertTrue(await(store.put("a", bytes("3"), VersionCondition.ABSENT)) > second);
    }

    @Test
    void aRemovalWithAConditionThatDoesNotHoldFails() {
        long version = await(store.put("a", bytes("1"), VersionCondition.ANY));
        assertMismatch(version, store.remove("a", VersionCondition.ABSENT));
        assertMismatch(0, store.remove("b", VersionCondition.version(version)));
        assertEquals(false, await(store.remove("b", VersionCondition.ABSENT)));
        assertEquals("1", text(await(store.get("a"))));
    }

    @Test
    void compareAndSetIsDecidedOnce() {
        AtomicInteger done = new AtomicInteger();
        List<Future<?>> writers = new ArrayList<>();
        for (int writer = 0; writer < 8; writer++) {
            Promise<Void> finished = Promise.promise();
            vertx.runOnContext(turn -> increment(50, done, finished));
            writers.add(finished.future());
        }
        writers.forEach(StoreContract::await);
        assertEquals(8 * 50, Integer.parseInt(text(await(store.get("counter")))));
        assertEquals(8 * 50, done.get());
    }

    private void increment(int left, AtomicInteger done, Promise<Void> finished) {
        if (left == 0) {
            finished.complete();
            return;
        }
        store.get("counter")
                .compose(entry -> {
                    int count = entry == null ? 0 : Integer.parseInt(text(entry));
                    VersionCondition condition =
                            entry == null ? VersionCondition.ABSENT : VersionCondition.version(entry.version());
                    return store.put("counter", bytes(String.valueOf(count + 1)), condition);
                })
                .onComplete((version, failure) -> {
                    if (failure == null) {
                        done.incrementAndGet();
                        increment(left - 1, done, finished);
                    } else if (failure instanceof VersionMismatchException) {
                        increment(left, done, finished);
                    } else {
                        finished.fail(failure);
                    }
                });
    }

    @Test
    void anEntryExpires() {
        await(store.put("a", bytes("1"), VersionCondition.ANY, Duration.ofMinutes(10)));
        await(store.put("b", bytes("1"), VersionCondition.ANY, Duration.ofMinutes(30)));
        pass(Duration.ofMinutes(9));
        Duration left = Objects.requireNonNull(await(store.get("a")).timeToLive());
        assertTrue(left.compareTo(Duration.ofMinutes(1)) <= 0 && left.compareTo(Duration.ofSeconds(30)) > 0);
        pass(Duration.ofMinutes(1));
        assertNull(await(store.get("a")));
        assertEquals("1", text(await(store.get("b"))));
        await(store.put("a", bytes("2"), VersionCondition.ABSENT));
        pass(Duration.ofDays(1));
        assertEquals("2", text(await(store.get("a"))));
    }

    @Test
    void aValueHasTheExpiryItWasWrittenWith() {
        await(store.put("a", bytes("1"), VersionCondition.ANY, Duration.ofMinutes(10)));
        long expiring = await(store.put("b", bytes("1"), VersionCondition.ANY, Duration.ofMinutes(10)));
        await(store.put("a", bytes("2"), VersionCondition.ANY));
        pass(Duration.ofMinutes(11));
        assertNull(await(store.get("a")).timeToLive());
        assertMismatch(0, store.put("b", bytes("2"), VersionCondition.version(expiring)));
        assertEquals(false, await(store.remove("b", VersionCondition.ANY)));
        assertTrue(await(store.put("b", bytes("2"), VersionCondition.ABSENT)) > expiring);
    }

    @Test
    void expiryFreesItsBytes() {
        List<Future<?>> writes = new ArrayList<>();
        for (int i = 0; i < 3000; i++) {
            writes.add(store.put("k" + i, bytes("1"), VersionCondition.ANY, Duration.ofMinutes(10)));
        }
        writes.add(store.append("log", bytes("1"), new LogLimits(1, 1, Duration.ofMinutes(3))));
        writes.forEach(StoreContract::await);
        eventually(() -> figures().entries() == 3000 && figures().logs() == 1);
        pass(Duration.ofMinutes(11));
        eventually(() -> figures().bytes() == 0);
    }

    @Test
    void numbersOfALogAreGivenOnce() {
        List<Future<LogPosition>> appends = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            appends.add(store.append("log", bytes("r" + i), LIMITS));
        }
        Set<Long> numbers = new HashSet<>();
        Set<String> epochs = new HashSet<>();
        for (Future<LogPosition> each : appends) {
            LogPosition position = await(each);
            numbers.add(position.number());
            epochs.add(position.epoch());
        }
        assertEquals(500, numbers.size());
        assertEquals(1, epochs.size());
        LogRecords read = await(store.read("log", 1, 1000, 1_000_000));
        assertEquals(1, read.first());
        assertEquals(500, read.last());
        assertEquals(500, read.records().size());
        assertEquals(epochs, Set.of(read.epoch()));
        for (int i = 0; i < 500; i++) {
            LogRecord record = read.records().get((int) await(appends.get(i)).number() - 1);
            assertEquals("r" + i, new String(record.bytes(), UTF_8));
        }
    }

    @Test
    void aReadOfALogIsBounded() {
        IntStream.range(0, 10).forEach(i -> await(store.append("log", bytes("12345"), LIMITS)));
        assertEquals(3, await(store.read("log", 1, 3, 1000)).records().size());
        assertEquals(2, await(store.read("log", 1, 10, 14)).records().size());
        assertEquals(1, await(store.read("log", 10, 10, 1)).records().size());
        assertEquals(0, await(store.read("log", 11, 10, 100)).records().size());
        assertEquals(0, await(store.read("none", 1, 10, 100)).last());
    }

    @Test
    void aLogIsBoundedByCount() {
        LogLimits three = new LogLimits(3, 1000, Duration.ofDays(1));
        IntStream.range(0, 5).forEach(i -> await(store.append("log", bytes("r" + i), three)));
        assertEquals(List.of("3=r2", "4=r3", "5=r4"), records(1));
    }

    @Test
    void aLogIsBoundedByBytes() {
        LogLimits ten = new LogLimits(100, 10, Duration.ofDays(1));
        IntStream.range(0, 5).forEach(i -> await(store.append("log", bytes("1234" + i), ten)));
        assertEquals(List.of("4=12343", "5=12344"), records(1));
        await(store.append("log", bytes("larger than the limit"), ten));
        assertEquals(List.of("6=larger than the limit"), records(1));
    }

    @Test
    void aLogIsBoundedByAge() {
        LogLimits hour = new LogLimits(100, 1000, Duration.ofHours(1));
        await(store.append("log", bytes("1"), hour));
        pass(Duration.ofMinutes(40));
        await(store.append("log", bytes("2"), hour));
        pass(Duration.ofMinutes(40));
        assertEquals(List.of("2=2"), records(1));
        pass(Duration.ofMinutes(40));
        LogRecords empty = await(store.read("log", 1, 10, 100));
        assertEquals(3, empty.first());
        assertEquals(2, empty.last());
        assertEquals(3, await(store.append("log", bytes("3"), hour)).number());
    }

    @Test
    void aLogHasTheLimitsOfItsLastAppend() {
        IntStream.range(0, 5).forEach(i -> await(store.append("log", bytes("r" + i), LIMITS)));
        await(store.append("log", bytes("r5"), new LogLimits(2, 1000, Duration.ofMinutes(1))));
        assertEquals(List.of("5=r4", "6=r5"), records(1));
        await(store.append("log", bytes("r6"), LIMITS));
        pass(Duration.ofMinutes(2));
        assertEquals(List.of("5=r4", "6=r5", "7=r6"), records(1));
    }

    @Test
    void aLogWithoutRecordsEndsAfterItsAge() {
        LogLimits minute = new LogLimits(10, 1000, Duration.ofMinutes(1));
        String epoch = await(store.append("log", bytes("1"), minute)).epoch();
        pass(Duration.ofMinutes(3));
        assertEquals(LogRecords.NONE, await(store.read("log", 1, 10, 100)));
        assertEquals(false, await(store.removeLog("log")));
        LogPosition position = await(store.append("log", bytes("1"), minute));
        assertEquals(1, position.number());
        assertNotEquals(epoch, position.epoch());
    }

    @Test
    void aLogThatIsCreatedAgainHasAnotherEpoch() {
        String epoch = await(store.append("log", bytes("1"), LIMITS)).epoch();
        assertEquals(true, await(store.removeLog("log")));
        assertEquals(false, await(store.removeLog("log")));
        LogPosition position = await(store.append("log", bytes("1"), LIMITS));
        assertEquals(1, position.number());
        assertNotEquals(epoch, position.epoch());
    }

    private List<String> records(long from) {
        return await(store.read("log", from, 100, 1000)).records().stream()
                .map(record -> record.number() + "=" + new String(record.bytes(), UTF_8))
                .toList();
    }

    @Test
    void keysAndLogsAreSeparateNames() {
        await(store.put("same", bytes("value"), VersionCondition.ANY));
        await(store.append("same", bytes("record"), LIMITS));
        assertEquals(true, await(store.remove("same", VersionCondition.ANY)));
        assertEquals(1, await(store.read("same", 1, 10, 100)).records().size());
    }

    @Test
    void whatIsOutOfRangeIsRefusedAtOnce() {
        byte[] large = new byte[StoreLimits.MAX_VALUE_BYTES + 1];
        assertThrows(IllegalArgumentException.class, () -> store.get(""));
        assertThrows(IllegalArgumentException.class, () -> store.get("x".repeat(1025)));
        assertThrows(IllegalArgumentException.class, () -> store.get("\ud800"));
        assertThrows(IllegalArgumentException.class, () -> store.put("a", large, VersionCondition.ANY));
        assertThrows(IllegalArgumentException.class, () -> store.append("a", large, LIMITS));
        assertThrows(
                IllegalArgumentException.class, () -> store.put("a", bytes("1"), VersionCondition.ANY, Duration.ZERO));
        assertThrows(
                IllegalArgumentException.class,
                () -> store.put("a", bytes("1"), VersionCondition.ANY, StoreLimits.MAX_DURATION.plusMillis(1)));
        assertThrows(IllegalArgumentException.class, () -> store.remove("", VersionCondition.ANY));
        assertThrows(IllegalArgumentException.class, () -> store.removeLog(""));
        assertThrows(IllegalArgumentException.class, () -> store.read("", 1, 1, 1));
        assertThrows(IllegalArgumentException.class, () -> store.read("a", 0, 1, 1));
        assertThrows(IllegalArgumentException.class, () -> store.read("a", 1, 0, 1));
        assertThrows(IllegalArgumentException.class, () -> store.read("a", 1, 1, 0));
        assertThrows(IllegalArgumentException.class, () -> store.watch("x".repeat(1025), new View()));
        await(store.put("\u00e4".repeat(512), new byte[StoreLimits.MAX_VALUE_BYTES], VersionCondition.ANY));
        await(store.append("a", new byte[0], LIMITS));
    }

    @Test
    void aFullStoreRefusesUntilThereIsRoom() {
        byte[] large = new byte[1_000_000];
        for (int i = 0; i < 4; i++) {
            await(store.put(beside("k" + i), large, VersionCondition.ANY));
        }
        StoreFullException full =
                failure(StoreFullException.class, store.put(beside("k4"), large, VersionCondition.ANY));
        assertEquals(MAX_BYTES, full.limit());
        assertEquals(MAX_BYTES, store.figures().maxBytes());
        assertTrue(full.used() > 4_000_000 && full.used() < full.limit());
        assertTrue(full.toString().contains("k4"), full::toString);
        failure(StoreFullException.class, store.append(beside("log"), large, LIMITS));
        assertNull(await(store.get(beside("k4"))));
        await(store.put(beside("k0"), large, VersionCondition.ANY));
        await(store.put(beside("k5"), bytes("small"), VersionCondition.ANY));
        await(store.remove(beside("k1"), VersionCondition.ANY));
        // Other nodes may have to learn of the room first.
        eventually(() -> {
            Future<LogPosition> append = store.append(beside("log"), large, LIMITS);
            eventually(append::isComplete);
            return append.succeeded();
        });
    }

    @Test
    void aLogAtItsLimitTakesRecordsInAFullStore() {
        byte[] large = new byte[1_000_000];
        LogLimits four = new LogLimits(4, 100_000_000, Duration.ofDays(1));
        for (int i = 0; i < 10; i++) {
            await(store.append(beside("log"), large, four));
        }
        failure(
                StoreFullException.class,
                store.append(beside("log"), large, new LogLimits(5, 100_000_000, Duration.ofDays(1))));
        assertEquals(10, await(store.read(beside("log"), 1, 1, 1)).last());
    }

    @Test
    void appendsInFlightDoNotExceedTheLimit() {
        byte[] large = new byte[1_000_000];
        byte[] small = new byte[100_000];
        LogLimits four = new LogLimits(4, 100_000_000, Duration.ofDays(1));
        for (int i = 0; i < 4; i++) {
            await(store.append(beside("log"), i == 0 ? large : small, four));
        }
        await(store.put(beside("a"), large, VersionCondition.ANY));
        await(store.put(beside("b"), large, VersionCondition.ANY));
        List<Future<LogPosition>> appends = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            appends.add(store.append(beside("log"), large, four));
        }
        appends.forEach(each -> eventually(each::isComplete));
        assertTrue(appends.get(0).succeeded());
        assertTrue(appends.stream().anyMatch(Future::failed));
        long used = await(store.read(beside("log"), 1, 10, 100_000_000)).records().stream()
                .mapToLong(record -> record.bytes().length)
                .sum();
        assertTrue(used + 2_000_000 <= MAX_BYTES, () -> "bytes of records: " + used);
    }

    @Test
    void appendsInFlightToALogAtItsLimitAreTaken() {
        byte[] large = new byte[1_000_000];
        LogLimits four = new LogLimits(4, 100_000_000, Duration.ofDays(1));
        List<Future<LogPosition>> appends = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            appends.add(store.append("log", large, four));
        }
        assertEquals(10, await(appends.get(9)).number());
    }

    @Test
    void aWatchGetsWhatIsThereAndThenChanges() {
        await(store.put("a/1", bytes("x"), VersionCondition.ANY));
        await(store.put("b/1", bytes("x"), VersionCondition.ANY));
        View view = new View();
        Watch watch = store.watch("a/", view);
        eventually(() -> view.synced.get() == 1 && view.values.equals(Map.of("a/1", "x")));
        await(store.put("a/2", bytes("y"), VersionCondition.ANY));
        await(store.put("a/1", bytes("z"), VersionCondition.ANY));
        await(store.put("b/2", bytes("y"), VersionCondition.ANY));
        eventually(() -> view.values.equals(Map.of("a/1", "z", "a/2", "y")));
        await(store.remove("a/1", VersionCondition.ANY));
        eventually(() -> view.values.equals(Map.of("a/2", "y")));
        watch.close();
        await(store.put("a/3", bytes("y"), VersionCondition.ANY));
        await(store.put("a/4", bytes("y"), VersionCondition.ANY));
        View other = new View();
        try (Watch ignored = store.watch("a/", other)) {
            eventually(() -> other.synced.get() == 1);
            assertEquals(Set.of("a/2", "a/3", "a/4"), other.values.keySet());
        }
        assertEquals(Map.of("a/2", "y"), view.values);
    }

    @Test
    void removalsHaveVersionsBetweenThoseOfTheKey() {
        long before = await(store.put("a", bytes("x"), VersionCondition.ANY));
        AtomicLong removed = new AtomicLong();
        View view = new View() {
            @Override
            public void absent(String key, long version) {
                super.absent(key, version);
                removed.set(version);
            }
        };
        try (Watch ignored = store.watch("", view)) {
            eventually(() -> view.synced.get() == 1);
            await(store.remove("a", VersionCondition.ANY));
            eventually(view.values::isEmpty);
            long after = await(store.put("a", bytes("y"), VersionCondition.ANY));
            assertTrue(before <= removed.get() && removed.get() < after, () -> before + " " + removed + " " + after);
        }
    }

    @Test
    void aListenerIsCalledOnTheContextOfItsWatch() {
        await(store.put("a", bytes("x"), VersionCondition.ANY));
        Context context = vertx.getOrCreateContext();
        Set<Context> contexts = ConcurrentHashMap.newKeySet();
        View view = new View() {
            @Override
            public void present(StoreEntry entry) {
                super.present(entry);
                contexts.add(Vertx.currentContext());
            }
        };
        context.runOnContext(turn -> store.watch("", view));
        eventually(() -> view.synced.get() == 1);
        await(store.put("b", bytes("x"), VersionCondition.ANY));
        eventually(() -> view.values.size() == 2);
        assertEquals(Set.of(context), contexts);
    }

    @Test
    void aWatchThatItsListenerClosesGetsNothingMore() {
        await(store.put("a", bytes("x"), VersionCondition.ANY));
        await(store.put("b", bytes("x"), VersionCondition.ANY));
        Context context = vertx.getOrCreateContext();
        AtomicReference<Watch> watch = new AtomicReference<>();
        View view = new View() {
            @Override
            public void present(StoreEntry entry) {
                super.present(entry);
                Objects.requireNonNull(watch.get()).close();
                Objects.requireNonNull(watch.get()).close();
            }
        };
        View other = new View();
        context.runOnContext(turn -> {
            watch.set(store.watch("", view));
            store.watch("", other);
        });
        eventually(() -> other.synced.get() == 1);
        await(store.put("c", bytes("x"), VersionCondition.ANY));
        eventually(() -> other.values.size() == 3);
        assertEquals(1, view.values.size());
        assertEquals(0, view.synced.get());
    }

    @Test
    void aWatchReportsExpiry() {
        View view = new View();
        try (Watch ignored = store.watch("", view)) {
            await(store.put("a", bytes("x"), VersionCondition.ANY, Duration.ofMinutes(1)));
            eventually(() -> view.values.size() == 1);
            pass(Duration.ofMinutes(1));
            eventually(view.values::isEmpty);
        }
    }

    @Test
    void aSlowListenerHasTheLatestStateInTheEnd() {
        Context context = workerContext();
        CountDownLatch blocked = new CountDownLatch(1);
        View view = new View();
        context.runOnContext(turn -> store.watch("k", view));
        eventually(() -> view.synced.get() == 1);
        context.runOnContext(turn -> hold(blocked));
        Map<String, String> expected = new TreeMap<>();
        List<Future<?>> writes = new ArrayList<>();
        for (int i = 0; i < 12_000; i++) {
            writes.add(store.put("k" + i, bytes("v"), VersionCondition.ANY));
            expected.put("k" + i, "v");
        }
        writes.forEach(StoreContract::await);
        for (int i = 0; i < 100; i++) {
            await(store.remove("k" + i, VersionCondition.ANY));
            expected.remove("k" + i);
        }
        blocked.countDown();
        eventually(() -> view.values.equals(expected));
    }

    private Context workerContext() {
        Promise<Context> started = Promise.promise();
        VerticleBase verticle = new VerticleBase() {
            @Override
            public Future<?> start() {
                started.complete(context);
                return Future.succeededFuture();
            }
        };
        await(vertx.deployVerticle(verticle, new DeploymentOptions().setThreadingModel(ThreadingModel.WORKER)));
        return await(started.future());
    }

    private static void hold(CountDownLatch latch) {
        try {
            assertTrue(latch.await(20, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aListenerThatThrowsGoesOn() {
        View view = new View() {
            @Override
            public void present(StoreEntry entry) {
                super.present(entry);
                throw new IllegalStateException("from the test");
            }
        };
        try (Watch ignored = store.watch("", view)) {
            await(store.put("a", bytes("x"), VersionCondition.ANY));
            await(store.put("b", bytes("x"), VersionCondition.ANY));
            eventually(() -> view.values.size() == 2);
        }
    }

    @Test
    void answersComeOnTheContextOfTheCaller() {
        Context context = vertx.getOrCreateContext();
        Promise<Context> seen = Promise.promise();
        Promise<Context> failed = Promise.promise();
        context.runOnContext(turn -> {
            store.put("a", bytes("1"), VersionCondition.ANY)
                    .compose(version -> store.get("a"))
                    .onComplete(entry -> seen.complete(Vertx.currentContext()));
            store.remove("b", VersionCondition.version(1))
                    .onComplete(removed -> failed.complete(Vertx.currentContext()));
        });
        assertSame(context, await(seen.future()));
        assertSame(context, await(failed.future()));
    }

    @Test
    void aClosedStoreRefusesEverything() {
        await(store.put("a", bytes("1"), VersionCondition.ANY));
        await(store.close());
        failure(StoreUnavailableException.class, store.get("a"));
        failure(StoreUnavailableException.class, store.put("a", bytes("1"), VersionCondition.ANY));
        failure(StoreUnavailableException.class, store.append("a", bytes("1"), LIMITS));
        failure(StoreUnavailableException.class, store.remove("a", VersionCondition.ANY));
        failure(StoreUnavailableException.class, store.read("a", 1, 1, 1));
        failure(StoreUnavailableException.class, store.removeLog("a"));
        store.watch("", new View()).close();
        await(store.close());
    }

    @Test
    void aStoreIsClosedByManyAtOnce() {
        List<Promise<Void>> closed = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            Promise<Void> done = Promise.promise();
            closed.add(done);
            vertx.getOrCreateContext().runOnContext(turn -> store.close().onComplete(done));
        }
        closed.forEach(each -> await(each.future()));
    }

    @Test
    void whatIsInFlightIsAnsweredWhenTheStoreCloses() {
        List<Future<Long>> writes = new ArrayList<>();
        for (int i = 0; i < 2000; i++) {
            writes.add(store.put("k" + i, bytes("v"), VersionCondition.ANY));
        }
        await(store.close());
        for (Future<Long> each : writes) {
            eventually(each::isComplete);
            assertTrue(each.succeeded() || each.cause() instanceof StoreUnavailableException);
        }
    }

    /** Keeps what a listener knows. */
    private static class View implements WatchListener {

        final Map<String, String> values = new ConcurrentSkipListMap<>();
        final AtomicInteger synced = new AtomicInteger();
        private final Set<String> unconfirmed = new HashSet<>();

        @Override
        public void syncing() {
            unconfirmed.addAll(values.keySet());
        }

        @Override
        public void present(StoreEntry entry) {
            unconfirmed.remove(entry.key());
            values.put(entry.key(), text(entry));
        }

        @Override
        public void absent(String key, long version) {
            values.remove(key);
        }

        @Override
        public void synced() {
            values.keySet().removeAll(unconfirmed);
            unconfirmed.clear();
            synced.incrementAndGet();
        }
    }

    private static void assertMismatch(long current, Future<?> write) {
        assertEquals(current, failure(VersionMismatchException.class, write).current());
    }

    protected static <E extends Throwable> E failure(Class<E> type, Future<?> future) {
        eventually(future::isComplete);
        return assertInstanceOf(type, future.cause());
    }

    protected static void eventually(Supplier<Boolean> condition) {
        Awaitility.await()
                .pollInterval(Duration.ofMillis(2))
                .atMost(Duration.ofSeconds(20))
                .until(condition::get);
    }

    protected static <T> T await(Future<T> future) {
        return within(future);
    }

    private static <T> T within(Future<T> future) {
        try {
            return future.await(20, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new AssertionError("no answer", e);
        }
    }

    protected static String text(StoreEntry entry) {
        return new String(entry.value(), UTF_8);
    }

    protected static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }
}
