package dev.fanfare.store.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.store.LogLimits;
import dev.fanfare.store.LogPosition;
import dev.fanfare.store.StoreEntry;
import dev.fanfare.store.StoreObserver;
import dev.fanfare.store.StoreOperation;
import dev.fanfare.store.StoreOutcome;
import dev.fanfare.store.StoreUnavailableException;
import dev.fanfare.store.VersionCondition;
import dev.fanfare.store.file.FaultyDisk;
import dev.fanfare.store.file.FileJournal;
import dev.fanfare.store.replica.Envelope;
import dev.fanfare.store.replica.ReplicaNode;
import dev.fanfare.store.replica.StoreMachine;
import dev.fanfare.store.replica.StoredMember;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The replicated store in files, on nodes of one process whose bus is not clustered. */
class ReplicaFilesTest {

    private static final LogLimits LIMITS = new LogLimits(1000, 1_000_000, Duration.ofDays(1));

    @TempDir
    private Path folder;

    private final Vertx vertx = Vertx.vertx();
    private final StoreNodes nodes = new StoreNodes(vertx, System::nanoTime, 64L * 1024 * 1024);

    @AfterEach
    void close() {
        nodes.all().forEach(store -> get(store.close()));
        get(vertx.close());
    }

    private ReplicatedStore start(String node) {
        return nodes.start(node, folder.resolve(node.substring(0, 1)));
    }

    private void awaitHealthy(String... these) {
        nodes.see(these);
        nodes.awaitHealthy(these);
    }

    private static <T> T get(Future<T> future) {
        try {
            return future.await(30, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new AssertionError("no answer", e);
        }
    }

    private static void put(ReplicatedStore store, String key, String value) {
        get(store.put(key, value.getBytes(UTF_8), VersionCondition.ANY));
    }

    private static void assertValue(ReplicatedStore store, String key, String value) {
        StoreEntry entry = get(store.get(key));
        assertNotNull(entry, key);
        assertEquals(value, new String(entry.value(), UTF_8));
    }

    @Test
    void contentSurvivesThatAllNodesAreStopped() {
        ReplicatedStore before = start("a1");
        start("b1");
        awaitHealthy("a1", "b1");
        for (int i = 0; i < 50; i++) {
            put(before, "key" + i, "value" + i);
        }
        LogPosition first = get(before.append("log", new byte[1], LIMITS));
        nodes.stop("a1");
        nodes.stop("b1");
        start("b2");
        ReplicatedStore store = start("a2");
        awaitHealthy("b2", "a2");
        for (int i = 0; i < 50; i++) {
            assertValue(store, "key" + i, "value" + i);
        }
        assertEquals(new LogPosition(first.epoch(), first.number() + 1), get(store.append("log", new byte[1], LIMITS)));
    }

    @Test
    void aNodeWhoseFilesAreDamagedJoinsAnew() throws IOException {
        ReplicatedStore a = start("a1");
        start("b1");
        awaitHealthy("a1", "b1");
        put(a, "key", "value");
        nodes.stop("b1");
        damage("b");
        ReplicatedStore b = start("b2");
        awaitHealthy("a1", "b2");
        nodes.stop("a1");
        awaitHealthy("b2");
        assertValue(b, "key", "value");
        assertTrue(Files.exists(folder.resolve("b/copy-000001-damaged/snapshot-0000000000000001")));
    }

    @Test
    void aDamagedNodeServesNothingAlone() throws IOException {
        ReplicatedStore a = start("a1");
        awaitHealthy("a1");
        put(a, "key", "value");
        nodes.stop("a1");
        damage("a");
        ReplicatedStore again = start("a2");
        nodes.see("a2");
        Future<StoreEntry> read = again.get("key");
        nodes.hurryUntil(read::isComplete);
        assertThrows(StoreUnavailableException.class, () -> get(read));
    }

    /** As if its process had ended before it had written new files. */
    @Test
    void aNodeWhoseFilesWereMovedAwayServesNothingAlone() throws IOException {
        ReplicatedStore a = start("a1");
        awaitHealthy("a1");
        put(a, "key", "value");
        nodes.stop("a1");
        Path copy = Files.createDirectory(folder.resolve("a/copy-000001-superseded"));
        try (Stream<Path> all = Files.list(folder.resolve("a"))) {
            for (Path each : all.filter(Files::isRegularFile).toList()) {
                Files.move(each, copy.resolve(each.getFileName()));
            }
        }
        ReplicatedStore again = start("a2");
        nodes.see("a2");
        Future<StoreEntry> read = again.get("key");
        nodes.hurryUntil(read::isComplete);
        assertThrows(StoreUnavailableException.class, () -> get(read));
    }

    /** It was worth a snapshot, which begins another journal. */
    @Test
    void newFilesHaveNothingOfTheFormerMember() throws IOException {
        for (int i = 0; i < 10; i++) {
            OpenFiles files = new OpenFiles();
            files.open();
            get(files.close());
        }
        OpenFiles files = new OpenFiles();
        String former = files.open();
        assertNotEquals(former, get(files.reopen()).name());
        get(files.close());
        assertEquals(1, files("a", "journal").size());
    }

    @Test
    void aFolderThatCannotBeBegunIsReleased() throws IOException {
        FaultyDisk disk = new FaultyDisk(1);
        disk.fail(0, Long.MAX_VALUE);
        Path ownFolder = Files.createDirectory(folder.resolve("a"));
        OpenFiles files = new OpenFiles(each -> disk.journal(each, 0));
        assertThrows(IOException.class, files::open);
        new OpenFiles().open();
        assertTrue(Files.exists(ownFolder.resolve("lock")));
    }

    @Test
    void othersTakeOverWhileADiskHangs() throws IOException {
        FaultyDisk disk = new FaultyDisk(1);
        AtomicInteger failed = new AtomicInteger();
        ReplicatedStore a = startOn(disk, "a1", new FailedWrites(failed));
        ReplicatedStore b = startOn(new FaultyDisk(2), "b1", StoreObserver.NONE);
        startOn(new FaultyDisk(3), "c1", StoreObserver.NONE);
        awaitHealthy("a1", "b1", "c1");
        for (int i = 0; i < 50; i++) {
            put(b, "before" + i, "value");
        }
        disk.holdAfter(0);
        try {
            List<Future<Long>> delayed = putAll(b, "delayed");
            nodes.hurryUntil(() -> a.figures().diskWaitMillis() > 5000 && failed.get() == 1);
            nodes.hurryUntil(() -> delayed.stream().allMatch(Future::isComplete));
            nodes.hurryUntil(() -> b.replication().members() == 2
                    && b.replication().singleCopies() == 0
                    && b.replication().unavailable() == 0);
            List<Future<Long>> puts = putAll(b, "while");
            nodes.hurryUntil(() -> puts.stream().allMatch(Future::succeeded));
            List<Future<StoreEntry>> reads =
                    IntStream.range(0, 50).mapToObj(i -> b.get("before" + i)).toList();
            nodes.hurryUntil(() -> reads.stream().allMatch(Future::succeeded));
        } finally {
            disk.release();
        }
        nodes.awaitHealthy("a1", "b1", "c1");
        for (int i = 0; i < 50; i++) {
            assertValue(a, "before" + i, "value");
            assertValue(a, "while" + i, "value");
        }
        assertEquals(0, a.traffic().lostPartitions());
        nodes.hurryUntil(() -> a.figures().diskWaitMillis() < 1000);
    }

    private ReplicatedStore startOn(FaultyDisk disk, String node, StoreObserver observer) throws IOException {
        return nodes.start(
                node, Files.createDirectory(folder.resolve(node)), each -> disk.journal(each, 1 << 20), observer);
    }

    private static List<Future<Long>> putAll(ReplicatedStore store, String prefix) {
        return IntStream.range(0, 50)
                .mapToObj(i -> store.put(prefix + i, "value".getBytes(UTF_8), VersionCondition.ANY))
                .toList();
    }

    private record FailedWrites(AtomicInteger count) implements StoreObserver {

        @Override
        public void completed(StoreOperation operation, StoreOutcome outcome, long nanos) {}

        @Override
        public void written(long nanos) {}

        @Override
        public void writeFailed() {
            count.incrementAndGet();
        }
    }

    /** The files of a member that is alone. */
    private final class OpenFiles implements ReplicaFiles.FilesUser {
        private final Context context = vertx.getOrCreateContext();
        private final ReplicaFiles files;
        private @Nullable ReplicaNode node;

        OpenFiles() {
            this(FileJournal::new);
        }

        OpenFiles(Function<Path, FileJournal> journals) {
            files = new ReplicaFiles(
                    folder.resolve("a"),
                    Set.of(),
                    System::nanoTime,
                    InstantSource.system(),
                    StoreObserver.NONE,
                    journals);
        }

        /** Returns the name of the disk. */
        String open() {
            Promise<StoredMember> opened = Promise.promise();
            context.runOnContext(turn -> files.open(vertx, context, this, partition -> new StoreMachine())
                    .onComplete(opened));
            StoredMember member = get(opened.future());
            node = new ReplicaNode("a1", 4, 1024 * 1024, member, files, Set.of(), new Nowhere());
            return member.name();
        }

        Future<StoredMember> reopen() {
            Promise<StoredMember> begun = Promise.promise();
            context.runOnContext(turn -> {
                files.reopen(partition -> new StoreMachine()).onComplete(begun);
                files.tick();
            });
            return begun.future();
        }

        Future<Void> close() {
            Promise<Void> done = Promise.promise();
            context.runOnContext(turn -> files.close().onComplete(done));
            return done.future();
        }

        @Override
        public ReplicaNode node() {
            return Objects.requireNonNull(node);
        }

        @Override
        public void written() {
            // Nothing waits for it.
        }
    }

    private static final class Nowhere implements ReplicaNode.NodeEnvironment {

        @Override
        public void send(String node, Envelope envelope) {
            // Nobody is there.
        }

        @Override
        public void failed(int partition, RuntimeException failure) {
            throw failure;
        }

        @Override
        public void proceedSoon() {
            // Nothing is asked of it.
        }

        @Override
        public void lost(int partition) {
            // It has had none.
        }

        @Override
        public void superseded() {
            // The test says when.
        }
    }

    private void damage(String disk) throws IOException {
        for (Path each : snapshots(disk)) {
            byte[] bytes = Files.readAllBytes(each);
            bytes[bytes.length / 2] ^= 1;
            Files.write(each, bytes);
        }
    }

    private List<Path> snapshots(String disk) throws IOException {
        return files(disk, "snapshot");
    }

    /** Without those that are still being written. */
    private List<Path> files(String disk, String kind) throws IOException {
        try (Stream<Path> all = Files.list(folder.resolve(disk))) {
            return all.filter(each -> each.getFileName().toString().matches(kind + "-\\d{16}"))
                    .toList();
        }
    }

    /** After some starts the journals are worth a snapshot. */
    @Test
    void aSnapshotHasWhatJournalsHad() throws IOException {
        for (int i = 1; i <= 10; i++) {
            ReplicatedStore store = start("a" + i);
            awaitHealthy("a" + i);
            put(store, "key" + i, "value");
            if (i == 10) {
                nodes.hurryUntil(() -> snapshotCount() == 2);
            }
            nodes.stop("a" + i);
        }
        for (Path each : snapshots("a")) {
            if (each.endsWith("snapshot-0000000000000001")) {
                Files.delete(each);
            }
        }
        ReplicatedStore store = start("a11");
        awaitHealthy("a11");
        for (int i = 1; i <= 10; i++) {
            assertValue(store, "key" + i, "value");
        }
    }

    private int snapshotCount() {
        try {
            return snapshots("a").size();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
