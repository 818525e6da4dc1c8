package dev.fanfare.store.local;

import dev.fanfare.core.MonotonicClock;
import dev.fanfare.store.LogRecords;
import dev.fanfare.store.OutcomeUnknownException;
import dev.fanfare.store.StoreEntry;
import dev.fanfare.store.StoreException;
import dev.fanfare.store.StoreFigures;
import dev.fanfare.store.StoreFullException;
import dev.fanfare.store.StoreLimits;
import dev.fanfare.store.StoreObserver;
import dev.fanfare.store.StoreUnavailableException;
import dev.fanfare.store.Watch;
import dev.fanfare.store.WatchListener;
import dev.fanfare.store.engine.CommandStore;
import dev.fanfare.store.file.FileJournal;
import dev.fanfare.store.file.NotWrittenException;
import dev.fanfare.store.state.StateSnapshot;
import dev.fanfare.store.state.StoreCommand;
import dev.fanfare.store.state.StoreResult;
import dev.fanfare.store.state.StoreState;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.WorkerExecutor;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The store of a single node: in memory, and with a journal also in files. A verticle: it can be used once it is deployed,
 * and undeploying it closes it.
 *
 * <p>The state is touched on the verticle's event loop only. With a journal, commands wait there until they are on the disk:
 * all that arrive while a batch is written make the next batch. They are applied afterwards, in order, so a read never
 * returns what a crash could undo. Files are read and written by two threads of their own.
 */
public final class LocalStore extends CommandStore {

    private static final Logger log = LoggerFactory.getLogger(LocalStore.class);

    private static final int BATCH_COMMANDS = 512;
    private static final long BATCH_BYTES = 1024 * 1024;
    private static final int EXPIRE_MAX = 512;
    private static final long TICK_MILLIS = 250;
    private static final long SNAPSHOT_RETRY_MILLIS = 10_000;
    private static final StoreFigures EMPTY = new StoreFigures(0, 0, 0, 0, 0);

    private final long maxBytes;
    private final @Nullable FileJournal journal;
    private final MonotonicClock clock;
    private final InstantSource timeOfDay;
    private final Deque<Queued> queue = new ArrayDeque<>();
    private final List<LocalWatch> watches = new ArrayList<>();
    private final Promise<Void> closed = Promise.promise();

    private volatile StoreFigures figures = EMPTY;

    private StoreState state;
    private StoreClock storeClock;
    private @Nullable WorkerExecutor workers;
    private boolean busy;
    private boolean expiring;
    private boolean failing;
    private boolean snapshotting;
    private long nextSnapshotMillis;
    private long ticks = -1;

    /** A command that is not applied yet. */
    private record Queued(StoreCommand command, String name, Promise<StoreResult> promise, long bytes) {}

    /**
     * @param maxBytes that entries and logs may take, with what they cost besides their content
     * @param journal null to keep everything in memory only
     * @param clock measures times to live
     * @param timeOfDay says how much time has passed while the store was not running
     */
    public LocalStore(
            long maxBytes,
            @Nullable FileJournal journal,
            MonotonicClock clock,
            InstantSource timeOfDay,
            StoreObserver observer) {
        super(clock, observer);
        this.maxBytes = maxBytes;
        this.journal = journal;
        this.clock = clock;
        this.timeOfDay = timeOfDay;
        this.state = new StoreState(newEpoch(), 0);
        this.storeClock = new StoreClock(clock, timeOfDay.millis());
    }

    /**
     * Opens the store, and with a journal reads what it has. Fails if the files cannot be used; the message says why and what
     * to do.
     */
    @Override
    public Future<?> start() {
        FileJournal files = journal;
        if (files == null) {
            begin();
            return Future.succeededFuture();
        }
        WorkerExecutor pool = vertx.createSharedWorkerExecutor("fanfare-store-" + deploymentID(), 2);
        workers = pool;
        return pool.executeBlocking(() -> open(files), false)
                .onSuccess(opened -> {
                    state = opened;
                    storeClock = new StoreClock(clock, Math.max(opened.time(), timeOfDay.millis()));
                    begin();
                })
                .recover(failure -> pool.executeBlocking(
                                () -> {
                                    files.close();
                                    return true;
                                },
                                false)
                        .compose(v -> pool.close())
                        .transform(v -> Future.failedFuture(failure)));
    }

    private StoreState open(FileJournal files) throws IOException {
        JournalContent content = new JournalContent();
        if (files.open(content)) {
            return content.state();
        }
        FileJournal.Rotation rotation = files.rotate();
        StateSnapshot snapshot = state.snapshot();
        files.writeSnapshot(rotation, snapshot::next);
        return state;
    }

    private void begin() {
        state.onChange(key -> watches.forEach(watch -> watch.changed(key)));
        publishFigures();
        ticks = vertx.setPeriodic(TICK_MILLIS, tick -> tick());
        serve();
    }

    @Override
    public Future<?> stop() {
        return close();
    }

    @Override
    protected void find(String key, Promise<@Nullable StoreEntry> promise) {
        promise.complete(state.get(key, storeClock.now()));
    }

    @Override
    protected void find(String name, long from, int maxRecords, int maxBytes, Promise<LogRecords> promise) {
        promise.complete(state.read(name, from, maxRecords, maxBytes, storeClock.now()));
    }

    @Override
    public Watch watch(String prefix, WatchListener listener) {
        StoreLimits.checkPrefix(prefix);
        Context there = owner();
        if (there == null || isRefusing()) {
            return () -> {};
        }
        LocalWatch watch = new LocalWatch(prefix, listener, there, vertx.getOrCreateContext());
        there.runOnContext(turn -> {
            watches.add(watch);
            watch.deliver(state, storeClock);
        });
        return watch;
    }

    @Override
    public StoreFigures figures() {
        return figures;
    }

    @Override
    public Future<Void> close() {
        Context there = owner();
        boolean again = isRefusing();
        refuse();
        if (there == null) {
            return Future.succeededFuture();
        }
        if (!again) {
            there.runOnContext(turn -> shutDown());
        }
        return closed.future();
    }

    private void shutDown() {
        vertx.cancelTimer(ticks);
        watches.forEach(LocalWatch::close);
        watches.clear();
        refuseQueued(shuttingDown());
        if (journal != null) {
            journal.cancelSnapshot();
        }
        completeClose();
    }

    private void completeClose() {
        FileJournal files = journal;
        WorkerExecutor pool = workers;
        if (busy || snapshotting) {
            return;
        }
        if (files == null || pool == null) {
            closed.tryComplete();
            return;
        }
        workers = null;
        pool.executeBlocking(
                        () -> {
                            files.close();
                            return true;
                        },
                        false)
                .transform(done -> pool.close())
                .onComplete(done -> closed.tryComplete());
    }

    @Override
    protected void change(StoreCommand command, String name, int valueLength, Promise<StoreResult> promise) {
        if (isRefusing()) {
            promise.fail(shuttingDown());
            return;
        }
        long now = storeClock.now();
        if (journal != null) {
            queue.add(new Queued(command, name, promise, (long) CALL_OVERHEAD + valueLength));
            work();
        } else if (isTooMuch(state.bytes(), state.growth(command, now))) {
            promise.fail(new StoreFullException(name, state.bytes(), maxBytes));
        } else {
            promise.complete(state.apply(command, now));
            deliver();
        }
    }

    private boolean isTooMuch(long used, long growth) {
        return growth > 0 && used + growth > maxBytes;
    }

    private void refuseQueued(StoreException failure) {
        List<Queued> refused = List.copyOf(queue);
        queue.clear();
        refused.forEach(each -> each.promise.fail(failure));
    }

    /** Writes the next batch, or begins a snapshot, unless something is being written. */
    private void work() {
        FileJournal files = journal;
        WorkerExecutor pool = workers;
        if (busy || files == null || pool == null) {
            return;
        }
        if (isRefusing()) {
            completeClose();
        } else if (isSnapshotDue(files)) {
            beginSnapshot(files, pool);
        } else if (!queue.isEmpty()) {
            writeBatch(files, pool);
        }
    }

    private void writeBatch(FileJournal files, WorkerExecutor pool) {
        long now = storeClock.now();
        List<Queued> batch = nextBatch(now);
        if (batch.isEmpty()) {
            if (!queue.isEmpty()) {
                context.runOnContext(turn -> work());
            }
            return;
        }
        busy = true;
        pool.executeBlocking(
                        () -> {
                            long begun = clock.nanos();
                            files.append(JournalContent.records(batch, Queued::command, now));
                            observer().written(clock.nanos() - begun);
                            return true;
                        },
                        false)
                .onComplete((done, failure) -> {
                    busy = false;
                    if (failure == null) {
                        apply(batch, now);
                    } else {
                        fail(batch, failure);
                    }
                    work();
                });
    }

    /** Takes commands for which there is room. Everything taken before has been applied or has failed. */
    private List<Queued> nextBatch(long now) {
        List<Queued> batch = new ArrayList<>();
        Set<String> appended = new HashSet<>();
        long bytes = 0;
        long used = state.bytes();
        for (int i = 0; i < BATCH_COMMANDS && !queue.isEmpty() && bytes < BATCH_BYTES; i++) {
            Queued next = queue.element();
            long growth = growth(next.command, appended, now);
            if (isTooMuch(used, growth) && !batch.isEmpty()) {
                break; // what is in the batch may make room
            }
            queue.remove();
            if (isTooMuch(used, growth)) {
                next.promise.fail(new StoreFullException(next.name, used, maxBytes));
            } else {
                batch.add(next);
                bytes += next.bytes;
                used += growth;
                if (next.command instanceof StoreCommand.Append append) {
                    appended.add(append.log());
                }
            }
        }
        return batch;
    }

    /** Only the first append of a batch counts what its log drops: the next ones would count the same records. */
    private long growth(StoreCommand command, Set<String> appended, long now) {
        return command instanceof StoreCommand.Append append && appended.contains(append.log())
                ? StoreState.growthAfterAppend(append)
                : state.growth(command, now);
    }

    private void apply(List<Queued> batch, long now) {
        for (Queued each : batch) {
            each.promise.complete(state.apply(each.command, now));
        }
        if (failing) {
            failing = false;
            log.atInfo().log("the store can write its files again");
        }
        deliver();
    }

    private void fail(List<Queued> batch, Throwable failure) {
        if (!failing) {
            failing = true;
            log.atError()
                    .setCause(failure)
                    .log("failed to write the files of the store; writes are refused until it works");
        }
        StoreException refusal = failure instanceof NotWrittenException
                ? new StoreUnavailableException("the store cannot write its files: " + failure.getMessage(), failure)
                : new OutcomeUnknownException("the store failed to write its files: " + failure.getMessage(), failure);
        batch.forEach(each -> each.promise.fail(refusal));
    }

    private boolean isSnapshotDue(FileJournal files) {
        return !snapshotting && files.isSnapshotDue(state.bytes()) && clock.millis() - nextSnapshotMillis >= 0;
    }

    private void beginSnapshot(FileJournal files, WorkerExecutor pool) {
        busy = true;
        pool.executeBlocking(files::rotate, false).onComplete((rotation, failure) -> {
            busy = false;
            if (failure == null) {
                writeSnapshot(files, pool, rotation);
            } else {
                snapshotFailed(failure);
            }
            work();
        });
    }

    private void writeSnapshot(FileJournal files, WorkerExecutor pool, FileJournal.Rotation rotation) {
        snapshotting = true;
        StateSnapshot snapshot = state.snapshot();
        pool.executeBlocking(
                        () -> {
                            files.writeSnapshot(rotation, snapshot::next);
                            return true;
                        },
                        false)
                .onComplete((done, failure) -> {
                    snapshotting = false;
                    if (failure != null && !isRefusing()) {
                        snapshotFailed(failure);
                    }
                    work();
                });
    }

    private void snapshotFailed(Throwable failure) {
        nextSnapshotMillis = clock.millis() + SNAPSHOT_RETRY_MILLIS;
        log.atWarn().setCause(failure).log("failed to write a snapshot of the store; its journal grows until it works");
    }

    private void deliver() {
        if (!watches.isEmpty()) {
            watches.removeIf(LocalWatch::isClosed);
            watches.forEach(watch -> watch.deliver(state, storeClock));
        }
    }

    private void tick() {
        publishFigures();
        expire();
        deliver();
        work();
    }

    private void expire() {
        if (expiring || isRefusing() || state.nextExpiry() > storeClock.now()) {
            return;
        }
        expiring = true;
        Promise<StoreResult> promise = Promise.promise();
        change(new StoreCommand.Expire(EXPIRE_MAX), "", 0, promise);
        promise.future().onComplete((result, failure) -> {
            expiring = false;
            if (result instanceof StoreResult.Expired expired && expired.more()) {
                vertx.runOnContext(turn -> expire());
            }
        });
    }

    private void publishFigures() {
        figures = new StoreFigures(
                state.entryCount(), state.logCount(), state.bytes(), maxBytes, journal == null ? 0 : journal.bytes());
    }

    private static String newEpoch() {
        return Long.toHexString(new SecureRandom().nextLong());
    }
}
