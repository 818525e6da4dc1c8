package dev.fanfare.store.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.store.LogLimits;
import dev.fanfare.store.LogPosition;
import dev.fanfare.store.StoreEntry;
import dev.fanfare.store.StoreUnavailableException;
import dev.fanfare.store.VersionCondition;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
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

    private void damage(String disk) throws IOException {
        for (Path each : snapshots(disk)) {
            byte[] bytes = Files.readAllBytes(each);
            bytes[bytes.length / 2] ^= 1;
            Files.write(each, bytes);
        }
    }

    private List<Path> snapshots(String disk) throws IOException {
        try (Stream<Path> all = Files.list(folder.resolve(disk))) {
            return all.filter(each -> each.getFileName().toString().startsWith("snapshot"))
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
