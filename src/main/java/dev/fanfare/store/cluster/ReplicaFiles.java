package dev.fanfare.store.cluster;

import dev.fanfare.core.MonotonicClock;
import dev.fanfare.store.StoreObserver;
import dev.fanfare.store.file.DamagedJournalException;
import dev.fanfare.store.file.FileJournal;
import dev.fanfare.store.replica.ReplicaNode;
import dev.fanfare.store.replica.ReplicaStorage;
import dev.fanfare.store.replica.StateMachine;
import dev.fanfare.store.replica.StoredMember;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a member of the replicated store has in files: a {@link FileJournal} whose records those of the member are. All
 * that are appended while a batch is written make the next batch. A batch that cannot be written is tried again, and what
 * depends on it waits. Used on the context of the store; files are read and written by two threads of their own.
 */
public final class ReplicaFiles implements ReplicaStorage {

    private static final Logger log = LoggerFactory.getLogger(ReplicaFiles.class);

    private static final long BATCH_BYTES = 1024 * 1024;
    private static final int BATCH_RECORDS = 4096;
    private static final int OVERHEAD = 64;
    private static final long BUSY_BYTES = 8L * 1024 * 1024;

    /** More is not kept for a disk that does not take it. */
    private static final long MAX_BYTES = 64L * 1024 * 1024;

    private static final long RETRY_MILLIS = 500;
    private static final long SNAPSHOT_RETRY_MILLIS = 10_000;

    /** A disk that takes longer than this for a batch is failing. */
    private static final long PATIENCE_MILLIS = 5000;

    private static final Pattern COPY = Pattern.compile("copy-\\d{6}-\\w+");

    /** Copies of what was set aside that are kept. */
    private static final int KEPT_COPIES = 3;

    private final Path folder;
    private final Set<String> lostDisks;
    private final MonotonicClock clock;
    private final InstantSource timeOfDay;
    private final StoreObserver observer;
    private final Function<Path, FileJournal> journals;
    private final Deque<byte[]> pending = new ArrayDeque<>();
    private final Promise<Void> closed = Promise.promise();

    private @Nullable Vertx vertx;
    private @Nullable Context context;
    private @Nullable WorkerExecutor workers;
    private @Nullable FilesUser user;
    private volatile @Nullable FileJournal journal;
    private long pendingBytes;
    private long appended;
    private long written;
    private boolean scheduled;
    private boolean busy;
    private long busySince;
    private boolean failing;

    /** The disk has been busy for longer than it may. */
    private boolean hanging;

    /** When something began to wait for the disk, or the disk got on for the last time. */
    private long waitingSince;

    private long retryAt;
    private @Nullable Iterator<byte[]> snapshot;
    private long snapshotAt;
    private boolean snapshotting;
    private long nextSnapshotAt;
    private boolean reopening;
    private boolean closing;
    private boolean releasing;

    /** What uses the files. */
    interface FilesUser {

        /** The member whose files these are. */
        ReplicaNode node();

        /** More is on the disk. */
        void written();
    }

    /**
     * @param folder is created if its parent exists, readable by its owner only
     * @param lostDisks names of disks of which an operator says that they are lost
     * @param clock measures how long the disk takes
     * @param timeOfDay says how much time has passed while the node was not running
     */
    public ReplicaFiles(
            Path folder, Set<String> lostDisks, MonotonicClock clock, InstantSource timeOfDay, StoreObserver observer) {
        this(folder, lostDisks, clock, timeOfDay, observer, FileJournal::new);
    }

    /** @param journals makes the journal of the folder */
    ReplicaFiles(
            Path folder,
            Set<String> lostDisks,
            MonotonicClock clock,
            InstantSource timeOfDay,
            StoreObserver observer,
            Function<Path, FileJournal> journals) {
        this.folder = folder;
        this.lostDisks = Set.copyOf(lostDisks);
        this.clock = clock;
        this.timeOfDay = timeOfDay;
        this.observer = observer;
        this.journals = journals;
        long now = clock.millis();
        this.retryAt = now;
        this.nextSnapshotAt = now;
    }

    Set<String> lostDisks() {
        return lostDisks;
    }

    /**
     * Reads what is there. Fails if the files cannot be used; the message says why and what to do.
     *
     * @param machines makes an empty machine for a partition; called on another thread, before this completes
     */
    Future<StoredMember> open(Vertx on, Context here, FilesUser newUser, IntFunction<StateMachine> machines) {
        vertx = on;
        context = here;
        user = newUser;
        WorkerExecutor pool = on.createSharedWorkerExecutor("fanfare-store-" + here.deploymentID(), 2);
        workers = pool;
        return pool.executeBlocking(() -> read(machines, false), false)
                .recover(failure -> pool.close().transform(v -> Future.failedFuture(failure)));
    }

    private StoredMember read(IntFunction<StateMachine> machines, boolean waiting) throws IOException {
        try {
            return readFolder(machines, waiting);
        } catch (DamagedJournalException e) {
            Path copy = setAside("damaged");
            log.atError()
                    .setCause(e)
                    .addKeyValue("copy", copy)
                    .log("the files of the store are damaged and were moved to a copy. This node joins others that have"
                            + " the content, and serves nothing until it has found some");
            return readFolder(machines, true);
        }
    }

    private StoredMember readFolder(IntFunction<StateMachine> machines, boolean waiting) throws IOException {
        FileJournal files = journals.apply(folder);
        StoredMember member = new StoredMember(machines);
        boolean found = files.open(new StoredRecords(member));
        boolean begun = false;
        try {
            begin(files, member, found, waiting);
            begun = true;
        } finally {
            if (!begun) {
                files.close();
            }
        }
        journal = files;
        log.atInfo()
                .addKeyValue("folder", folder)
                .addKeyValue("disk", member.name())
                .log("the store has its files");
        return member;
    }

    private void begin(FileJournal files, StoredMember member, boolean found, boolean waiting) throws IOException {
        if (found) {
            files.append(List.of(member.restart()));
            return;
        }
        FileJournal.Rotation rotation = files.rotate();
        // A process may have ended after it had moved the files away, and before it had written new ones.
        boolean joins = waiting || !copies(content()).isEmpty();
        Iterator<byte[]> first = List.of(member.begin(newName(), joins)).iterator();
        files.writeSnapshot(rotation, () -> first.hasNext() ? first.next() : null);
    }

    private static String newName() {
        return 'd' + Long.toString(new SecureRandom().nextLong() >>> 1, Character.MAX_RADIX);
    }

    private record StoredRecords(StoredMember member) implements FileJournal.ContentSink {

        @Override
        public void begin() {
            member.clear();
        }

        @Override
        public void chunk(ByteBuffer chunk) throws IOException {
            record(chunk);
        }

        @Override
        public void endOfSnapshot() {
            // Nothing is to be done.
        }

        @Override
        public void record(ByteBuffer record) throws IOException {
            byte[] bytes = new byte[record.remaining()];
            record.get(bytes);
            member.add(bytes);
        }
    }

    /** Moves all files to a folder of their own. Returns that. */
    private Path setAside(String why) throws IOException {
        List<Path> all = content();
        List<Path> old = copies(all);
        long last = old.stream()
                .mapToLong(each -> Long.parseLong(each.getFileName().toString().split("-")[1]))
                .max()
                .orElse(0);
        Path copy = Files.createDirectory(folder.resolve(String.format(Locale.ROOT, "copy-%06d-%s", last + 1, why)));
        // Snapshots first, the oldest one before: what is left if the process ends meanwhile is newer or cannot be
        // used.
        for (String kind : List.of("snapshot-", "journal-")) {
            for (Path each : all) {
                String name = each.getFileName().toString();
                if (name.startsWith(kind)) {
                    Files.move(each, copy.resolve(name));
                }
            }
        }
        for (Path each : old.subList(0, Math.max(0, old.size() + 1 - KEPT_COPIES))) {
            delete(each);
        }
        return copy;
    }

    /** What is in the folder, by name. */
    private List<Path> content() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().toList();
        }
    }

    /** The copies of files among what is in the folder, the oldest first. */
    private static List<Path> copies(List<Path> content) {
        return content.stream()
                .filter(each -> COPY.matcher(each.getFileName().toString()).matches())
                .toList();
    }

    private static void delete(Path copy) throws IOException {
        try (Stream<Path> files = Files.list(copy)) {
            for (Path each : files.toList()) {
                Files.delete(each);
            }
        }
        Files.delete(copy);
    }

    /**
     * Gives up what is there, of which a copy is kept, and begins anew as a member that joins others. To be called when the
     * former member has ended.
     */
    Future<StoredMember> reopen(IntFunction<StateMachine> machines) {
        reopening = true;
        pending.clear();
        pendingBytes = 0;
        // What is being written by the two threads ends before: the folder is still locked by their journal.
        Promise<StoredMember> done = Promise.promise();
        reopenWhenIdle(machines, done);
        return done.future();
    }

    private void reopenWhenIdle(IntFunction<StateMachine> machines, Promise<StoredMember> done) {
        if (busy || snapshotting) {
            owner().owner().setTimer(RETRY_MILLIS, timer -> reopenWhenIdle(machines, done));
            return;
        }
        appended = 0;
        written = 0;
        snapshot = null; // of the former member
        busy = true;
        busySince = clock.millis();
        run(() -> {
                    FileJournal former = journal;
                    if (former != null) {
                        former.close();
                    }
                    log.atWarn().addKeyValue("copy", setAside("superseded")).log("a copy of the files is kept");
                    return readFolder(machines, true);
                })
                .onComplete((member, failure) -> {
                    busy = false;
                    reopening = false;
                    done.handle(failure == null ? Future.succeededFuture(member) : Future.failedFuture(failure));
                    work();
                });
    }

    @Override
    public void append(byte[] record) {
        if (pending.isEmpty() && !busy) {
            waitingSince = clock.millis();
        }
        pending.add(record);
        pendingBytes += OVERHEAD + record.length;
        appended++;
        if (!scheduled) {
            scheduled = true;
            owner().runOnContext(turn -> {
                scheduled = false;
                work();
            });
        }
    }

    /** To be called often: tries again what has failed, and begins snapshots. */
    void tick() {
        FilesUser current = user;
        FileJournal files = journal;
        if (current == null || files == null || closing || reopening) {
            return;
        }
        long now = clock.millis();
        checkDisk(now);
        boolean due = snapshot == null
                && !snapshotting
                && !failing
                && now - nextSnapshotAt >= 0
                && files.isSnapshotDue(current.node().bytes());
        if (due && current.node().prepareSnapshot()) {
            snapshot = current.node().snapshot(now);
            snapshotAt = appended;
        }
        work();
    }

    private void checkDisk(long now) {
        boolean slow = busy && now - busySince > PATIENCE_MILLIS;
        if (slow == hanging) {
            return;
        }
        hanging = slow;
        if (slow) {
            observer.writeFailed();
            log.atError()
                    .addKeyValue("millis", now - busySince)
                    .log("the disk of the store does not answer; other nodes take over until it does");
        } else {
            log.atInfo().log("the disk of the store answers again");
        }
    }

    /** Writes the next batch, or begins the journal behind a snapshot, unless something is being written. */
    private void work() {
        FileJournal files = journal;
        if (busy) {
            return;
        }
        if (closing && files == null) {
            completeClose();
            return;
        }
        if (files == null || (clock.millis() - retryAt < 0 && !closing)) {
            return;
        }
        if (closing && (pending.isEmpty() || failing)) {
            completeClose();
        } else if (snapshot != null && written == snapshotAt) {
            rotate(files, snapshot);
        } else if (!pending.isEmpty()) {
            write(files);
        }
    }

    private void write(FileJournal files) {
        List<byte[]> batch = new ArrayList<>();
        long bytes = 0;
        for (byte[] record : pending) {
            boolean full = bytes + record.length > BATCH_BYTES || batch.size() == BATCH_RECORDS;
            if (!batch.isEmpty() && (full || (snapshot != null && written + batch.size() == snapshotAt))) {
                break;
            }
            batch.add(record);
            bytes += record.length;
        }
        busy = true;
        busySince = clock.millis();
        run(() -> {
                    long begun = clock.nanos();
                    files.append(batch);
                    observer.written(clock.nanos() - begun);
                    return true;
                })
                .onComplete((done, failure) -> {
                    busy = false;
                    if (failure == null) {
                        written(batch);
                    } else {
                        failed(failure);
                    }
                    work();
                });
    }

    private void written(List<byte[]> batch) {
        if (pending.isEmpty()) {
            return; // they were given up meanwhile
        }
        for (byte[] record : batch) {
            pending.remove();
            pendingBytes -= OVERHEAD + record.length;
        }
        written += batch.size();
        waitingSince = clock.millis();
        if (failing) {
            failing = false;
            log.atInfo().log("the store can write its files again");
        }
        FilesUser current = user;
        if (current != null && !closing) {
            current.written();
        }
    }

    private void failed(Throwable failure) {
        observer.writeFailed();
        if (!failing) {
            failing = true;
            log.atError()
                    .setCause(failure)
                    .log("failed to write the files of the store; other nodes take over until it works");
        }
        retryAt = clock.millis() + RETRY_MILLIS;
    }

    private void rotate(FileJournal files, Iterator<byte[]> parts) {
        snapshot = null;
        snapshotting = true;
        busy = true;
        busySince = clock.millis();
        run(files::rotate).onComplete((rotation, failure) -> {
            busy = false;
            if (failure == null) {
                writeSnapshot(files, rotation, parts);
            } else {
                snapshotEnded(failure);
            }
            work();
        });
    }

    private void writeSnapshot(FileJournal files, FileJournal.Rotation rotation, Iterator<byte[]> parts) {
        run(() -> {
                    files.writeSnapshot(rotation, () -> parts.hasNext() ? parts.next() : null);
                    return true;
                })
                .onComplete((done, failure) -> {
                    snapshotEnded(failure);
                    work();
                });
    }

    private void snapshotEnded(@Nullable Throwable failure) {
        snapshotting = false;
        if (failure != null && !closing) {
            nextSnapshotAt = clock.millis() + SNAPSHOT_RETRY_MILLIS;
            log.atWarn()
                    .setCause(failure)
                    .log("failed to write a snapshot of the store; its journal grows until it works");
        }
    }

    private <T> Future<T> run(Callable<T> action) {
        WorkerExecutor pool = workers;
        return pool == null
                ? Future.failedFuture(new IOException("the files are closed"))
                : pool.executeBlocking(action, false);
    }

    private Context owner() {
        Context here = context;
        if (here == null) {
            throw new IllegalStateException("the files are not open");
        }
        return here;
    }

    @Override
    public long appended() {
        return appended;
    }

    @Override
    public long written() {
        return written;
    }

    @Override
    public boolean isBusy() {
        return pendingBytes > BUSY_BYTES;
    }

    @Override
    public boolean isFailing() {
        return failing || (busy && clock.millis() - busySince > PATIENCE_MILLIS);
    }

    /** Whether more waits for the disk than can be kept. */
    boolean isOverfull() {
        return pendingBytes > MAX_BYTES;
    }

    @Override
    public long timeOfDay() {
        return timeOfDay.millis();
    }

    /** Bytes that a start would have to read besides the last snapshot. Any thread. */
    long bytes() {
        FileJournal files = journal;
        return files == null ? 0 : files.bytes();
    }

    /** How long something has waited for the disk without any progress; 0 if nothing waits. */
    long waitMillis() {
        long now = clock.millis();
        return Math.max(pending.isEmpty() ? 0 : now - waitingSince, busy ? now - busySince : 0);
    }

    /** Releases the folder, when what waits is written. If that fails it is forgotten: nothing was said that depends on it. */
    Future<Void> close() {
        Vertx on = vertx;
        if (on == null) {
            return Future.succeededFuture();
        }
        if (!closing) {
            closing = true;
            snapshot = null;
            FileJournal files = journal;
            if (files != null) {
                files.cancelSnapshot();
            }
            on.setTimer(2 * PATIENCE_MILLIS, timer -> {
                if (closed.tryComplete()) {
                    log.atWarn().log("the disk of the store did not answer while the store was closed");
                }
            });
            work();
        }
        return closed.future();
    }

    private void completeClose() {
        WorkerExecutor pool = workers;
        FileJournal files = journal;
        if (busy || snapshotting || releasing) {
            return;
        }
        releasing = true;
        workers = null;
        journal = null;
        if (pool == null) {
            closed.tryComplete();
            return;
        }
        pool.executeBlocking(
                        () -> {
                            if (files != null) {
                                files.close();
                            }
                            return true;
                        },
                        false)
                .transform(done -> pool.close())
                .onComplete(done -> closed.tryComplete());
    }
}
