package dev.fanfare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.broker.bus.EventBusBroker;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SingleNodeIT {

    @Test
    void aNodeWithoutAClusterLoadsNoClassOfJGroups(@TempDir Path directory) throws Exception {
        Path config = Files.writeString(directory.resolve("fanfare.yaml"), """
                server: {host: 127.0.0.1, port: 0}
                management: {port: 0}
                start: {warmUpSeconds: 10, warmUpConnections: 16}
                """);
        Path classes = directory.resolve("classes.log");
        List<String> options = List.of("-Xlog:class+load:file=" + classes);
        try (JavaProcess node = JavaProcess.start(options, Main.class, "serve", "--config", config.toString())) {
            String line = node.line();
            while (line != null && !line.contains("Prometheus")) {
                line = node.line();
            }
            node.terminate();
            assertEquals(0, node.exitCode());
        }
        List<String> loaded = Files.readAllLines(classes);
        assertTrue(loaded.stream().anyMatch(line -> line.contains(EventBusBroker.class.getName() + " ")));
        assertEquals(
                List.of(),
                loaded.stream().filter(line -> line.contains("org.jgroups")).toList());
    }
}
