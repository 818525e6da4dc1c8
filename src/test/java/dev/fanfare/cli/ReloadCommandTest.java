package dev.fanfare.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.testkit.AnyNode;
import dev.fanfare.testkit.TestNode;
import io.vertx.core.Future;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command that has a running node read its configuration again. */
class ReloadCommandTest {

    private static final String KEYS = "auth: {accessKeys: [" + AnyNode.ACCESS_KEY + "]}\n";

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int reload(TestNode node) {
        return Cli.commandLine(new Cli.Outside(
                        Map.of(
                                "FANFARE_CONNECTION_STRING",
                                "Endpoint=http://localhost:" + node.port() + ";AccessKey=" + AnyNode.ACCESS_KEY
                                        + ";Version=1.0;"),
                        new PrintWriter(out, true),
                        new PrintWriter(err, true),
                        (config, source) -> Future.failedFuture("not started"),
                        request -> "",
                        hook -> {}))
                .execute("reload");
    }

    @Test
    void itShowsWhatWasAppliedOrAllProblems(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("fanfare.yaml"), KEYS);
        try (TestNode node = TestNode.startWith(file)) {
            Files.writeString(file, KEYS + "hubs: {chat: {slowConsumerPolicy: drop-oldest}}\n");
            assertEquals(Cli.OK, reload(node), err::toString);
            Files.writeString(file, KEYS + "limits: {connections: 0}\nkeepAlive: {pingSeconds: 0}\n");
            assertEquals(Cli.FAILED, reload(node));
        }
        assertEquals("applied: hubs.chat\nat the next start: nothing\n", out.toString());
        assertTrue(err.toString().startsWith("reload failed: The configuration has 2 problems:\n"), err::toString);
    }
}
