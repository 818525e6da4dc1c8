package dev.fanfare.store.local;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.store.LogRecord;
import dev.fanfare.store.LogRecords;
import dev.fanfare.store.Store;
import dev.fanfare.store.StoreEntry;
import dev.fanfare.store.StoreObserver;
import dev.fanfare.store.file.FileJournal;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The store in files, in processes of its own that are killed, and on file systems of their own. */
class FileStoreIT {

    /** A file system of the given size, or a read-only one, in a mount namespace of its own. */
    private static final String ON_TMPFS = "mount -t tmpfs -o size=%s tmpfs \"$0\" && exec \"$@\"";

    private static final String READ_ONLY =
            "mount -t tmpfs tmpfs \"$0\" && mount -o remount,ro tmpfs \"$0\" && exec \"$@\"";

    @TempDir
    private Path folder;

    private final List<Process> processes = new ArrayList<>();

    @AfterEach
    void kill() {
        processes.forEach(Process::destroyForcibly);
    }

    @Test
    void aKilledProcessLosesNothingAcknowledged() throws Exception {
        List<String> acknowledged = new ArrayList<>();
        for (int round = 0; round < 3; round++) {
            Process process = start(List.of(), "load", "round" + round);
            try (BufferedReader out = process.inputReader(UTF_8)) {
                List<String> lines = new ArrayList<>();
                while (lines.size() < 3000) {
                    lines.add(Objects.requireNonNull(out.readLine(), "the process ended"));
                }
                process.toHandle().destroyForcibly(); // leaves its output open, unlike Process#destroyForcibly
                out.lines().filter(line -> line.endsWith(".")).forEach(lines::add);
                process.waitFor();
                acknowledged.addAll(lines);
            }
        }
        verify(acknowledged);
    }

    private void verify(List<String> acknowledged) {
        Vertx vertx = Vertx.vertx();
        try {
            Store store = opened(vertx, folder.resolve("store"));
            int appends = 0;
            for (String line : acknowledged) {
                String[] words = line.substring(0, line.length() - 1).split(" ");
                if (words[0].equals("put")) {
                    StoreEntry entry = await(store.get(words[1]));
                    assertNotNull(entry, line);
                    assertTrue(entry.version() >= Long.parseLong(words[2]), line);
                } else {
                    LogRecords read = await(store.read("log", Long.parseLong(words[2]), 1, 1));
                    assertEquals(words[3], read.epoch(), line);
                    LogRecord record = read.records().get(0);
                    assertEquals(words[2], String.valueOf(record.number()), line);
                    assertEquals(words[1], new String(record.bytes(), UTF_8), line);
                    appends++;
                }
            }
            assertTrue(appends > 1000);
        } finally {
            await(vertx.close());
        }
    }

    @Test
    void anotherProcessCannotUseTheFolder() throws Exception {
        Vertx vertx = Vertx.vertx();
        try {
            opened(vertx, folder.resolve("store"));
            assertThrows(Exception.class, () -> opened(vertx, folder.resolve("store")), "the lock is kept");
            Process process = start(List.of(), "load", "other");
            try (BufferedReader out = process.inputReader(UTF_8)) {
                String line = Objects.requireNonNull(out.readLine());
                assertTrue(line.contains("is in use by another process"), line);
            }
        } finally {
            await(vertx.close());
        }
    }

    @Test
    void aFullDiskRefusesWritesUntilThereIsRoom() throws Exception {
        Process process = start(namespace(ON_TMPFS.formatted("2m")), "fill", "a");
        try (BufferedReader out = process.inputReader(UTF_8)) {
            assertEquals("full", out.readLine());
            assertEquals("read while full", out.readLine());
            assertEquals("written again", out.readLine());
            assertEquals("all there after a start", out.readLine());
            assertNull(out.readLine());
        }
    }

    @Test
    void aReadOnlyFolderStopsTheStartAndIsNamed() throws Exception {
        Process process = start(namespace(READ_ONLY), "load", "a");
        try (BufferedReader out = process.inputReader(UTF_8)) {
            String line = Objects.requireNonNull(out.readLine());
            assertTrue(line.contains("cannot write to the folder of the store, " + folder), line);
            assertTrue(line.contains("Read-only file system"), line);
        }
    }

    private List<String> namespace(String script) throws IOException, InterruptedException {
        List<String> unshare = List.of("unshare", "-rm", "sh", "-c");
        List<String> probe = new ArrayList<>(unshare);
        probe.addAll(List.of("mount -t tmpfs tmpfs \"$0\"", folder.toString()));
        try {
            Assumptions.assumeTrue(
                    new ProcessBuilder(probe).start().waitFor() == 0, "this machine allows no mount namespaces");
        } catch (IOException e) {
            Assumptions.abort("unshare is not there: " + e.getMessage());
        }
        List<String> command = new ArrayList<>(unshare);
        command.addAll(List.of(script, folder.toString()));
        return command;
    }

    private Process start(List<String> prefix, String mode, String name) throws IOException {
        List<String> command = new ArrayList<>(prefix);
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                StoreProcess.class.getName(),
                folder.resolve("store").toString(),
                mode,
                name));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        processes.add(process);
        return process;
    }

    static Store opened(Vertx vertx, Path folder) {
        LocalStore store = new LocalStore(
                64L * 1024 * 1024,
                new FileJournal(folder),
                System::nanoTime,
                InstantSource.system(),
                StoreObserver.NONE);
        await(vertx.deployVerticle(store));
        return store;
    }

    static <T> T await(Future<T> future) {
        try {
            return future.await(30, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new AssertionError("no answer", e);
        }
    }
}
