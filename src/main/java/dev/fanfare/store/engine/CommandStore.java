package dev.fanfare.store.engine;

import dev.fanfare.core.MonotonicClock;
import dev.fanfare.store.LogLimits;
import dev.fanfare.store.LogPosition;
import dev.fanfare.store.LogRecord;
import dev.fanfare.store.LogRecords;
import dev.fanfare.store.Store;
import dev.fanfare.store.StoreEntry;
import dev.fanfare.store.StoreLimits;
import dev.fanfare.store.StoreObserver;
import dev.fanfare.store.StoreOperation;
import dev.fanfare.store.StoreOutcome;
import dev.fanfare.store.StoreUnavailableException;
import dev.fanfare.store.VersionCondition;
import dev.fanfare.store.VersionMismatchException;
import dev.fanfare.store.Watch;
import dev.fanfare.store.WatchListener;
import dev.fanfare.store.state.StoreCommand;
import dev.fanfare.store.state.StoreResult;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * An engine that makes its changes by commands on one event loop: that of the verticle. Checks arguments, bounds what is in
 * flight, answers on the context of the caller, and reports to the observer. It refuses everything before {@link #serve}
 * and after {@link #refuse}.
 */
public abstract class CommandStore extends VerticleBase implements Store {

    /** What a call in flight costs besides its value. */
    protected static final int CALL_OVERHEAD = 256;

    /** Of reads, and the same of writes, so that writes that do not get on leave room for reads. */
    private static final long MAX_IN_FLIGHT_BYTES = 64L * 1024 * 1024;

    /** What a value is taken to have until it is there: more counts from then on. */
    private static final int EXPECTED_VALUE_BYTES = 64 * 1024;

    /** What a record that was read costs besides its bytes. */
    private static final int RECORD_OVERHEAD = 48;

    private final MonotonicClock clock;
    private final StoreObserver observer;
    private final AtomicLong readBytes = new AtomicLong();
    private final AtomicLong writeBytes = new AtomicLong();

    private final AtomicInteger openWatches = new AtomicInteger();

    /** What makes watches begin that were opened since the context of the verticle looked. */
    private final Queue<Runnable> opened = new ConcurrentLinkedQueue<>();

    private volatile @Nullable Context owner;
    private volatile boolean refusing;

    protected CommandStore(MonotonicClock clock, StoreObserver observer) {
        this.clock = clock;
        this.observer = observer;
    }

    /** Begins to serve, with the watches that were opened before. On the context of the verticle. */
    protected final void serve() {
        owner = context;
        admitAll();
    }

    /** Runs what makes a watch begin, on the context of the verticle, unless the store is closed first. Any thread. */
    protected final void admit(Runnable begin) {
        opened.add(begin);
        Context there = owner;
        if (there != null && !refusing) {
            there.runOnContext(turn -> admitAll());
        }
    }

    private void admitAll() {
        for (Runnable begin = opened.poll(); begin != null; begin = opened.poll()) {
            if (!refusing) {
                begin.run();
            }
        }
    }

    /** Refuses every call from now on; those in flight are still to be answered. Any thread. */
    protected final void refuse() {
        refusing = true;
    }

    /** Whether it refuses every call because it is shutting down. Any thread. */
    protected final boolean isRefusing() {
        return refusing;
    }

    /** The context of the verticle; null before {@link #serve}. Any thread. */
    protected final @Nullable Context owner() {
        return owner;
    }

    protected final StoreObserver observer() {
        return observer;
    }

    protected static StoreUnavailableException shuttingDown() {
        return new StoreUnavailableException("the store is shutting down");
    }

    /**
     * Applies a command. Called on the context of the verticle.
     *
     * @param name of the key or of the log
     * @param valueLength the bytes of the value or of the record
     * @param promise fails with a {@link dev.fanfare.store.StoreException}
     */
    protected abstract void change(StoreCommand command, String name, int valueLength, Promise<StoreResult> promise);

    /** Reads a key. Called on the context of the verticle. */
    protected abstract void find(String key, Promise<@Nullable StoreEntry> promise);

    /** Reads a log. Called on the context of the verticle. */
    protected abstract void find(String log, long from, int maxRecords, int maxBytes, Promise<LogRecords> promise);

    /** Opens a watch, as {@link #watch} says. Any thread. */
    protected abstract Watch openWatch(String prefix, WatchListener listener);

    @Override
    public final Watch watch(String prefix, WatchListener listener) {
        StoreLimits.checkPrefix(prefix);
        if (openWatches.incrementAndGet() > StoreLimits.MAX_WATCHES) {
            openWatches.decrementAndGet();
            throw new IllegalStateException("more than " + StoreLimits.MAX_WATCHES + " watches are open");
        }
        Watch watch = openWatch(prefix, listener);
        AtomicBoolean open = new AtomicBoolean(true);
        return () -> {
            watch.close();
            if (open.getAndSet(false)) {
                openWatches.decrementAndGet();
            }
        };
    }

    @Override
    public Future<@Nullable StoreEntry> get(String key) {
        StoreLimits.checkName(key);
        return call(
                StoreOperation.GET,
                EXPECTED_VALUE_BYTES,
                readBytes,
                entry -> entry == null ? 0 : entry.value().length,
                promise -> find(key, promise));
    }

    @Override
    public Future<Long> put(String key, byte[] value, VersionCondition condition, @Nullable Duration timeToLive) {
        StoreLimits.checkName(key);
        StoreLimits.checkValue(value);
        StoreLimits.checkTimeToLive(timeToLive);
        StoreCommand put = new StoreCommand.Put(key, value, condition, timeToLive == null ? 0 : timeToLive.toMillis());
        return call(
                StoreOperation.PUT,
                put,
                key,
                value.length,
                result -> result instanceof StoreResult.Stored stored
                        ? Future.succeededFuture(stored.version())
                        : mismatch(result));
    }

    @Override
    public Future<Boolean> remove(String key, VersionCondition condition) {
        StoreLimits.checkName(key);
        return call(
                StoreOperation.REMOVE,
                new StoreCommand.Remove(key, condition),
                key,
                0,
                result -> result instanceof StoreResult.Removed removed
                        ? Future.succeededFuture(removed.wasThere())
                        : mismatch(result));
    }

    private static <T> Future<T> mismatch(StoreResult result) {
        return Future.failedFuture(new VersionMismatchException(((StoreResult.Mismatch) result).current()));
    }

    @Override
    public Future<LogPosition> append(String log, byte[] record, LogLimits limits) {
        StoreLimits.checkName(log);
        StoreLimits.checkValue(record);
        return call(
                StoreOperation.APPEND,
                new StoreCommand.Append(log, record, limits),
                log,
                record.length,
                result -> Future.succeededFuture(((StoreResult.Appended) result).position()));
    }

    @Override
    public Future<LogRecords> read(String log, long from, int maxRecords, int maxBytes) {
        StoreLimits.checkName(log);
        StoreLimits.checkRead(from, maxRecords, maxBytes);
        int records = Math.min(maxRecords, StoreLimits.MAX_READ_RECORDS);
        int bytes = Math.min(maxBytes, StoreLimits.MAX_READ_BYTES);
        return call(
                StoreOperation.READ,
                Math.max(bytes, EXPECTED_VALUE_BYTES),
                readBytes,
                CommandStore::bytes,
                promise -> find(log, from, records, bytes, promise));
    }

    private static long bytes(LogRecords records) {
        long bytes = 0;
        for (LogRecord each : records.records()) {
            bytes += RECORD_OVERHEAD + each.bytes().length;
        }
        return bytes;
    }

    @Override
    public Future<Boolean> removeLog(String log) {
        StoreLimits.checkName(log);
        return call(
                StoreOperation.REMOVE_LOG,
                new StoreCommand.RemoveLog(log),
                log,
                0,
                result -> Future.succeededFuture(((StoreResult.Removed) result).wasThere()));
    }

    private <T> Future<T> call(
            StoreOperation operation,
            StoreCommand command,
            String name,
            int valueLength,
            Function<StoreResult, Future<T>> answer) {
        return call(operation, valueLength, writeBytes, result -> 0, promise -> {
            Promise<StoreResult> applied = Promise.promise();
            applied.future().compose(answer).onComplete(promise);
            change(command, name, valueLength, applied);
        });
    }

    /**
     * Runs on the context of the verticle, completes on the caller's.
     *
     * @param bytes that it is taken to hold until its result is there
     * @param resultBytes what it holds from then on, until the caller gets it
     */
    private <T> Future<T> call(
            StoreOperation operation,
            int bytes,
            AtomicLong inFlightBytes,
            ToLongFunction<T> resultBytes,
            Consumer<Promise<T>> action) {
        long begun = clock.nanos();
        Context there = owner;
        if (there == null || refusing) {
            return refused(
                    operation, refusing ? shuttingDown() : new StoreUnavailableException("the store is starting"));
        }
        InFlightCall call = new InFlightCall(inFlightBytes);
        long inFlight = call.hold(bytes);
        if (inFlight > MAX_IN_FLIGHT_BYTES) {
            call.end();
            return refused(operation, tooMuch(inFlight));
        }
        Promise<T> here = Promise.promise();
        Context caller = vertx.getOrCreateContext();
        Promise<T> promise = Promise.promise();
        promise.future().onComplete((result, failure) -> {
            long held = failure == null ? resultBytes.applyAsLong(result) : 0;
            long all = call.hold(held);
            boolean excess = held > bytes && all > MAX_IN_FLIGHT_BYTES;
            Throwable cause = excess ? tooMuch(all) : failure;
            observer.completed(operation, StoreOutcome.of(cause), clock.nanos() - begun);
            complete(here, excess ? null : result, cause, call, caller, there);
        });
        try {
            there.runOnContext(turn -> action.accept(promise));
        } catch (RejectedExecutionException e) {
            call.end();
            return refused(operation, shuttingDown());
        }
        return here.future();
    }

    private static <T> void complete(
            Promise<T> here,
            @Nullable T result,
            @Nullable Throwable failure,
            InFlightCall call,
            Context caller,
            Context there) {
        if (caller == there) {
            call.end();
            here.complete(result, failure);
            return;
        }
        try {
            caller.runOnContext(turn -> {
                call.end();
                here.complete(result, failure);
            });
        } catch (RejectedExecutionException e) {
            call.end(); // its event loop has ended
        }
    }

    private static StoreUnavailableException tooMuch(long inFlight) {
        return new StoreUnavailableException("too many operations are in flight: " + inFlight + " bytes");
    }

    /** What a call holds of the bytes that all of them share. Its methods are called one after the other. */
    private static final class InFlightCall {

        private final AtomicLong all;
        private long held;

        InFlightCall(AtomicLong all) {
            this.all = all;
        }

        /** From now on it holds so many bytes besides {@link #CALL_OVERHEAD}. Returns what all hold. */
        long hold(long bytes) {
            long before = held;
            held = CALL_OVERHEAD + bytes;
            return all.addAndGet(held - before);
        }

        void end() {
            all.addAndGet(-held);
            held = 0;
        }
    }

    /** Completes on the context of the caller, if there is one. */
    protected static Future<Void> onCallersContext(Future<Void> future) {
        Context caller = Vertx.currentContext();
        if (caller == null) {
            return future;
        }
        Promise<Void> here = Promise.promise();
        future.onComplete(done -> caller.runOnContext(turn -> here.complete()));
        return here.future();
    }

    private <T> Future<T> refused(StoreOperation operation, StoreUnavailableException failure) {
        observer.completed(operation, StoreOutcome.of(failure), 0);
        return Future.failedFuture(failure);
    }
}
