package dev.fanfare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.fanfare.config.Config;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a whole process writes to standard error. */
class LogsTest {

    @Test
    void aLineOfTextHasTimeLevelLoggerMessageAndFields() throws Exception {
        List<String> lines = logged("conf/logback.xml", "INFO", "TEXT");

        assertEquals(2, lines.size(), lines::toString);
        assertTrue(
                lines.get(0)
                        .matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z INFO  dev.fanfare.LogsTest"
                                + " closed connection=\"c1\" reason=\"a\\?b\\?\\[1m\""),
                lines.get(0));
        assertTrue(lines.get(1).endsWith("WARN  io.vertx.test by way of vertx "), lines.get(1));
    }

    @Test
    void aLineOfJsonHasTheSame() throws Exception {
        List<String> lines = logged("conf/logback.xml", "INFO", "JSON");

        JsonNode line = new ObjectMapper().readTree(lines.get(0));
        assertEquals("INFO", line.path("level").asText());
        assertEquals("dev.fanfare.LogsTest", line.path("loggerName").asText());
        assertEquals("closed", line.path("formattedMessage").asText());
        assertEquals("c1", line.path("kvpList").path(0).path("connection").asText());
        assertEquals(
                "a\nb\u001b[1m", line.path("kvpList").path(1).path("reason").asText());
        assertTrue(line.path("timestamp").isIntegralNumber(), lines.get(0));
    }

    @Test
    void theLevelLeavesOutWhatIsLessGrave() throws Exception {
        assertEquals(1, logged("conf/logback.xml", "WARN", "TEXT").size());
        assertEquals(0, logged("conf/logback.xml", "ERROR", "TEXT").size());
        assertTrue(logged("conf/logback.xml", "DEBUG", "TEXT").get(0).contains(" DEBUG dev.fanfare.LogsTest before"));
    }

    @Test
    void theOperatorMayBringAnotherFile(@TempDir Path directory) throws Exception {
        Path file = directory.resolve("mine.xml");
        Files.writeString(
                file,
                Files.readString(Path.of("conf/logback.xml"))
                        .replaceAll("<pattern>.*</pattern>", "<pattern>mine %msg%n</pattern>"));

        assertEquals(List.of("mine closed", "mine by way of vertx"), logged(file.toString(), "INFO", "TEXT"));
    }

    @Test
    void theFileIsInTheJar() throws IOException {
        try (var packaged = Main.class.getResourceAsStream("/logback.xml")) {
            assertEquals(
                    Files.readString(Path.of("conf/logback.xml")),
                    packaged == null ? null : new String(packaged.readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    private static List<String> logged(String file, String level, String format) throws Exception {
        try (JavaProcess process =
                JavaProcess.start(List.of("-Dlogback.configurationFile=" + file), Logging.class, level, format)) {
            assertNull(process.line(), "standard output is for commands");
            assertEquals(0, process.exitCode());
            return process.err().lines().toList();
        }
    }

    /** A process that logs a little and ends. */
    static final class Logging {

        public static void main(String... arguments) {
            Logger log = LoggerFactory.getLogger(LogsTest.class);
            Logs.configure(new Config.Logging(
                    Config.Logging.Level.valueOf(arguments[0]), Config.Logging.Format.valueOf(arguments[1])));
            log.debug("before");
            log.atInfo()
                    .addKeyValue("connection", "c1")
                    .addKeyValue("reason", "a\nb\u001b[1m")
                    .log("closed");
            io.vertx.core.internal.logging.LoggerFactory.getLogger("io.vertx.test")
                    .warn("by way of vertx");
            Logs.close();
        }
    }
}
