package dev.fanfare;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Rules for the tests themselves, which {@code src/docs/contributing.md} states. They are checked in the source. */
class TestConventionsTest {

    private static final Path TESTS = Path.of("src/test/java");
    private static final Pattern LONG_NAME = Pattern.compile("\\bvoid (\\w{60,})\\(");
    private static final Pattern SLEEP = Pattern.compile("\\b(?:Thread|SECONDS|MILLISECONDS)\\.sleep\\(");

    /** What starts processes, browsers or the nodes of a cluster. */
    private static final Pattern SLOW = Pattern.compile("\\b(?:BrokerProcess|NodeProcess|JavaProcess|ClusterNodes"
            + "|TestCluster|NodeNetwork|Chromium|PythonProject|NodeProject)\\b");

    @Test
    void testsHaveNamesOfLessThanSixtyCharacters() {
        assertEquals(List.of(), found(file -> true, LONG_NAME));
    }

    @Test
    void nothingSleepsInPlaceOfACondition() {
        // A proxy delays what passes through it.
        assertEquals(List.of(), found(file -> !file.endsWith("TcpProxy.java"), SLEEP));
    }

    @Test
    void unitTestsStartNoProcessBrowserOrCluster() {
        assertEquals(List.of(), found(file -> file.endsWith("Test.java"), SLOW), "Tests with these are called *IT");
    }

    @Test
    void everyAttackIsListedWithItsBound() throws IOException {
        List<String> tagged = found(file -> true, Pattern.compile("(?m)^@Tag\\(\"attack\"\\)")).stream()
                .map(found -> found.replaceAll(".*/|\\.java: .*", ""))
                .sorted()
                .toList();
        String security = Files.readString(Path.of("src/docs/security.md"));
        List<String> listed = Pattern.compile("`(\\w+(?:Test|IT))`")
                .matcher(security)
                .results()
                .map(match -> match.group(1))
                .distinct()
                .sorted()
                .toList();
        assertEquals(tagged, listed);
    }

    private static List<String> found(Predicate<String> files, Pattern pattern) {
        try (Stream<Path> tree = Files.walk(TESTS)) {
            return tree.filter(file -> file.toString().endsWith(".java"))
                    .filter(file -> files.test(file.toString()))
                    .filter(file -> !file.endsWith("TestConventionsTest.java"))
                    .flatMap(file -> pattern.matcher(read(file))
                            .results()
                            .map(MatchResult::group)
                            .map(what -> TESTS.relativize(file) + ": " + what))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
