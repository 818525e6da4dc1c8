package dev.fanfare.consumer;

import dev.fanfare.store.LogLimits;
import dev.fanfare.store.LogPosition;
import dev.fanfare.store.LogRecords;
import dev.fanfare.store.OutcomeUnknownException;
import dev.fanfare.store.Store;
import dev.fanfare.store.StoreEntry;
import dev.fanfare.store.StoreFigures;
import dev.fanfare.store.StoreUnavailableException;
import dev.fanfare.store.VersionCondition;
import dev.fanfare.store.Watch;
import dev.fanfare.store.WatchListener;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Another store, whose keys can be made to fail. */
final class FaultyStore implements Store {

    /** What happens to reads and writes of keys. */
    enum Fault {
        NONE,
        /** Nothing is done. */
        UNAVAILABLE,
        /** Writes are done, but their answers are lost. */
        ANSWERS_LOST
    }

    volatile Fault fault = Fault.NONE;

    /** How often a key was read. */
    final AtomicInteger reads = new AtomicInteger();

    private final Store store;

    FaultyStore(Store store) {
        this.store = store;
    }

    private static <T> Future<T> unavailable() {
        return Future.failedFuture(new StoreUnavailableException("made to fail"));
    }

    private <T> Future<T> answer(Future<T> written) {
        return fault == Fault.ANSWERS_LOST
                ? written.compose(done -> Future.failedFuture(new OutcomeUnknownException("made to be lost")))
                : written;
    }

    @Override
    public Future<@Nullable StoreEntry> get(String key) {
        reads.incrementAndGet();
        return fault == Fault.UNAVAILABLE ? unavailable() : store.get(key);
    }

    @Override
    public Future<Long> put(String key, byte[] value, VersionCondition condition, @Nullable Duration timeToLive) {
        return fault == Fault.UNAVAILABLE ? unavailable() : answer(store.put(key, value, condition, timeToLive));
    }

    @Override
    public Future<Boolean> remove(String key, VersionCondition condition) {
        return fault == Fault.UNAVAILABLE ? unavailable() : answer(store.remove(key, condition));
    }

    @Override
    public Watch watch(String prefix, WatchListener listener) {
        return store.watch(prefix, listener);
    }

    @Override
    public Future<LogPosition> append(String log, byte[] record, LogLimits limits) {
        return store.append(log, record, limits);
    }

    @Override
    public Future<LogRecords> read(String log, long from, int maxRecords, int maxBytes) {
        return store.read(log, from, maxRecords, maxBytes);
    }

    @Override
    public Future<Boolean> removeLog(String log) {
        return store.removeLog(log);
    }

    @Override
    public StoreFigures figures() {
        return store.figures();
    }

    @Override
    public Future<Void> close() {
        return store.close();
    }
}
