package dev.fanfare.store.file;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is left of a journal after torn writes, damage, and disks that fail. */
class FileJournalTest {

    /** Bytes of the last batch of {@link #writeThree}. */
    private static final int LAST_BATCH = 8 + 8 + 4 + 4 + 1;

    /** Files as they are, but without the time that it takes to force them. */
    private static final Disk UNFORCED = new Disk() {
        @Override
        public OpenFile create(Path path) throws IOException {
            OpenFile file = REAL.create(path);
            return new OpenFile() {
                @Override
                public void write(ByteBuffer bytes) throws IOException {
                    file.write(bytes);
                }

                @Override
                public void force() {}

                @Override
                public void close() throws IOException {
                    file.close();
                }
            };
        }

        @Override
        public void forceFolder(Path folder) {}
    };

    @TempDir
    private Path folder;

    /** Everything that a journal has, as a list. */
    private static class Records implements FileJournal.ContentSink {

        final List<String> records = new ArrayList<>();
        private int expected = -1;

        @Override
        public void begin() {
            records.clear();
            expected = -1;
        }

        @Override
        public void chunk(ByteBuffer chunk) throws IOException {
            String text = text(chunk);
            if (text.startsWith("count=")) {
                expected = Integer.parseInt(text.substring(6));
            } else {
                records.add(text);
            }
        }

        @Override
        public void endOfSnapshot() throws IOException {
            if (records.size() != expected) {
                throw new IOException("incomplete");
            }
        }

        @Override
        public void record(ByteBuffer record) {
            records.add(text(record));
        }

        private static String text(ByteBuffer bytes) {
            byte[] array = new byte[bytes.remaining()];
            bytes.get(array);
            return new String(array, UTF_8);
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }

    private static List<byte[]> one(String text) {
        return List.of(bytes(text));
    }

    private static void snapshot(FileJournal journal, List<String> content) throws IOException {
        FileJournal.Rotation rotation = journal.rotate();
        List<String> chunks = new ArrayList<>(content);
        chunks.add("count=" + content.size());
        Iterator<String> left = chunks.iterator();
        journal.writeSnapshot(rotation, () -> left.hasNext() ? bytes(left.next()) : null);
    }

    private FileJournal opened(List<String> content) throws IOException {
        return opened(folder, UNFORCED, content);
    }

    private static FileJournal opened(Path folder, Disk disk, List<String> content) throws IOException {
        FileJournal journal = new FileJournal(folder, disk, 0);
        Records records = new Records();
        try {
            if (!journal.open(records)) {
                snapshot(journal, List.of());
            }
        } catch (IOException e) {
            journal.close();
            throw e;
        }
        content.clear();
        content.addAll(records.records);
        return journal;
    }

    private List<String> content() throws IOException {
        List<String> content = new ArrayList<>();
        opened(content).close();
        return content;
    }

    /** Three batches, the second one with two records. */
    private void writeThree() throws IOException {
        try (FileJournal journal = opened(new ArrayList<>())) {
            journal.append(one("a"));
            journal.append(List.of(bytes("b"), bytes("c")));
            journal.append(one("d"));
        }
    }

    private Path file(String name) {
        return folder.resolve(name);
    }

    private static Path journal(Path folder, int number) {
        return folder.resolve(String.format(Locale.ROOT, "journal-%016d", number));
    }

    @Test
    void whatWasAppendedIsThereAfterEachStart() throws IOException {
        List<String> content = new ArrayList<>();
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            try (FileJournal journal = opened(content)) {
                assertEquals(expected, content);
                journal.append(one("r" + i));
                expected.add("r" + i);
                if (i % 3 == 0) {
                    snapshot(journal, expected);
                }
            }
        }
        assertTrue(files().size() < 12, () -> "superfluous files are deleted: " + files());
    }

    private List<String> files() {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(each -> each.getFileName().toString()).sorted().toList();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aLastBatchThatIsTornAnywhereIsIgnored() throws IOException {
        writeThree();
        Path path = journal(folder, 1);
        byte[] whole = Files.readAllBytes(path);
        for (int length = whole.length - LAST_BATCH; length < whole.length; length++) {
            byte[] zeros = new byte[whole.length + 4096];
            System.arraycopy(whole, 0, zeros, 0, length);
            byte[] other = whole.clone();
            Arrays.fill(other, length, whole.length, (byte) 0x5a);
            for (byte[] torn : List.of(Arrays.copyOf(whole, length), zeros, other)) {
                Files.write(path, torn);
                Files.deleteIfExists(journal(folder, 2));
                assertEquals(List.of("a", "b", "c"), content());
                assertTrue(Arrays.equals(torn, Files.readAllBytes(path)), "the file is kept as it was");
            }
        }
        assertEquals(List.of("a", "b", "c"), content(), "a start after that");
    }

    @Test
    void damageBeforeTheLastBatchStopsTheStart() throws IOException {
        writeThree();
        Path path = journal(folder, 1);
        byte[] whole = Files.readAllBytes(path);
        int first = 32;
        int last = whole.length - LAST_BATCH;
        for (int position = first; position < last; position++) {
            byte[] damaged = whole.clone();
            damaged[position] ^= 0x10;
            Files.write(path, damaged);
            String message =
                    assertThrows(DamagedJournalException.class, this::content).toString();
            assertTrue(message.contains(path + " is damaged at byte "), message);
            assertTrue(Arrays.equals(damaged, Files.readAllBytes(path)));
        }
        for (int position = 0; position < first; position++) {
            byte[] damaged = whole.clone();
            damaged[position] ^= 0x10;
            Files.write(path, damaged);
            assertThrows(DamagedJournalException.class, this::content);
        }
        Files.write(path, whole);
        assertEquals(List.of("a", "b", "c", "d"), content());
    }

    @Test
    void theAdviceOnDamageHelps() throws IOException {
        writeThree();
        Path path = journal(folder, 1);
        byte[] damaged = Files.readAllBytes(path);
        damaged[damaged.length - 30] ^= 1;
        Files.write(path, damaged);
        String message =
                assertThrows(DamagedJournalException.class, this::content).toString();
        int offset = Integer.parseInt(message.replaceAll("(?s).*truncate -s (\\d+).*", "$1"));
        Files.write(path, Arrays.copyOf(damaged, offset));
        assertEquals(List.of("a"), content());
    }

    @Test
    void damageInAJournalThatWasContinuedStopsTheStart() throws IOException {
        writeThree();
        content();
        Path path = journal(folder, 1);
        byte[] damaged = Files.readAllBytes(path);
        damaged[damaged.length - LAST_BATCH - 1] ^= 1;
        Files.write(path, damaged);
        assertThrows(DamagedJournalException.class, this::content);
        Files.delete(path);
        assertThrows(DamagedJournalException.class, this::content);
    }

    @Test
    void aDamagedSnapshotIsReplacedByTheOneBefore() throws IOException {
        List<String> expected = new ArrayList<>(List.of("a", "b"));
        try (FileJournal journal = opened(new ArrayList<>())) {
            journal.append(one("a"));
            snapshot(journal, List.of("a"));
            journal.append(one("b"));
            snapshot(journal, expected);
            journal.append(one("c"));
            expected.add("c");
        }
        Path newest = file("snapshot-0000000000000003");
        byte[] whole = Files.readAllBytes(newest);
        Random random = new Random(1);
        for (int i = 0; i < 60; i++) {
            byte[] damaged = i % 2 == 0 ? whole.clone() : Arrays.copyOf(whole, random.nextInt(whole.length));
            if (i % 2 == 0) {
                damaged[random.nextInt(damaged.length)] ^= 0x20;
            }
            Files.write(newest, damaged);
            assertEquals(expected, content());
            assertFalse(Files.exists(newest));
            assertTrue(Arrays.equals(damaged, Files.readAllBytes(file("snapshot-0000000000000003.damaged"))));
        }
        Path before = file("snapshot-0000000000000002");
        Files.write(before, new byte[100]);
        String message =
                assertThrows(DamagedJournalException.class, this::content).toString();
        assertTrue(message.contains(before.toString()), message);
    }

    @Test
    void contentOfANewerReleaseStopsTheStart() throws IOException {
        try (FileJournal journal = opened(new ArrayList<>())) {
            snapshot(journal, List.of("a"));
        }
        try (FileJournal journal = new FileJournal(folder)) {
            IOException failure = assertThrows(
                    IOException.class,
                    () -> journal.open(new Records() {
                        @Override
                        public void chunk(ByteBuffer chunk) throws IOException {
                            throw new IOException("kind 99");
                        }
                    }));
            assertFalse(failure instanceof DamagedJournalException, failure.toString());
            assertTrue(failure.toString().contains("newer"), failure.toString());
        }
        List<String> content = new ArrayList<>();
        opened(content).close();
        assertEquals(List.of("a"), content);
    }

    @Test
    void aStoredValueCannotPassForABatch() throws IOException {
        ByteBuffer next = ByteBuffer.allocate(Long.BYTES + 2 * Integer.BYTES + 1)
                .putLong(3)
                .putInt(1)
                .putInt(1)
                .put((byte) 'x');
        byte[] value = JournalFrames.of(next.flip(), 12345).array();
        try (FileJournal journal = opened(new ArrayList<>())) {
            journal.append(one("a"));
            journal.append(List.of(value));
        }
        Path path = journal(folder, 1);
        byte[] file = Files.readAllBytes(path);
        file[file.length - value.length - 1] ^= 1;
        Files.write(path, file);
        assertEquals(List.of("a"), content());
    }

    /** Half of a value that looks like the beginnings of many batches, which end where the value does. */
    private void writeTornBatches(long distance) throws IOException {
        int length = 4 * 1024 * 1024;
        ByteBuffer value = ByteBuffer.allocate(length);
        while (value.remaining() >= 24) {
            value.putInt(length / 2 - value.position() % 1024)
                    .putInt(0)
                    .putLong(2 + distance)
                    .putInt(1)
                    .putInt(length / 2);
        }
        try (FileJournal journal = opened(new ArrayList<>())) {
            journal.append(one("a"));
            journal.append(List.of(value.array()));
        }
        Path path = journal(folder, 1);
        Files.write(path, Arrays.copyOf(Files.readAllBytes(path), length - 1));
    }

    @Test
    @Timeout(60)
    void valuesThatLookLikeBatchesDoNotDelayTheStart() throws IOException {
        writeTornBatches(1L << 50);
        assertEquals(List.of("a"), content());
    }

    @Test
    @Timeout(60)
    void valuesThatCannotBeToldFromBatchesStopTheStart() throws IOException {
        writeTornBatches(10);
        assertThrows(DamagedJournalException.class, this::content);
    }

    @Test
    void moreThanABatchThatIsLostStopsTheStart() throws IOException {
        writeThree();
        Path path = journal(folder, 1);
        byte[] whole = Files.readAllBytes(path);
        try (FileChannel file = FileChannel.open(path, StandardOpenOption.WRITE)) {
            file.truncate(whole.length - LAST_BATCH);
            file.write(ByteBuffer.allocate(1), JournalFrames.MAX_CONTENT + 100);
        }
        assertThrows(DamagedJournalException.class, this::content);
    }

    @Test
    void aFolderIsUsedByOneJournalOnly() throws IOException {
        Path link = Files.createSymbolicLink(file("link"), folder);
        try (FileJournal journal = opened(new ArrayList<>())) {
            for (Path each : List.of(folder, link)) {
                String message = assertThrows(IOException.class, () -> opened(each, UNFORCED, new ArrayList<>()))
                        .toString();
                assertTrue(message.contains("in use by another process"), message);
            }
            journal.append(one("a"));
        }
        assertEquals(List.of("a"), content());
    }

    @Test
    void aFolderThatCannotBeWrittenIsNamed() throws IOException {
        Path file = Files.writeString(file("file"), "");
        IOException failure =
                assertThrows(IOException.class, () -> new FileJournal(file.resolve("store")).open(new Records()));
        assertTrue(failure.toString().contains(file.toString()), failure::toString);
    }

    @Test
    void aFirstStartThatWasInterruptedIsRepeated() throws IOException {
        FileJournal journal = new FileJournal(folder);
        journal.open(new Records());
        journal.rotate();
        journal.close();
        assertEquals(List.of(), content());
    }

    @Test
    void namesDoNotDependOnTheLocale() throws IOException {
        Locale before = Locale.getDefault();
        Locale.setDefault(Locale.forLanguageTag("fa-IR-u-nu-arabext"));
        try {
            writeThree();
        } finally {
            Locale.setDefault(before);
        }
        assertEquals(List.of("a", "b", "c", "d"), content());
    }

    @Test
    void aJournalOfALaterStartNeedsItsSnapshot() throws IOException {
        writeThree();
        content();
        Files.delete(file("snapshot-0000000000000001"));
        Files.delete(journal(folder, 1));
        assertThrows(DamagedJournalException.class, this::content);
    }

    @Test
    void onlyUnfinishedFilesOfItsOwnAreDeleted() throws IOException {
        Path other = Files.writeString(file("notes.tmp"), "");
        Path own = Files.writeString(file("snapshot-0000000000000007.tmp"), "");
        writeThree();
        assertFalse(Files.exists(own));
        assertTrue(Files.exists(other));
        Files.writeString(own, "");
        byte[] damaged = Files.readAllBytes(journal(folder, 1));
        damaged[40] ^= 1;
        Files.write(journal(folder, 1), damaged);
        assertThrows(DamagedJournalException.class, this::content);
        assertTrue(Files.exists(own), "a start that fails changes nothing");
    }

    @Test
    void aNewFolderIsReadableByItsOwnerOnly() throws IOException {
        Path created = file("store");
        opened(created, Disk.REAL, new ArrayList<>()).close();
        assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(created)));
    }

    @Test
    void whatAStartHasReadSurvivesALossOfPower() throws IOException {
        FaultyDisk disk = new FaultyDisk(1);
        List<String> content = new ArrayList<>();
        try (FileJournal journal = opened(folder, disk, content)) {
            journal.append(one("a"));
            disk.fail(disk.steps() + 1, disk.steps() + 2);
            assertThrows(IOException.class, () -> journal.append(one("b")), "written, but not synced");
        }
        opened(folder, disk, content).close();
        assertEquals(List.of("a", "b"), content);
        disk.losePower();
        try (FileJournal journal = opened(folder, disk, content)) {
            assertEquals(List.of("a", "b"), content);
            journal.append(one("c"));
        }
        disk.losePower();
        opened(folder, disk, content).close();
        assertEquals(List.of("a", "b", "c"), content);
    }

    @Test
    void aJournalIsNotUsedAfterAnyFailure() throws IOException {
        InterruptedDisk disk = new InterruptedDisk();
        try (FileJournal journal = opened(folder, disk, new ArrayList<>())) {
            journal.append(one("a"));
            disk.outOfMemory = true;
            assertThrows(OutOfMemoryError.class, () -> journal.append(one("b")));
            journal.append(one("c"));
            disk.closed = true;
            IOException unknown = assertThrows(IOException.class, () -> journal.append(one("d")));
            assertFalse(unknown instanceof NotWrittenException);
        }
        assertEquals(List.of("a", "c", "d"), content());
    }

    /** A disk of which the next write fails with something that says little about what was written. */
    private static final class InterruptedDisk implements Disk {

        private boolean outOfMemory;
        private boolean closed;

        @Override
        public OpenFile create(Path path) throws IOException {
            OpenFile file = REAL.create(path);
            return new OpenFile() {
                @Override
                public void write(ByteBuffer bytes) throws IOException {
                    if (outOfMemory) {
                        outOfMemory = false;
                        file.write(bytes.limit(bytes.limit() / 2));
                        throw new OutOfMemoryError("from the test");
                    }
                    file.write(bytes);
                    if (closed) {
                        closed = false;
                        throw new ClosedChannelException();
                    }
                }

                @Override
                public void force() throws IOException {
                    file.force();
                }

                @Override
                public void close() throws IOException {
                    file.close();
                }
            };
        }
    }

    /** Every step fails once alone, and from there on until the disk has room again. */
    @Test
    void noStepThatFailsLosesWhatWasAcknowledged() throws IOException {
        int steps = run(Integer.MAX_VALUE, Integer.MAX_VALUE, 0, 1);
        assertTrue(steps > 40);
        for (int step = 0; step < steps; step++) {
            run(step, step + 1, step, 1);
            run(step, step + 1, step, 2);
            run(step, step + 15, step, 1);
            run(step, step + 15, step, 2);
            run(step, Integer.MAX_VALUE, step, 1);
        }
    }

    /**
     * Runs a number of appends and snapshots with failing steps, and after each start compares what is there.
     *
     * @param starts after so many starts the power is lost; after the others the process only ends
     */
    private int run(int failFrom, int failUntil, long seed, int starts) throws IOException {
        FaultyDisk disk = new FaultyDisk(seed);
        disk.fail(failFrom, failUntil);
        List<String> acknowledged = new ArrayList<>();
        List<String> inDoubt = new ArrayList<>();
        for (int start = 0; start < 3; start++) {
            List<String> content = new ArrayList<>();
            try (FileJournal journal = opened(folder, disk, content)) {
                acknowledged = checked(acknowledged, inDoubt, content);
                inDoubt.clear();
                append(journal, start, acknowledged, inDoubt);
            } catch (DamagedJournalException e) {
                throw e;
            } catch (IOException e) {
                assertTrue(e.toString().contains("No space left"), e::toString);
            }
            if ((start + 1) % starts == 0) {
                disk.losePower();
            }
        }
        List<String> content = new ArrayList<>();
        disk.fail(Integer.MAX_VALUE, Integer.MAX_VALUE);
        opened(folder, disk, content).close();
        checked(acknowledged, inDoubt, content);
        return disk.steps();
    }

    private static void append(FileJournal journal, int start, List<String> acknowledged, List<String> inDoubt) {
        for (int i = 0; i < 8; i++) {
            String record = start + "/" + i;
            try {
                journal.append(one(record));
                acknowledged.add(record);
                inDoubt.clear(); // the next journal ends before it
            } catch (NotWrittenException e) {
                // it is not there
            } catch (IOException e) {
                inDoubt.add(record);
            }
            if (i == 1 || i == 4) {
                try {
                    snapshot(journal, acknowledged);
                } catch (IOException e) {
                    // tried again
                }
            }
        }
    }

    /** What is there is what was acknowledged, and perhaps the one that was in doubt. */
    private static List<String> checked(List<String> acknowledged, List<String> inDoubt, List<String> content) {
        List<String> withDoubt = new ArrayList<>(acknowledged);
        withDoubt.addAll(inDoubt.subList(0, Math.min(1, inDoubt.size())));
        assertTrue(
                content.equals(acknowledged) || content.equals(withDoubt),
                () -> "acknowledged=" + acknowledged + " inDoubt=" + inDoubt + " found=" + content);
        return content;
    }
}
