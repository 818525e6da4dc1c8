package dev.fanfare.shard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.fanfare.core.CloseReason;
import dev.fanfare.core.protocol.Subprotocol;
import dev.fanfare.shard.Lifecycle.State;
import dev.fanfare.socket.FakeSocket;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

final class LifecycleTest {

    private static final Pattern ARROW = Pattern.compile("(?m)^    (\\w+) --> (\\w+)");

    @Test
    void theDiagramShowsTheTransitions() throws IOException {
        String page = Files.readString(Path.of("src/docs/concurrency.md"));
        Set<String> drawn = ARROW.matcher(page)
                .results()
                .map(match -> match.group(1) + " " + match.group(2))
                .collect(Collectors.toCollection(TreeSet::new));
        Set<String> allowed = Arrays.stream(State.values())
                .flatMap(from -> Arrays.stream(State.values())
                        .filter(from::mayBecome)
                        .map(to -> camelCase(from) + " " + camelCase(to)))
                .collect(Collectors.toCollection(TreeSet::new));
        assertEquals(allowed, drawn);
    }

    private static String camelCase(State state) {
        String[] words = state.name().toLowerCase(Locale.ROOT).split("_", -1);
        return Arrays.stream(words)
                .map(word -> word.equals(words[0])
                        ? word
                        : word.substring(0, 1).toUpperCase(Locale.ROOT) + word.substring(1))
                .collect(Collectors.joining());
    }

    @Test
    void aConnectionGoesThroughItsStates() throws Exception {
        try (Shards shards = new Shards(1)) {
            InboundEntry entry =
                    Shards.get(shards.enter(0, Subprotocol.JSON_RELIABLE, null).future());
            Connection connection = entry.connection();
            assertFalse(connection.begun());
            FakeSocket socket = shards.on(0, () -> {
                FakeSocket opened = new FakeSocket(Runnable::run);
                return opened.use(entry.attach(opened));
            });
            assertTrue(connection.begun());
            assertFalse(connection.detached());
            shards.on(0, () -> {
                socket.cut();
                return true;
            });
            assertTrue(connection.detached());
            shards.on(0, () -> {
                connection.end(CloseReason.CLOSED_BY_API, "");
                return true;
            });
            assertFalse(connection.present());
            shards.awaitNothingLeft();
        }
    }

    @Test
    void anIllegalTransitionFails() throws Exception {
        assumeTrue(Connection.class.desiredAssertionStatus(), "needs -ea");
        try (Shards shards = new Shards(1)) {
            Connection connection =
                    Shards.get(shards.enter(0, Subprotocol.JSON, null).future()).connection();
            shards.on(0, () -> assertThrows(AssertionError.class, connection::released));
        }
    }
}
