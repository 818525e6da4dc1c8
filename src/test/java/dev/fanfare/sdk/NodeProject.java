package dev.fanfare.sdk;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The tests in {@code src/test/js}, copied to where their packages may be installed. */
final class NodeProject {

    private static final String LOCK = "package-lock.json";

    private final Path directory;

    private NodeProject(Path directory) {
        this.directory = directory;
    }

    /** Copies the tests, and installs the packages that the lock names unless they are there. */
    static NodeProject install(Path basedir) throws IOException, InterruptedException {
        Path source = basedir.resolve("src/test/js");
        NodeProject project = new NodeProject(Files.createDirectories(basedir.resolve("target/js")));
        try (Stream<Path> files = Files.list(source).filter(Files::isRegularFile)) {
            for (Path file : files.toList()) {
                Files.copy(file, project.directory.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
            }
        }
        project.installPackages();
        return project;
    }

    private void installPackages() throws IOException, InterruptedException {
        Path lock = directory.resolve(LOCK);
        Path installed = directory.resolve("node_modules").resolve(LOCK);
        if (Files.exists(installed) && Files.mismatch(lock, installed) < 0) {
            return;
        }
        run(Map.of(), "npm", "ci", "--no-audit", "--no-fund");
        // Last, so that an installation that was broken off is done again.
        Files.copy(lock, installed, StandardCopyOption.REPLACE_EXISTING);
    }

    /** Runs the tests of a file; fails if one of them does. */
    void test(String file, Map<String, String> environment) throws IOException, InterruptedException {
        run(
                environment,
                "node",
                // The client SDK handles rejections late at times; broker.js says why.
                "--disable-warning=PromiseRejectionHandledWarning",
                "--test",
                "--test-reporter=spec",
                "--test-timeout=300000",
                // The client SDK leaves timers behind that run for up to 40 seconds.
                "--test-force-exit",
                file);
    }

    private void run(Map<String, String> environment, String... command) throws IOException, InterruptedException {
        ProcessBuilder builder =
                new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true);
        builder.environment().putAll(environment);
        Process process = builder.start();
        StringBuilder output = new StringBuilder();
        try (BufferedReader reader = process.inputReader(StandardCharsets.UTF_8)) {
            reader.lines().forEach(line -> {
                System.out.println(line);
                output.append(line).append('\n');
            });
        } finally {
            process.destroy();
        }
        if (process.waitFor() != 0) {
            throw new AssertionError(List.of(command) + " failed:\n" + output);
        }
    }
}
