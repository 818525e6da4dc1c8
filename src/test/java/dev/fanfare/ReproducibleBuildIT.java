package dev.fanfare;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** The build again, elsewhere and later. It takes more than a minute, so that only {@code mvn -P endurance verify} runs it. */
@EnabledIfSystemProperty(named = "fanfare.endurance", matches = "true")
final class ReproducibleBuildIT {

    private static final List<String> INPUT =
            List.of("pom.xml", "LICENSE", "NOTICE", ".mvn", "conf", "src/main", "src/client", "src/examples");

    private static final List<String> OUTPUT =
            List.of("fanfare.jar", "fanfare-client.jar", "fanfare-client-sources.jar", "fanfare-client.pom");

    @Test
    @Timeout(value = 9, unit = TimeUnit.MINUTES)
    void buildInAnotherDirectoryHasTheSameBytes(@TempDir Path elsewhere) throws Exception {
        for (String each : INPUT) {
            copy(Path.of(property("fanfare.basedir"), each), elsewhere.resolve(each));
        }

        // Offline, since this build has resolved everything already.
        ProcessBuilder build = new ProcessBuilder(
                        property("fanfare.maven"), "-B", "-q", "-o", "-Dmaven.test.skip=true", "package")
                .directory(elsewhere.toFile())
                .inheritIO();
        build.environment().putAll(Map.of("TZ", "Asia/Kolkata", "LC_ALL", "C")); // zip files have local times

        assertEquals(0, build.start().waitFor());
        Path here = Path.of(property("fanfare.basedir"), "target");
        for (String each : OUTPUT) {
            assertEquals(
                    -1,
                    Files.mismatch(
                            here.resolve(each), elsewhere.resolve("target").resolve(each)),
                    "the first byte that differs in " + each);
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                Path copy = to.resolve(from.relativize(file).toString());
                Files.createDirectories(Objects.requireNonNull(copy.getParent()));
                if (!Files.isDirectory(file)) {
                    Files.copy(file, copy);
                }
            }
        }
    }

    private static String property(String name) {
        return Objects.requireNonNull(System.getProperty(name), "run by maven-failsafe-plugin");
    }
}
