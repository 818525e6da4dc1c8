package dev.fanfare.store.local;

import dev.fanfare.core.MonotonicClock;
import dev.fanfare.store.LogRecords;
import dev.fanfare.store.OutcomeUnknownException;
import dev.fanfare.store.StoreEntry;
import dev.fanfare.store.StoreException;
import dev.fanfare.store.StoreFigures;
import dev.fanfare.store.StoreFullException;
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
import io.vertx.core.Vertx;
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
import java.util.concurrent.atomic.AtomicReference;
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

    /** How long a write waits for its turn, and how long for the disk. */
    private static final long PATIENCE_MILLIS = 10_000;

    private static final StoreFigures EMPTY = new StoreFigures(0, 0, 0, 0, 0, 0);

    private final long maxBytes;
    private final @Nullable FileJournal journal;
    private final MonotonicClock clock;
    private final InstantSource timeOfDay;
    private final long patienceMillis;
    private final Deque<Queued> queue = new ArrayDeque<>();
    private final List<LocalWatch> watches = new ArrayList<>();
    private final AtomicReference<StorePhase> phase = new AtomicReference<>(StorePhase.NEW);
    private final Promise<Void> closed = Promise.promise();

    private volatile StoreFigures figures = EMPTY;

    private StoreState state;
    private StoreClock storeClock;
    private @Nullable WorkerExecutor workers;
    private @Nullable Batch writing;
    private boolean busy;
    private long busySince;

    /** The disk has been busy for so long that it is not waited for. */
    private boolean hanging;

    private boolean expiring;
    private boolean failing;
    private boolean snapshotting;
    private boolean releasing;
    private long nextSnapshotMillis;
    private long ticks = -1;

    private enum StorePhase {
        NEW,
        STARTING,
        RUNNING,
        CLOSING
    }

    /** A command that is not applied yet. */
    private record Queued(StoreCommand command, String name, Promise<StoreResult> promise, long bytes, long since) {}

    /**
     * Commands that were handed to the disk together.
     *
     * @param now the time at which they are applied
     * @param answered completes when all of them have an answer
     */
    private record Batch(List<Queued> commands, long now, Promise<Void> answered) {}

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
        this(maxBytes, journal, clock, timeOfDay, observer, PATIENCE_MILLIS);
    }

    /** @param patienceMillis how long a write waits for its turn, and how long for the disk */
    LocalStore(
            long maxBytes,
            @Nullable FileJournal journal,
            MonotonicClock clock,
            InstantSource timeOfDay,
            StoreObserver observer,
            long patienceMillis) {
        super(clock, observer);
        this.patienceMillis = patienceMillis;
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
        if (!phase.compareAndSet(StorePhase.NEW, StorePhase.STARTING)) {
            return Future.failedFuture(shuttingDown());
        }
        FileJournal files = journal;
        if (files == null) {
            return begin(state);
        }
        WorkerExecutor pool = vertx.createSharedWorkerExecutor("fanfare-store-" + deploymentID(), 2);
        workers = pool;
        return pool.executeBlocking(() -> open(files), false)
                .transform((opened, failure) -> failure == null ? begin(opened) : abort(failure));
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

    private Future<Void> begin(StoreState opened) {
        state = opened;
        storeClock = new StoreClock(clock, Math.max(opened.time(), timeOfDay.millis()));
        state.onChange(key -> watches.forEach(watch -> watch.changed(key)));
        publishFigures();
        if (!phase.compareAndSet(StorePhase.STARTING, StorePhase.RUNNING)) {
            return abort(shuttingDown());
        }
        ticks = vertx.setPeriodic(TICK_MILLIS, tick -> tick());
        serve();
        return Future.succeededFuture();
    }

    /** Ends a start that failed, or during which the store was closed. */
    private Future<Void> abort(Throwable failure) {
        phase.set(StorePhase.CLOSING);
        refuse();
        completeClose();
        return closed.future().transform(done -> Future.failedFuture(failure));
    }

    @Override
    public Future<?> stop() {
        return close();
    }

    @Override
    protected void find(String key, Promise<@Nullable StoreEntry> promise) {
        StoreEntry entry = state.get(key, storeClock.now());
        Batch batch = undecided();
        if (entry == null && batch != null && state.get(key, batch.now) != null) {
            batch.answered.future().onComplete(done -> find(key, promise));
        } else {
            promise.complete(entry);
        }
    }

    /**
     * Commands that will be applied at an earlier time than now, at which some of what has expired by now was still there. A
     * read for which that makes a difference waits for them, so that it does not see what they contradict.
     */
    private @Nullable Batch undecided() {
        return hanging ? null : writing;
    }

    @Override
    protected void find(String name, long from, int maxRecords, int maxBytes, Promise<LogRecords> promise) {
        LogRecords records = state.read(name, from, maxRecords, maxBytes, storeClock.now());
        Batch batch = undecided();
        if (records.equals(LogRecords.NONE)
                && batch != null
                && !state.read(name, from, 1, 1, batch.now).equals(LogRecords.NONE)) {
            batch.answered.future().onComplete(done -> find(name, from, maxRecords, maxBytes, promise));
        } else {
            promise.complete(records);
        }
    }

    @Override
    protected Watch openWatch(String prefix, WatchListener listener) {
        Context caller = phase.get() == StorePhase.NEW ? Vertx.currentContext() : vertx.getOrCreateContext();
        LocalWatch watch = new LocalWatch(prefix, listener, caller);
        if (isRefusing()) {
            return watch;
        }
        admit(() -> {
            watches.add(watch);
            watch.deliver(context, state, this::watchTime);
        });
        return watch;
    }

    /** Watchers do not get the removal of what commands that are being written may still find. */
    private long watchTime() {
        Batch batch = undecided();
        return batch == null ? storeClock.now() : batch.now;
    }

    @Override
    public StoreFigures figures() {
        return figures;
    }

    @Override
    public Future<Void> close() {
        refuse();
        StorePhase before = phase.getAndSet(StorePhase.CLOSING);
        if (before == StorePhase.NEW) {
            closed.complete();
        } else if (before == StorePhase.STARTING) {
            vertx.setTimer(patienceMillis, timer -> giveUp());
        } else if (before == StorePhase.RUNNING) {
            context.runOnContext(turn -> shutDown());
        }
        return onCallersContext(closed.future());
    }

    private void shutDown() {
        vertx.cancelTimer(ticks);
        watches.forEach(LocalWatch::close);
        watches.clear();
        refuseQueued(shuttingDown());
        if (journal != null) {
            journal.cancelSnapshot();
        }
        vertx.setTimer(patienceMillis, timer -> giveUp());
        completeClose();
    }

    /** The files are released when the disk answers, or with the process. */
    private void giveUp() {
        if (closed.tryComplete()) {
            log.atWarn().log("the disk of the store did not answer while the store was closed");
            answerUnknown();
        }
    }

    private void completeClose() {
        FileJournal files = journal;
        WorkerExecutor pool = workers;
        if (busy || snapshotting || releasing) {
            return;
        }
        releasing = true;
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
        if (hanging) {
            promise.fail(noAnswer());
            return;
        }
        long now = storeClock.now();
        if (journal != null) {
            queue.add(new Queued(command, name, promise, (long) CALL_OVERHEAD + valueLength, clock.millis()));
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
        List<Queued> commands = nextBatch(now);
        if (commands.isEmpty()) {
            if (!queue.isEmpty()) {
                context.runOnContext(turn -> work());
            }
            return;
        }
        Batch batch = new Batch(commands, now, Promise.promise());
        writing = batch;
        setBusy();
        pool.executeBlocking(
                        () -> {
                            long begun = clock.nanos();
                            files.append(JournalContent.records(commands, Queued::command, now));
                            observer().written(clock.nanos() - begun);
                            return true;
                        },
                        false)
                .onComplete((done, failure) -> {
                    setIdle();
                    writing = null;
                    if (failure == null) {
                        apply(batch);
                    } else {
                        fail(batch, failure);
                    }
                    work();
                });
    }

    private void setBusy() {
        busy = true;
        busySince = clock.millis();
    }

    private void setIdle() {
        busy = false;
        if (hanging) {
            hanging = false;
            log.atInfo().log("the disk of the store answers again");
        }
    }

    /** Answers writes for which the disk takes too long. */
    private void checkDisk() {
        long now = clock.millis();
        if (busy && !hanging && now - busySince >= patienceMillis) {
            hanging = true;
            observer().writeFailed();
            log.atError()
                    .addKeyValue("millis", now - busySince)
                    .log("the disk of the store does not answer; writes are refused until it does");
            answerUnknown();
            refuseQueued(noAnswer());
        }
        for (Queued each = queue.peek(); each != null && now - each.since >= patienceMillis; each = queue.peek()) {
            queue.remove();
            each.promise.fail(noAnswer());
        }
    }

    private static StoreUnavailableException noAnswer() {
        return new StoreUnavailableException("the disk of the store does not answer in time");
    }

    /** What is being written is still applied when the disk answers. */
    private void answerUnknown() {
        Batch batch = writing;
        if (batch != null) {
            answer(batch, new OutcomeUnknownException("the disk of the store has not answered in time"));
        }
    }

    private static void answer(Batch batch, StoreException failure) {
        batch.commands.forEach(each -> each.promise.tryFail(failure));
        batch.answered.tryComplete();
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

    private void apply(Batch batch) {
        for (Queued each : batch.commands) {
            each.promise.tryComplete(state.apply(each.command, batch.now));
        }
        batch.answered.tryComplete();
        if (failing) {
            failing = false;
            log.atInfo().log("the store can write its files again");
        }
        deliver();
    }

    private void fail(Batch batch, Throwable failure) {
        observer().writeFailed();
        if (!failing) {
            failing = true;
            log.atError()
                    .setCause(failure)
                    .log("failed to write the files of the store; writes are refused until it works");
        }
        StoreException refusal = failure instanceof NotWrittenException
                ? new StoreUnavailableException("the store cannot write its files: " + failure.getMessage(), failure)
                : new OutcomeUnknownException("the store failed to write its files: " + failure.getMessage(), failure);
        answer(batch, refusal);
    }

    private boolean isSnapshotDue(FileJournal files) {
        return !snapshotting && files.isSnapshotDue(state.bytes()) && clock.millis() - nextSnapshotMillis >= 0;
    }

    private void beginSnapshot(FileJournal files, WorkerExecutor pool) {
        setBusy();
        pool.executeBlocking(files::rotate, false).onComplete((rotation, failure) -> {
            setIdle();
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
            watches.forEach(watch -> watch.deliver(context, state, this::watchTime));
        }
    }

    private void tick() {
        publishFigures();
        checkDisk();
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
                state.entryCount(),
                state.logCount(),
                state.bytes(),
                maxBytes,
                journal == null ? 0 : journal.bytes(),
                busy ? clock.millis() - busySince : 0);
    }

    private static String newEpoch() {
        return Long.toHexString(new SecureRandom().nextLong());
    }
}
