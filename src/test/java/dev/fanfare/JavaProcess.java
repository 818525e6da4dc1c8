package dev.fanfare;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Another Java process with the classes of this one, for tests that need a process of their own. */
public final class JavaProcess implements AutoCloseable {

    private static final int TIMEOUT_SECONDS = 60;

    private final Process process;
    private final Path err;
    private final BufferedReader out;

    private JavaProcess(Process process, Path err) {
        this.process = process;
        this.err = err;
        this.out = process.inputReader(StandardCharsets.UTF_8);
    }

    /** Starts a main class with JVM options. */
    public static JavaProcess start(List<String> options, Class<?> main, String... arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-XX:TieredStopAtLevel=1"); // it does not live long enough to be compiled well
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(List.of(arguments));
        Path err = File.createTempFile("fanfare-test", ".err").toPath();
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(err.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("FANFARE_"));
        builder.environment().putAll(Map.of("LC_ALL", "C"));
        return new JavaProcess(builder.start(), err);
    }

    /** The next line of its standard output; null at the end. */
    public @Nullable String line() throws IOException {
        return out.readLine();
    }

    /** The rest of its standard output. */
    public List<String> remainingLines() {
        return out.lines().toList();
    }

    /** Sends SIGTERM, and unlike {@link Process#destroy} leaves the output readable. */
    public void terminate() {
        process.toHandle().destroy();
    }

    public int exitCode() throws InterruptedException {
        if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
            throw new AssertionError("the process did not end");
        }
        return process.exitValue();
    }

    /** All of its standard error so far. */
    public String err() throws IOException {
        return Files.readString(err);
    }

    /** The same as a message for assertions. */
    public String errUnchecked() {
        try {
            return err();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        process.destroyForcibly();
        Files.deleteIfExists(err);
    }
}
