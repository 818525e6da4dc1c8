package dev.fanfare.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.core.SlowConsumerPolicy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class LiveConfigTest {

    private static final Pattern KEY = Pattern.compile("`([A-Za-z.]+)`");

    private final LiveConfig live = new LiveConfig(Config.DEFAULT);

    @Test
    void keysOfTheNextStartKeepTheirValues() throws ConfigException {
        Config next = Config.DEFAULT.with("server.port", 1).with("limits.groupsPerConnection", 7);

        assertEquals(
                new LiveConfig.ConfigChange(List.of("limits.groupsPerConnection"), List.of("server.port")),
                live.change(next));
        assertEquals(8080, live.present().server().port());
        assertEquals(7, live.present().limits().groupsPerConnection());
    }

    @Test
    void noPartChangesUnlessAllArePrepared() {
        List<String> taken = new ArrayList<>();
        live.add(next -> () -> taken.add("one"));
        live.add(next -> {
            throw new IllegalArgumentException("no such file");
        });
        live.add(next -> {
            throw new IllegalArgumentException("no such key");
        });
        Config before = live.present();

        ConfigException refused = assertThrows(
                ConfigException.class, () -> live.change(Config.DEFAULT.with("limits.groupsPerConnection", 7)));

        assertEquals(
                List.of("no such file", "no such key"),
                refused.problems().stream().map(ConfigProblem::toString).toList());
        assertEquals(List.of(), taken);
        assertSame(before, live.present());
    }

    @Test
    void hubsThatDifferAreNamed() throws ConfigException {
        Config.Hub any = Objects.requireNonNull(Config.DEFAULT.hubs().get(Config.ANY_HUB));
        Config.Hub other = new Config.Hub(
                any.compression(),
                SlowConsumerPolicy.KEEP_LATEST,
                any.groups(),
                any.eventHandlers(),
                any.busEvents(),
                Config.SharedLimits.NONE,
                any.connectionsPerUser(),
                any.consumers(),
                any.publishers());
        LiveConfig hubs = new LiveConfig(
                Config.DEFAULT.with("hubs", Map.of(Config.ANY_HUB, any, "same", any, "removed", any, "changed", any)));

        LiveConfig.ConfigChange change = hubs.change(
                Config.DEFAULT.with("hubs", Map.of(Config.ANY_HUB, any, "same", any, "changed", other, "a.dot", any)));

        assertEquals(List.of("hubs.\"a.dot\"", "hubs.changed", "hubs.removed"), change.applied());
    }

    @Test
    void onePartThatFailsLeavesNoOtherBehind() {
        List<String> taken = new ArrayList<>();
        live.add(next -> () -> {
            throw new IllegalStateException("a bug");
        });
        live.add(next -> () -> taken.add("two"));

        assertThrows(
                IllegalStateException.class, () -> live.change(Config.DEFAULT.with("limits.groupsPerConnection", 7)));

        assertEquals(List.of("two"), taken);
    }

    @Test
    void theResultIsConsistentWithWhatStays() {
        int less = Config.DEFAULT.limits().messageBytes() / 2;
        Config next = Config.DEFAULT
                .with("limits.messageBytes", less)
                .with("limits.frameBytes", less)
                .with("limits.restBodyBytes", less)
                .with("limits.outboundBytesPerConnection", less);

        String message = String.valueOf(
                assertThrows(ConfigException.class, () -> live.change(next)).getMessage());

        assertTrue(message.contains("limits.outboundBytesPerConnection is " + less), message);
    }

    @Test
    void theTableNamesEveryKeyThatCanChange() throws IOException {
        Map<String, String> documented = new TreeMap<>();
        for (String line : Files.readAllLines(Path.of("src/docs/operations.md"))) {
            String[] cells = line.split("\\|");
            if (cells.length == 3
                    && (cells[2].strip().equals("at once") || cells[2].strip().equals("next connection"))) {
                Matcher key = KEY.matcher(cells[1]);
                while (key.find()) {
                    documented.put(key.group(1), cells[2].strip());
                }
            }
        }
        Map<String, String> actual = new TreeMap<>();
        for (Setting setting : Setting.leaves(Config.class)) {
            if (ReloadTime.of(setting.path()) != ReloadTime.NEXT_START) {
                actual.put(setting.path(), ReloadTime.of(setting.path()).toString());
            }
        }
        assertEquals(actual, documented);
    }
}
