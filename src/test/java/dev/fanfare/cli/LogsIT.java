package dev.fanfare.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.fanfare.JavaProcess;
import dev.fanfare.config.Config;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The standard error of a whole process. */
class LogsIT {

    @Test
    void aLineOfTextHasTimeLevelLoggerMessageAndFields() throws Exception {
        List<String> lines = logged("conf/logback.xml", "INFO", "TEXT");

        assertEquals("WARN  io.vertx.test by way of vertx ", lines.get(1).substring(25));
        assertTrue(
                lines.get(0)
                        .matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z INFO  dev.fanfare.cli.LogsIT"
                                + " closed connection=\"c1\" code=\"7\" reason=\"a\\?b\\?\\[1m\\?\""),
                lines.get(0));
    }

    @Test
    void aLineOfJsonHasTheSame() throws Exception {
        List<String> lines = logged("conf/logback.xml", "INFO", "JSON");

        JsonNode line = new ObjectMapper().readTree(lines.get(0));
        assertEquals("INFO", line.path("level").asText());
        assertEquals("dev.fanfare.cli.LogsIT", line.path("logger").asText());
        assertEquals("closed", line.path("msg").asText());
        assertEquals("c1", line.path("connection").asText());
        assertEquals(7, line.path("code").asInt());
        assertEquals("a\nb\u001b[1m?", line.path("reason").asText());
        assertTrue(
                line.path("ts").asText().matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z"), lines.get(0));
        assertEquals(7, line.size(), "it is flat");
        assertTrue(new ObjectMapper()
                .readTree(lines.get(2))
                .path("exception")
                .asText()
                .startsWith("java.lang.IllegalStateException: a bug"));
    }

    @Test
    void librariesAreQuietUnlessAskedFor() throws Exception {
        assertFalse(logged("conf/logback.xml", "DEBUG", "TEXT").toString().contains("talkative"));
        assertEquals(
                2,
                logged("conf/logback.xml", "DEBUG", "TEXT", "-Dfanfare.logging.libraries=debug").stream()
                        .filter(line -> line.contains("talkative"))
                        .count());
    }

    @Test
    void theLevelLeavesOutWhatIsLessGrave() throws Exception {
        List<String> grave = logged("conf/logback.xml", "ERROR", "TEXT");
        assertTrue(grave.get(0).contains("ERROR"), grave::toString);
        assertTrue(logged("conf/logback.xml", "WARN", "TEXT").get(0).contains(" WARN "));
        assertTrue(logged("conf/logback.xml", "DEBUG", "TEXT").get(0).contains(" DEBUG dev.fanfare.cli.LogsIT before"));
    }

    @Test
    void theOperatorMayBringAnotherFile(@TempDir Path directory) throws Exception {
        Path file = directory.resolve("mine.xml");
        Files.writeString(
                file,
                Files.readString(Path.of("conf/logback.xml"))
                        .replaceAll("<pattern>.*</pattern>", "<pattern>mine %msg%n</pattern>"));

        List<String> lines = logged(file.toString(), "INFO", "TEXT");
        assertEquals(
                List.of("mine closed", "mine by way of vertx", "mine failed"),
                lines.subList(0, 3),
                () -> String.join("\n", lines));
    }

    @Test
    void theFileIsInTheJar() throws IOException {
        try (var packaged = Cli.class.getResourceAsStream("/logback.xml")) {
            assertEquals(
                    Files.readString(Path.of("conf/logback.xml")),
                    packaged == null ? null : new String(packaged.readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    private static List<String> logged(String file, String level, String format, String... options) throws Exception {
        List<String> all = new ArrayList<>(List.of(options));
        all.add("-Dlogback.configurationFile=" + file);
        try (JavaProcess process = JavaProcess.start(all, Logging.class, level, format)) {
            assertNull(process.line(), "standard output is for commands");
            assertEquals(0, process.exitCode());
            return process.err().lines().toList();
        }
    }

    /** A process that logs a little and ends. */
    static final class Logging {

        public static void main(String... arguments) {
            Logger log = LoggerFactory.getLogger(LogsIT.class);
            Logs.configure(new Config.Logging(
                    Config.Logging.Level.valueOf(arguments[0]), Config.Logging.LogFormat.valueOf(arguments[1])));
            log.debug("before");
            log.atInfo()
                    .addKeyValue("connection", "c1")
                    .addKeyValue("code", 7)
                    .addKeyValue("reason", "a\nb\u001b[1m\ud83d")
                    .log("closed");
            io.vertx.core.internal.logging.LoggerFactory.getLogger("io.vertx.test")
                    .warn("by way of vertx");
            log.error("failed", new IllegalStateException("a bug"));
            io.vertx.core.internal.logging.LoggerFactory.getLogger("io.vertx.test")
                    .debug("talkative");
            LoggerFactory.getLogger("io.micrometer.test").debug("talkative");
            Logs.close();
        }
    }
}
