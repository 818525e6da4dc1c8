package dev.fanfare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The examples that need the packaged jar, started by the commands that their pages show. */
final class ExamplesIT {

    private static final Path BASE = Path.of(System.getProperty("fanfare.basedir"));
    private static final Pattern COMMAND = Pattern.compile("(?s)\n```\n(.*?)\n```\n");

    @Test
    void aThousandStoresLoseNothing() throws Exception {
        Process stores = start(command("stores") + " 3");
        try {
            List<String> table =
                    stores.inputReader(StandardCharsets.UTF_8).lines().toList();
            assertEquals(0, stores.waitFor(), () -> String.join("\n", table));
            assertLine(table, "sales to the office +350 +0 .*");
            assertLine(table, "prices to all stores +3,000 +0 .*");
            assertLine(table, "to learn of prices +100 +3");
            assertLine(table, "to report sales +350 +0");
            assertLine(table, "to connect, once +0 +1,001");
        } finally {
            end(stores);
        }
    }

    private static void assertLine(List<String> lines, String pattern) {
        assertTrue(lines.stream().anyMatch(line -> line.matches(pattern)), () -> pattern + "\n" + lines);
    }

    /** The first command that the page of an example shows. */
    private static String command(String example) throws IOException {
        Matcher command = COMMAND.matcher(Files.readString(BASE.resolve("src/examples/" + example + "/README.md")));
        assertTrue(command.find(), example);
        return command.group(1);
    }

    private static Process start(String command) throws IOException {
        ProcessBuilder builder = new ProcessBuilder("sh", "-c", "exec " + command)
                .directory(BASE.toFile())
                .redirectErrorStream(true);
        Path java = Path.of(System.getProperty("java.home"), "bin");
        builder.environment().merge("PATH", java.toString(), (path, ours) -> ours + File.pathSeparator + path);
        builder.environment().keySet().removeIf(name -> name.startsWith("FANFARE_"));
        return builder.start();
    }

    private static void end(Process process) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }
}
