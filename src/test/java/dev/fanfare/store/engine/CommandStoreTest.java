package dev.fanfare.store.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.store.LogRecord;
import dev.fanfare.store.LogRecords;
import dev.fanfare.store.StoreEntry;
import dev.fanfare.store.StoreFigures;
import dev.fanfare.store.StoreLimits;
import dev.fanfare.store.StoreObserver;
import dev.fanfare.store.StoreUnavailableException;
import dev.fanfare.store.Watch;
import dev.fanfare.store.WatchListener;
import dev.fanfare.store.state.StoreCommand;
import dev.fanfare.store.state.StoreResult;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is in flight in an engine whose reads are answered when the test says. */
class CommandStoreTest {

    private static final int MIB = 1024 * 1024;

    private final Vertx vertx = Vertx.vertx();
    private final SlowStore store = new SlowStore();

    @BeforeEach
    void open() {
        await(vertx.deployVerticle(store));
    }

    @AfterEach
    void close() {
        await(vertx.close());
    }

    @Test
    void readsInFlightAreBoundedByWhatTheyMayReturn() {
        List<Future<LogRecords>> reads = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            reads.add(store.read("log", 1, 1000, Integer.MAX_VALUE));
        }
        Awaitility.await().until(() -> store.reads.size() == 15);
        List<Future<LogRecords>> refused = reads.stream().filter(Future::failed).toList();
        assertEquals(85, refused.size());
        assertTrue(refused.stream().allMatch(read -> read.cause() instanceof StoreUnavailableException));
        store.answerReads(new LogRecords("e", 1, 1, List.of(new LogRecord(1, new byte[10]))));
        reads.stream().filter(read -> !read.failed()).forEach(CommandStoreTest::await);
        for (int i = 0; i < 900; i++) {
            reads.add(store.read("log", 1, 1000, 1000));
        }
        Awaitility.await().until(() -> store.reads.size() == 900);
    }

    /** It does not read them: values of 1 MiB each fill what all of them may take. */
    @Test
    void anAnswerCountsUntilTheCallerGetsIt() throws InterruptedException {
        Context caller = vertx.getOrCreateContext();
        CountDownLatch blocked = new CountDownLatch(1);
        CountDownLatch called = new CountDownLatch(1);
        List<Future<StoreEntry>> gets = new ArrayList<>();
        caller.runOnContext(turn -> {
            for (int i = 0; i < 100; i++) {
                gets.add(store.get("key"));
            }
            called.countDown();
            awaitUninterruptibly(blocked);
        });
        assertTrue(called.await(10, TimeUnit.SECONDS));
        Awaitility.await().until(() -> store.gets.size() == 100);
        store.answerGets(new StoreEntry("key", new byte[MIB], 1, null));
        Future<StoreEntry> another = store.get("key");
        assertThrows(StoreUnavailableException.class, () -> await(another));
        blocked.countDown();
        Awaitility.await().until(() -> gets.stream().allMatch(Future::isComplete));
        long answered = gets.stream().filter(Future::succeeded).count();
        assertTrue(answered > 50 && answered < 65, () -> "answered=" + answered);
        Future<StoreEntry> later = store.get("key");
        Awaitility.await().until(() -> store.gets.size() == 1);
        store.answerGets(new StoreEntry("key", new byte[1], 2, null));
        assertEquals(2, await(later).version());
    }

    @Test
    @SuppressWarnings("try") // watches that are only closed
    void watchesAreBounded() {
        List<Watch> watches = new ArrayList<>();
        for (int i = 0; i < StoreLimits.MAX_WATCHES; i++) {
            watches.add(store.watch("k", new Ignored()));
        }
        assertThrows(IllegalStateException.class, () -> store.watch("k", new Ignored()));
        watches.get(0).close();
        watches.get(0).close();
        watches.add(store.watch("k", new Ignored()));
        assertThrows(IllegalStateException.class, () -> store.watch("k", new Ignored()));
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        try {
            assertTrue(latch.await(20, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static <T> T await(Future<T> future) {
        try {
            return future.await(10, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new AssertionError("no answer", e);
        }
    }

    private static final class SlowStore extends CommandStore {

        private final Queue<Promise<LogRecords>> reads = new ConcurrentLinkedQueue<>();
        private final Queue<Promise<@Nullable StoreEntry>> gets = new ConcurrentLinkedQueue<>();

        SlowStore() {
            super(System::nanoTime, StoreObserver.NONE);
        }

        @Override
        public Future<?> start() {
            serve();
            return Future.succeededFuture();
        }

        private void answerReads(LogRecords records) {
            for (Promise<LogRecords> read = reads.poll(); read != null; read = reads.poll()) {
                read.complete(records);
            }
        }

        private void answerGets(StoreEntry entry) {
            for (Promise<@Nullable StoreEntry> get = gets.poll(); get != null; get = gets.poll()) {
                get.complete(entry);
            }
        }

        @Override
        protected void change(StoreCommand command, String name, int valueLength, Promise<StoreResult> promise) {
            promise.fail(new StoreUnavailableException("reads only"));
        }

        @Override
        protected void find(String key, Promise<@Nullable StoreEntry> promise) {
            gets.add(promise);
        }

        @Override
        protected void find(String log, long from, int maxRecords, int maxBytes, Promise<LogRecords> promise) {
            reads.add(promise);
        }

        @Override
        protected Watch openWatch(String prefix, WatchListener listener) {
            return () -> {};
        }

        @Override
        public StoreFigures figures() {
            return new StoreFigures(0, 0, 0, 0, 0, 0);
        }

        @Override
        public Future<Void> close() {
            return Future.succeededFuture();
        }
    }

    private static final class Ignored implements WatchListener {

        @Override
        public void syncing() {}

        @Override
        public void present(StoreEntry entry) {}

        @Override
        public void absent(String key, long version) {}

        @Override
        public void synced() {}
    }
}
