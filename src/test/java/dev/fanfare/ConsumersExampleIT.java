package dev.fanfare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.testkit.FreePorts;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The example of registered consumers, as its page runs it. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class ConsumersExampleIT {

    @Test
    void aConsumerRegistersListensAndIsClosedWhenItSends() throws IOException, InterruptedException {
        ProcessBuilder run = new ProcessBuilder("sh", "src/examples/consumers/run")
                .directory(Path.of(System.getProperty("fanfare.basedir")).toFile())
                .redirectError(ProcessBuilder.Redirect.INHERIT);
        run.environment().put("PORT", String.valueOf(FreePorts.take(1).get(0)));
        Process process = run.start();
        try {
            List<String> lines = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .toList();
            assertEquals(0, process.waitFor(), lines::toString);
            assertEquals(7, lines.size(), lines::toString);
            assertTrue(lines.get(0).startsWith("registered until "), lines::toString);
            assertEquals(
                    List.of("connected", "a second connection was refused: 409"), lines.subList(1, 3), lines::toString);
            assertTrue(lines.subList(3, 6).stream().allMatch(line -> line.startsWith("received 1.0")), lines::toString);
            assertEquals("closed after sending: 1008 consumers are not allowed to send messages", lines.get(6));
        } finally {
            process.destroy();
        }
    }
}
