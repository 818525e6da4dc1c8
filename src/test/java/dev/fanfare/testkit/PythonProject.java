package dev.fanfare.testkit;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;

/**
 * Programs in Python with the packages that their {@code requirements.txt} pins, in a virtual environment of their own below
 * {@code target}. Python is installed with apt-get where it is missing; where that cannot be, the test is skipped and says so.
 */
public final class PythonProject {

    private static final String REQUIREMENTS = "requirements.txt";

    private final Path directory;
    private final Path environment;

    private PythonProject(Path directory) {
        this.directory = directory;
        this.environment = directory.resolve("venv");
    }

    /**
     * Copies {@code src/test/python/NAME} to {@code target/python/NAME}, and installs its packages unless they are there.
     *
     * @param basedir of the project
     */
    public static PythonProject install(Path basedir, String name) throws IOException, InterruptedException {
        PythonProject project = new PythonProject(Files.createDirectories(basedir.resolve("target/python/" + name)));
        try (Stream<Path> files =
                Files.list(basedir.resolve("src/test/python/" + name)).filter(Files::isRegularFile)) {
            for (Path file : files.toList()) {
                Files.copy(file, project.directory.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
            }
        }
        project.installPackages();
        return project;
    }

    private void installPackages() throws IOException, InterruptedException {
        Path wanted = directory.resolve(REQUIREMENTS);
        Path installed = environment.resolve(REQUIREMENTS);
        if (Files.exists(installed) && Files.mismatch(wanted, installed) < 0) {
            return;
        }
        createEnvironment();
        // The list names every package: nothing comes that it does not pin.
        run(
                Map.of(),
                "-m",
                "pip",
                "install",
                "--quiet",
                "--no-deps",
                "--disable-pip-version-check",
                "-r",
                REQUIREMENTS);
        // Last, so that an installation that was broken off is done again.
        Files.copy(wanted, installed, StandardCopyOption.REPLACE_EXISTING);
    }

    /** Debian has the module for virtual environments in a package of its own. */
    private void createEnvironment() throws IOException, InterruptedException {
        Path python = SystemProgram.find(List.of("python3"), "python3-venv");
        List<String> command = List.of(python.toString(), "-m", "venv", "--clear", environment.toString());
        String failure = failure(Map.of(), command);
        if (failure != null && SystemProgram.install("python3-venv")) {
            failure = failure(Map.of(), command);
        }
        if (failure != null) {
            Assumptions.abort("python3 cannot make a virtual environment: " + failure);
        }
    }

    /** A program that one of the packages brings. */
    public Path program(String name) {
        return environment.resolve("bin").resolve(name);
    }

    /** Where its files are. */
    public Path directory() {
        return directory;
    }

    /** Runs Python with arguments; fails with what it printed if it does not end with 0. */
    public void run(Map<String, String> variables, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(program("python").toString()));
        command.addAll(List.of(arguments));
        String failure = failure(variables, command);
        if (failure != null) {
            throw new AssertionError(command + " failed:\n" + failure);
        }
    }

    /** What a program printed if it failed, or null. */
    private @Nullable String failure(Map<String, String> variables, List<String> command)
            throws IOException, InterruptedException {
        ProcessBuilder builder =
                new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true);
        builder.environment().put("PYTHONUNBUFFERED", "1");
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
