package dev.fanfare.testkit;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Programs in another language, copied from {@code src/test} to where packages may be installed for them. */
public final class ScriptProject {

    private final Path directory;

    private ScriptProject(Path directory) {
        this.directory = directory;
    }

    /** What installs packages. */
    public interface Installation {
        void run() throws IOException, InterruptedException;
    }

    /** Copies the files of a directory, without those below, to another one. */
    public static ScriptProject copy(Path from, Path to) throws IOException {
        Files.createDirectories(to);
        try (Stream<Path> files = Files.list(from).filter(Files::isRegularFile)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
            }
        }
        return new ScriptProject(to);
    }

    /** Where the files are. */
    public Path directory() {
        return directory;
    }

    /**
     * Installs packages unless they are there.
     *
     * @param list the name of the file that pins them
     * @param target where they go, as a path from here
     */
    public void install(String list, String target, Installation installation)
            throws IOException, InterruptedException {
        Path wanted = directory.resolve(list);
        Path installed = directory.resolve(target).resolve(list);
        if (Files.exists(installed) && Files.mismatch(wanted, installed) < 0) {
            return;
        }
        installation.run();
        // Last, so that an installation that was broken off is done again.
        Files.copy(wanted, installed, StandardCopyOption.REPLACE_EXISTING);
    }

    /** Runs a program here; fails with what it printed if it does not end with 0. */
    public void run(Map<String, String> variables, List<String> command) throws IOException, InterruptedException {
        String failure = failure(variables, command);
        if (failure != null) {
            throw new AssertionError(command + " failed:\n" + failure);
        }
    }

    /** Runs a program here: what it printed if it failed, or null. */
    @Nullable
    String failure(Map<String, String> variables, List<String> command) throws IOException, InterruptedException {
        ProcessBuilder builder =
                new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true);
        builder.environment().putAll(variables);
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
        return process.waitFor() == 0 ? null : output.toString();
    }
}
