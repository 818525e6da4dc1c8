package dev.fanfare.store.file;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.List;
import java.util.Locale;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Records in files. {@link #append} returns when they are on the disk. The files of a folder are numbered in generations:
 * {@code snapshot-N} has the content that all records before the first one of {@code journal-N} led to. A journal is never
 * written again once it was closed, or once writing to it failed: a new one follows, whose first number says which records of
 * the one before hold. The last two snapshots are kept, with all journals since the older one.
 *
 * <p>All methods block. They are called by one thread at a time, except {@link #writeSnapshot}, which may run beside {@link
 * #append}, and {@link #cancelSnapshot}.
 */
public final class FileJournal implements Closeable {

    private static final Logger log = LoggerFactory.getLogger(FileJournal.class);

    private static final Pattern NAME = Pattern.compile("(journal|snapshot)-(\\d{16})");
    private static final String UNFINISHED = ".tmp";
    private static final Pattern UNFINISHED_NAME = Pattern.compile(NAME.pattern() + Pattern.quote(UNFINISHED));
    private static final int JOURNAL_MAGIC = 0x46464a31;
    private static final int SNAPSHOT_MAGIC = 0x46465331;
    private static final int HEADER_BYTES = 2 * Integer.BYTES + 2 * Long.BYTES;
    private static final int BATCH_HEADER = Long.BYTES + Integer.BYTES;
    private static final byte CHUNK = 1;
    private static final byte END = 2;

    private static final long MIN_JOURNAL_BYTES = 16L * 1024 * 1024;

    /** Every start begins a journal. */
    private static final int MAX_JOURNALS = 8;

    /** The state that snapshots and records make. */
    public interface ContentSink {

        /** Forgets everything: a snapshot follows, then records. */
        void begin();

        /** @throws IOException if the snapshot is damaged: an older one is tried then */
        void chunk(ByteBuffer chunk) throws IOException;

        /** @throws IOException if the snapshot is not complete: an older one is tried then */
        void endOfSnapshot() throws IOException;

        /** @throws IOException if the record cannot be understood: opening fails then */
        void record(ByteBuffer record) throws IOException;
    }

    /**
     * The place of a snapshot among the records.
     *
     * @param generation of the files that follow
     * @param sequence of the first batch that follows
     */
    public record Rotation(long generation, long sequence) {}

    /** Folders that this process uses. To open the lock of one again, and to close that, would release it on POSIX systems. */
    private static final Set<Path> USED = ConcurrentHashMap.newKeySet();

    private final Path folder;
    private final Disk disk;
    private final long minBytes;
    private final SecureRandom salts = new SecureRandom();
    private @Nullable FileChannel lockChannel;
    private @Nullable Path used;
    private Disk.@Nullable OpenFile file;
    private int salt;
    private long generation;
    private long sequence = 1;
    private final AtomicLong bytesSinceSnapshot = new AtomicLong();
    private final AtomicInteger journalsSinceSnapshot = new AtomicInteger();
    private volatile boolean cancelled;

    /** @param folder is created if its parent exists, readable by its owner only */
    public FileJournal(Path folder) {
        this(folder, Disk.REAL, MIN_JOURNAL_BYTES);
    }

    /** @param minBytes a journal that is smaller is not worth a snapshot */
    FileJournal(Path folder, Disk disk, long minBytes) {
        this.folder = folder;
        this.disk = disk;
        this.minBytes = minBytes;
    }

    /**
     * Locks the folder, reads what is there, and begins the next journal. To be followed in an empty folder by {@link #rotate}
     * and {@link #writeSnapshot} before anything is appended.
     *
     * @return whether there was anything
     * @throws DamagedJournalException if records that were on the disk cannot be read
     * @throws IOException if the folder cannot be written or is in use
     */
    public boolean open(ContentSink content) throws IOException {
        boolean opened = false;
        try {
            lock();
            boolean found = read(content);
            deleteUnfinished();
            opened = true;
            return found;
        } finally {
            if (!opened) {
                close();
            }
        }
    }

    private boolean read(ContentSink content) throws IOException {
        NavigableSet<Long> snapshots = generations("snapshot");
        NavigableSet<Long> journals = generations("journal");
        if (snapshots.isEmpty()) {
            requireEmpty(journals);
            generation = journals.isEmpty() ? 0 : journals.last();
            return false;
        }
        Rotation begin = readNewestSnapshot(snapshots, content);
        sequence = begin.sequence;
        ByteBuffer last = replay(journals.tailSet(begin.generation, true), begin, content);
        for (long damaged : snapshots.tailSet(begin.generation, false)) {
            disk.move(path("snapshot", damaged), folder.resolve(name("snapshot", damaged) + ".damaged"));
        }
        generation = Math.max(snapshots.last(), journals.isEmpty() ? 0 : journals.last());
        beginNext(last);
        return true;
    }

    /**
     * Appends records as one batch, which is there as a whole after a crash or not at all.
     *
     * @throws NotWrittenException if they were not written and never will be
     * @throws IOException if it is not known whether they are on the disk: they may be there after the next start, unless
     *     something was appended in the meantime
     */
    public void append(List<byte[]> records) throws IOException {
        Disk.OpenFile current = file;
        if (current == null) {
            try {
                rotate();
            } catch (IOException e) {
                throw new NotWrittenException(e);
            }
            current = file;
        }
        if (current == null) {
            throw new IllegalStateException("no file");
        }
        ByteBuffer frame = batch(records);
        int length = frame.remaining();
        boolean done = false;
        try {
            write(current, frame);
            current.force();
            done = true;
        } finally {
            if (!done) {
                abandon();
            }
        }
        sequence++;
        bytesSinceSnapshot.addAndGet(length);
    }

    private static void write(Disk.OpenFile file, ByteBuffer frame) throws IOException {
        try {
            JournalFrames.write(file, frame);
        } catch (ClosedChannelException e) {
            // an interrupt also closes the file when everything has been written
            throw e;
        } catch (IOException e) {
            throw new NotWrittenException(e);
        }
    }

    /**
     * Begins the next journal. A snapshot of everything that was appended until now may follow.
     *
     * @throws IOException if that failed; {@link #append} tries it again if it has to
     */
    public Rotation rotate() throws IOException {
        return beginNext(null);
    }

    /** @param repeated the batch that the next journal begins with, though the one before has it too */
    private Rotation beginNext(@Nullable ByteBuffer repeated) throws IOException {
        long next = generation + 1;
        int newSalt = salts.nextInt();
        Path path = path("journal", next);
        Path unfinished = unfinished(path);
        Disk.OpenFile created = disk.create(unfinished);
        try {
            long first = repeated == null ? sequence : sequence - 1;
            JournalFrames.write(created, header(JOURNAL_MAGIC, next, first, newSalt));
            if (repeated != null) {
                JournalFrames.write(created, JournalFrames.of(repeated, newSalt));
            }
            created.force();
        } catch (IOException e) {
            closeQuietly(created);
            throw e;
        }
        // from here on the new journal may be there after a crash, and would end the old one
        abandon();
        try {
            disk.move(unfinished, path);
            disk.forceFolder(folder);
        } catch (IOException e) {
            closeQuietly(created);
            throw e;
        }
        file = created;
        salt = newSalt;
        generation = next;
        journalsSinceSnapshot.incrementAndGet();
        return new Rotation(next, sequence);
    }

    /** Whether it is time for a snapshot of a state of this size. */
    public boolean isSnapshotDue(long stateBytes) {
        return bytesSinceSnapshot.get() > Math.max(minBytes, stateBytes) || journalsSinceSnapshot.get() > MAX_JOURNALS;
    }

    /**
     * Writes the snapshot that belongs to a rotation, and deletes files that it makes superfluous.
     *
     * @param chunks returns null after the last one
     */
    public void writeSnapshot(Rotation rotation, Supplier<byte @Nullable []> chunks) throws IOException {
        long before = bytesSinceSnapshot.get();
        int journalsBefore = journalsSinceSnapshot.get();
        int snapshotSalt = salts.nextInt();
        Path path = path("snapshot", rotation.generation);
        Path unfinished = unfinished(path);
        try (Disk.OpenFile out = disk.create(unfinished)) {
            JournalFrames.write(out, header(SNAPSHOT_MAGIC, rotation.generation, rotation.sequence, snapshotSalt));
            for (byte[] chunk = chunks.get(); chunk != null; chunk = chunks.get()) {
                if (cancelled) {
                    throw new IOException("the snapshot was cancelled");
                }
                JournalFrames.write(
                        out,
                        JournalFrames.end(
                                JournalFrames.begin(1 + chunk.length).put(CHUNK).put(chunk), snapshotSalt));
            }
            JournalFrames.write(out, JournalFrames.of(ByteBuffer.wrap(new byte[] {END}), snapshotSalt));
            out.force();
        } catch (IOException e) {
            deleteQuietly(unfinished);
            throw e;
        }
        disk.move(unfinished, path);
        disk.forceFolder(folder);
        bytesSinceSnapshot.addAndGet(-before);
        journalsSinceSnapshot.addAndGet(1 - journalsBefore);
        deleteBefore(rotation.generation);
    }

    /** Makes the snapshot that is being written fail soon, and all that follow. Any thread. */
    public void cancelSnapshot() {
        cancelled = true;
    }

    /** Bytes that a start would have to read besides the last snapshot. Any thread. */
    public long bytes() {
        return bytesSinceSnapshot.get();
    }

    /** Releases the folder. What was appended is on the disk already. */
    @Override
    public void close() {
        abandon();
        if (lockChannel != null) {
            try {
                lockChannel.close();
            } catch (IOException e) {
                log.atWarn().addKeyValue("folder", folder).setCause(e).log("failed to unlock the store's folder");
            }
            lockChannel = null;
        }
        if (used != null) {
            USED.remove(used);
            used = null;
        }
    }

    private void lock() throws IOException {
        boolean locked;
        try {
            if (!Files.isDirectory(folder)) {
                Files.createDirectory(folder, ownerOnly(folder));
                Path parent = folder.toAbsolutePath().getParent();
                if (parent != null) {
                    disk.forceFolder(parent);
                }
            }
            locked = tryLock(folder.toRealPath());
        } catch (IOException e) {
            throw new IOException("cannot write to the folder of the store, " + folder + ": " + reason(e), e);
        }
        if (!locked) {
            throw new IOException("the folder of the store, " + folder + ", is in use by another process or node");
        }
    }

    private boolean tryLock(Path path) throws IOException {
        if (!USED.add(path)) {
            return false;
        }
        used = path;
        lockChannel = FileChannel.open(path.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        return lockChannel.tryLock() != null;
    }

    private static FileAttribute<?>[] ownerOnly(Path path) {
        return path.getFileSystem().supportedFileAttributeViews().contains("posix")
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))
                }
                : new FileAttribute<?>[0];
    }

    private static String reason(IOException e) {
        return e.getClass().getSimpleName() + (e.getMessage() == null ? "" : " (" + e.getMessage() + ")");
    }

    private NavigableSet<Long> generations(String kind) throws IOException {
        NavigableSet<Long> found = new TreeSet<>();
        for (String each : disk.names(folder)) {
            Matcher name = NAME.matcher(each);
            if (name.matches() && name.group(1).equals(kind)) {
                found.add(Long.parseLong(name.group(2)));
            }
        }
        return found;
    }

    /** A first start that was interrupted leaves journals without records, and none that were before. */
    private void requireEmpty(NavigableSet<Long> journals) throws IOException {
        for (long each : journals) {
            Path path = path("journal", each);
            try (FrameInput in = new FrameInput(disk, path)) {
                Rotation rotation = header(in, JOURNAL_MAGIC, each);
                if (rotation == null || rotation.sequence != 1 || !in.isAtEnd()) {
                    throw new DamagedJournalException(
                            folder,
                            0,
                            "it has " + path.getFileName() + " but no snapshot",
                            "or move it away to begin with an empty store");
                }
            }
        }
    }

    private Rotation readNewestSnapshot(NavigableSet<Long> snapshots, ContentSink content) throws IOException {
        for (Long each = snapshots.last(); ; each = snapshots.lower(each)) {
            try {
                return readSnapshot(each, content);
            } catch (DamagedJournalException e) {
                if (each.equals(snapshots.first())) {
                    throw e;
                }
                log.atError()
                        .addKeyValue("folder", folder)
                        .setCause(e)
                        .log(
                                "a snapshot of the store is damaged; the one before and its journals have the same content");
            }
        }
    }

    private Rotation readSnapshot(long number, ContentSink content) throws IOException {
        Path path = path("snapshot", number);
        try (FrameInput in = new FrameInput(disk, path)) {
            Rotation rotation = header(in, SNAPSHOT_MAGIC, number);
            if (rotation == null) {
                throw damagedSnapshot(path, in, "it has no valid header");
            }
            if (readContent(path, in, content)) {
                return rotation;
            }
            throw damagedSnapshot(path, in, "a checksum does not match, or the end is missing");
        } catch (DamagedJournalException | UnknownContentException e) {
            throw e;
        } catch (IOException e) {
            throw new DamagedJournalException(path, 0, reason(e), "or move it away to begin with an empty store");
        }
    }

    /** Returns whether the snapshot has its end. What has the right checksum and cannot be read is not damaged. */
    private static boolean readContent(Path path, FrameInput in, ContentSink content) throws IOException {
        content.begin();
        for (ByteBuffer frame = in.next(); frame != null; frame = in.next()) {
            boolean end = frame.get() == END;
            try {
                if (end) {
                    content.endOfSnapshot();
                } else {
                    content.chunk(frame);
                }
            } catch (IOException e) {
                throw new UnknownContentException(path, e);
            }
            if (end) {
                return true;
            }
        }
        return false;
    }

    /** Intact, but of a format that this release does not know. */
    private static final class UnknownContentException extends IOException {

        private static final long serialVersionUID = 1;

        UnknownContentException(Path file, IOException cause) {
            super(
                    file + " has content that this release cannot read; was it written by a newer one? "
                            + cause.getMessage(),
                    cause);
        }
    }

    private static DamagedJournalException damagedSnapshot(Path path, FrameInput in, String what) {
        return new DamagedJournalException(path, in.offset(), what, "or move it away to begin with an empty store");
    }

    /**
     * Returns the last batch if it may only be in memory: the process that wrote it was killed before the sync, or the sync
     * failed, after which another one proves nothing.
     */
    private @Nullable ByteBuffer replay(NavigableSet<Long> journals, Rotation begin, ContentSink content)
            throws IOException {
        if (!journals.contains(begin.generation)) {
            throw new DamagedJournalException(
                    folder,
                    0,
                    name("journal", begin.generation) + " is missing",
                    "or move it away to begin with an empty store");
        }
        ByteBuffer last = null;
        for (long each : journals) {
            Long next = journals.higher(each);
            last = replay(each, next == null ? Long.MAX_VALUE : firstSequence(next), content);
        }
        return last;
    }

    private long firstSequence(long number) throws IOException {
        Path path = path("journal", number);
        try (FrameInput in = new FrameInput(disk, path)) {
            Rotation rotation = header(in, JOURNAL_MAGIC, number);
            if (rotation == null) {
                throw new DamagedJournalException(
                        path,
                        0,
                        "it has no valid header",
                        "or, to give up what was written since it was begun, move this file and later journals away");
            }
            return rotation.sequence;
        }
    }

    /**
     * @param end the sequence with which the next journal begins
     * @return the last batch; null if there is none
     */
    private @Nullable ByteBuffer replay(long number, long end, ContentSink content) throws IOException {
        Path path = path("journal", number);
        long first = firstSequence(number);
        try (FrameInput in = new FrameInput(disk, path)) {
            header(in, JOURNAL_MAGIC, number);
            if (first != sequence) {
                throw damagedJournal(path, in, "it begins with batch " + first + " instead of " + sequence);
            }
            ByteBuffer last = null;
            while (sequence < end) {
                ByteBuffer frame = in.next();
                if (frame == null) {
                    break;
                }
                last = frame.duplicate();
                if (frame.getLong() != sequence) {
                    throw damagedJournal(path, in, "batch " + sequence + " is missing");
                }
                readBatch(frame, content);
                sequence++;
            }
            if (end != Long.MAX_VALUE) {
                if (sequence < end) {
                    throw damagedJournal(path, in, "a checksum does not match, or batches are missing at its end");
                }
            } else if (!in.isAtEnd()) {
                requireLast(path, in);
            }
            bytesSinceSnapshot.addAndGet(in.offset());
            journalsSinceSnapshot.incrementAndGet();
            return last;
        }
    }

    private void requireLast(Path path, FrameInput in) throws IOException {
        if (in.isFollowed(sequence)) {
            throw damagedJournal(path, in, "a checksum does not match, and more than that batch follows");
        }
        log.atWarn()
                .addKeyValue("file", path)
                .addKeyValue("offset", in.offset())
                .addKeyValue("bytes", in.left())
                .log(
                        "the last write to the store was not completed and is ignored; it was not acknowledged unless the file was damaged since");
    }

    private static DamagedJournalException damagedJournal(Path path, FrameInput in, String what) {
        return new DamagedJournalException(
                path,
                in.offset(),
                what,
                "or, to give up everything that was written later, cut the file off there (truncate -s " + in.offset()
                        + ") and move later journals and snapshots away");
    }

    private static void readBatch(ByteBuffer frame, ContentSink content) throws IOException {
        for (int left = frame.getInt(); left > 0; left--) {
            int length = frame.getInt();
            content.record(frame.slice(frame.position(), length));
            frame.position(frame.position() + length);
        }
    }

    private ByteBuffer batch(List<byte[]> records) {
        int length = BATCH_HEADER;
        for (byte[] each : records) {
            length += Integer.BYTES + each.length;
        }
        ByteBuffer frame = JournalFrames.begin(length).putLong(sequence).putInt(records.size());
        for (byte[] each : records) {
            frame.putInt(each.length).put(each);
        }
        return JournalFrames.end(frame, salt);
    }

    private static ByteBuffer header(int magic, long generation, long sequence, int salt) {
        ByteBuffer frame = JournalFrames.begin(HEADER_BYTES);
        return JournalFrames.end(
                frame.putInt(magic).putLong(generation).putLong(sequence).putInt(salt), 0);
    }

    /** Reads the first frame of a file; null if it is not what it must be. */
    private static @Nullable Rotation header(FrameInput in, int magic, long number) throws IOException {
        ByteBuffer content = in.next();
        if (content == null || content.remaining() < HEADER_BYTES || content.getInt() != magic) {
            return null;
        }
        Rotation rotation = new Rotation(content.getLong(), content.getLong());
        in.salt(content.getInt());
        return rotation.generation == number ? rotation : null;
    }

    /** Keeps the newest snapshot and the one before, and the journals that belong to them. */
    private void deleteBefore(long newest) throws IOException {
        NavigableSet<Long> snapshots = generations("snapshot");
        Long kept = snapshots.lower(newest);
        if (kept == null) {
            return;
        }
        snapshots.headSet(kept).forEach(each -> deleteQuietly(path("snapshot", each)));
        generations("journal").headSet(kept).forEach(each -> deleteQuietly(path("journal", each)));
    }

    private void deleteUnfinished() throws IOException {
        for (String each : disk.names(folder)) {
            if (UNFINISHED_NAME.matcher(each).matches()) {
                deleteQuietly(folder.resolve(each));
            }
        }
    }

    /** Writes no more to the current file. */
    private void abandon() {
        if (file != null) {
            closeQuietly(file);
            file = null;
        }
    }

    private static void closeQuietly(Closeable file) {
        try {
            file.close();
        } catch (IOException e) {
            log.atDebug().setCause(e).log("failed to close a file of the store");
        }
    }

    private void deleteQuietly(Path path) {
        try {
            disk.delete(path);
        } catch (IOException e) {
            log.atDebug().setCause(e).log("failed to delete a file of the store");
        }
    }

    private Path path(String kind, long number) {
        return folder.resolve(name(kind, number));
    }

    private static String name(String kind, long number) {
        return String.format(Locale.ROOT, "%s-%016d", kind, number);
    }

    private static Path unfinished(Path path) {
        return path.resolveSibling(path.getFileName() + UNFINISHED);
    }
}
