package dev.fanfare.testkit;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The classes of a node as class data sharing wants them, so that the processes of brokers need a third less CPU time to
 * start. The first test that starts one makes the archive beside the jar, and the others, in other JVMs too, wait for it.
 */
final class ClassArchive {

    private static final int STOP_SECONDS = 180;

    private ClassArchive() {}

    /** The archive for this jar. */
    static synchronized Path of(Path jar) {
        try {
            long version = Files.getLastModifiedTime(jar).toMillis();
            Path archive = jar.resolveSibling(jar.getFileName() + "-" + version + "-" + Runtime.version() + ".jsa");
            Path lock = jar.resolveSibling(jar.getFileName() + ".lock");
            try (FileChannel channel = FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                    FileLock held = channel.lock()) {
                if (held.isValid() && !Files.exists(archive)) {
                    make(jar, archive);
                }
            }
            return archive;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** By a node that is alone in its cluster, and that is stopped once it is ready. */
    private static void make(Path jar, Path archive) throws IOException, InterruptedException {
        Path unfinished = archive.resolveSibling(archive.getFileName() + ".tmp");
        List<String> command = new ArrayList<>(JavaCommand.JAVA);
        command.addAll(List.of("-XX:ArchiveClassesAtExit=" + unfinished, "-Xlog:disable", "-jar", jar.toString()));
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD);
        List<Integer> ports = FreePorts.take(2);
        builder.environment().keySet().removeIf(name -> name.startsWith("FANFARE_"));
        builder.environment()
                .putAll(Map.of(
                        "FANFARE_SERVER_HOST", "127.0.0.1",
                        "FANFARE_SERVER_PORT", "0",
                        "FANFARE_MANAGEMENT_PORT", "0",
                        "FANFARE_AUTH_ACCESS_KEYS", AnyNode.ACCESS_KEY,
                        "FANFARE_CLUSTER_ENABLED", "true",
                        "FANFARE_CLUSTER_HOST", "127.0.0.1",
                        "FANFARE_CLUSTER_PORT", String.valueOf(ports.get(0)),
                        "FANFARE_CLUSTER_BUS_PORT", String.valueOf(ports.get(1)),
                        "FANFARE_CLUSTER_MEMBERS", "127.0.0.1:" + ports.get(0)));
        Process process = builder.start();
        try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
            String line = out.readLine();
            while (line != null && !line.contains("Prometheus")) {
                line = out.readLine();
            }
            process.toHandle().destroy();
            if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS) || !Files.exists(unfinished)) {
                throw new IOException("no archive of the classes of " + jar);
            }
        } finally {
            process.destroyForcibly();
        }
        Files.move(unfinished, archive, StandardCopyOption.ATOMIC_MOVE);
    }
}
