package dev.fanfare.testkit;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;

/** Programs of this machine that tests need: installed with apt-get where they are missing. */
final class SystemProgram {

    private SystemProgram() {}

    /**
     * Finds a program, or installs it if this is root. Where that cannot be, the test is skipped and says so.
     *
     * @param names by which it may be known
     * @param debianPackage that has it
     */
    static Path find(List<String> names, String debianPackage) throws InterruptedException {
        Path program = find(names);
        if (program == null && install(debianPackage)) {
            program = find(names);
        }
        if (program == null) {
            return Assumptions.abort("none of " + names + " is there, and apt-get could not install " + debianPackage);
        }
        return program;
    }

    private static @Nullable Path find(List<String> names) {
        // What is for administrators may not be on everybody's path.
        String path = System.getenv("PATH") + File.pathSeparator + "/usr/sbin" + File.pathSeparator + "/sbin";
        return names.stream()
                .flatMap(name -> Stream.of(path.split(File.pathSeparator)).map(directory -> Path.of(directory, name)))
                .filter(Files::isExecutable)
                .findFirst()
                .orElse(null);
    }

    /** Installs a package if this is root, and says whether it is there. An image without lists of packages needs them first. */
    static boolean install(String debianPackage) throws InterruptedException {
        if (!"root".equals(System.getProperty("user.name"))) {
            return false;
        }
        List<String> install = List.of("apt-get", "-qq", "install", "-y", "--no-install-recommends", debianPackage);
        return run(install) || (run(List.of("apt-get", "-qq", "update")) && run(install));
    }

    private static boolean run(List<String> command) throws InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command).inheritIO();
        builder.environment().put("DEBIAN_FRONTEND", "noninteractive");
        try {
            return builder.start().waitFor() == 0;
        } catch (IOException e) {
            return false; // there is no apt-get
        }
    }
}
