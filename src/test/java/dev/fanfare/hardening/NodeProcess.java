package dev.fanfare.hardening;

import static org.awaitility.Awaitility.await;

import dev.fanfare.Main;
import dev.fanfare.testkit.JavaCommand;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A node in a separate process: from the runnable jar if {@code fanfare.jar} names it, else from the classes. */
final class NodeProcess implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final Pattern PORT = Pattern.compile("://[^:]+:(\\d+)/");

    private final Process process;
    private final Path err;
    private final BufferedReader out;
    private final List<String> lines = new ArrayList<>();

    private NodeProcess(Process process, Path err) {
        this.process = process;
        this.err = err;
        this.out = process.inputReader(StandardCharsets.UTF_8);
    }

    /** Starts {@code serve} with exactly this environment. */
    static NodeProcess start(Map<String, String> environment) throws IOException {
        return start(256, environment);
    }

    private static NodeProcess start(int heapMebibytes, Map<String, String> environment) throws IOException {
        List<String> command = JavaCommand.of(Main.class, "-Xmx" + heapMebibytes + "m");
        Path err = Files.createTempFile("fanfare-hardening", ".err");
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(err.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("FANFARE_"));
        builder.environment().putAll(environment);
        return new NodeProcess(builder.start(), err);
    }

    /** Starts it and waits until it serves. */
    static NodeProcess serving(String... settings) throws IOException {
        return serving(256, settings);
    }

    /** The same with a heap of this size: the smaller it is, the fewer clients it takes to threaten it. */
    static NodeProcess serving(int heapMebibytes, String... settings) throws IOException {
        NodeProcess node = start(heapMebibytes, HardenedNode.environment(settings));
        node.awaitLine("Prometheus");
        return node;
    }

    private void awaitLine(String part) throws IOException {
        String line = out.readLine();
        while (line != null) {
            lines.add(line);
            if (line.contains(part)) {
                return;
            }
            line = out.readLine();
        }
        throw new IOException("ended without " + part + ": " + err());
    }

    int port() {
        return port("clients");
    }

    int managementPort() {
        return port("Prometheus");
    }

    private int port(String what) {
        for (String line : lines) {
            Matcher port = PORT.matcher(line);
            if (line.contains(what) && port.find()) {
                return Integer.parseInt(port.group(1));
            }
        }
        throw new AssertionError(what + " is not in " + lines);
    }

    /** Sends SIGTERM. */
    void terminate() {
        process.toHandle().destroy();
    }

    int exitCode() throws InterruptedException {
        if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
            throw new AssertionError("the process did not end");
        }
        return process.exitValue();
    }

    /** Its standard error so far. */
    String err() throws IOException {
        return Files.readString(err);
    }

    /** The same as a message for assertions. */
    String errUnchecked() {
        try {
            return err();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits until standard error contains a text. */
    void awaitErr(String part) {
        await(part).atMost(PATIENCE).until(() -> err().contains(part));
    }

    @Override
    public void close() throws IOException {
        process.destroyForcibly();
        Files.deleteIfExists(err);
    }
}
