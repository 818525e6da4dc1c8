package dev.fanfare.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.core.SlowConsumerPolicy;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Checks {@code conf/fanfare.yaml} against {@link Config}. */
class ConfigFileTest {

    private static final Path FILE = Path.of("conf/fanfare.yaml");

    @Test
    void theFileLoadsToTheDefaults() throws ConfigException {
        assertEquals(Config.DEFAULT, ConfigLoader.load(FILE, Map.of()));
    }

    @Test
    void theFileHasEveryKeyAndNoOther() throws IOException {
        assertEquals(allKeys(), new TreeSet<>(linesOfKeys().keySet()));
    }

    @Test
    void everyKeyHasACommentAboveIt() throws IOException {
        linesOfKeys().forEach((key, line) -> assertTrue(!comment(line).isBlank(), key));
    }

    @Test
    void theCommentOfANumberStatesItsRange() throws IOException {
        Map<String, Integer> lines = linesOfKeys();
        for (Setting setting : leaves()) {
            if (setting.type() == int.class || setting.type() == long.class) {
                String range = setting.min() + " to " + setting.max();
                String comment = comment(lines.getOrDefault(setting.path(), 1));
                assertTrue(comment.contains(range), setting.path() + " " + range);
            }
        }
    }

    @Test
    void theExampleOfAScopedKeyLoads(@TempDir Path directory) throws Exception {
        Path file = directory.resolve("fanfare.yaml");
        String example = example("  accessKeys: []", "  scopedKeys: []").replace("\"...\"", "k".repeat(32));
        Files.writeString(file, "auth:\n  scopedKeys:\n" + example);

        assertEquals(
                List.of(new Config.ScopedKey("ci", "k".repeat(32), List.of("chat"), List.of("publish", "read"))),
                ConfigLoader.load(file, Map.of()).auth().scopedKeys());
    }

    /** The commented lines of an example between two keys. */
    private static String example(String after, String before) throws IOException {
        List<String> lines = lines();
        return lines.subList(lines.indexOf(after), lines.indexOf(before)).stream()
                .filter(line -> line.startsWith("  #   "))
                .map(line -> "    " + line.substring("  #   ".length()))
                .collect(Collectors.joining("\n"));
    }

    @Test
    void theExampleOfAnIssuerLoads(@TempDir Path directory) throws Exception {
        Path file = directory.resolve("fanfare.yaml");
        Files.writeString(file, "auth:\n  issuers:\n" + example("  scopedKeys: []", "  issuers: []"));

        Config.Issuer issuer =
                ConfigLoader.load(file, Map.of()).auth().issuers().get(0);

        Config.Issuer defaults = Config.Issuer.DEFAULT;
        Config.Issuer expected = new Config.Issuer(
                "https://id.example.com/",
                List.of("fanfare"),
                defaults.hubs(),
                issuer.keys(),
                "https://id.example.com/.well-known/jwks.json",
                defaults.jwksRefreshSeconds(),
                defaults.jwksCooldownSeconds(),
                defaults.userClaim(),
                defaults.rolesClaim(),
                defaults.groupsClaim(),
                defaults.apiRole(),
                defaults.closeOnExpiry(),
                defaults.expiryGraceSeconds());
        assertEquals(expected, issuer);
        assertEquals("key-1", issuer.keys().get(0).id());
    }

    @Test
    void theFileIsInTheJar() throws IOException {
        try (InputStream packaged = Config.class.getResourceAsStream("/dev/fanfare/conf/fanfare.yaml")) {
            assertNotNull(packaged);
            assertEquals(Files.readString(FILE), new String(packaged.readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    @Test
    void theExampleOfAHubLoads(@TempDir Path directory) throws Exception {
        List<String> lines = lines();
        int start = lines.indexOf("#   prices:");
        List<String> example = lines.subList(start, lines.indexOf("hubs:")).stream()
                .map(line -> line.substring(1))
                .toList();
        Path file = Files.writeString(directory.resolve("fanfare.yaml"), "hubs:\n" + String.join("\n", example));

        Config.Hub hub = ConfigLoader.load(file, Map.of()).hubs().get("prices");

        Config.HubGroup group = new Config.HubGroup("prices.**", SlowConsumerPolicy.KEEP_LATEST);
        assertEquals(
                new Config.Hub(
                        new Config.Compression(true, 1024, 100),
                        SlowConsumerPolicy.DISCONNECT,
                        List.of(group),
                        List.of(),
                        Config.BusEvents.NONE,
                        Config.SharedLimits.NONE,
                        0,
                        Config.ConsumerSettings.OFF,
                        new Config.PublisherSettings(List.of())),
                hub);
    }

    @Test
    void theExampleOfAnOutboundConnectionLoadsToTheDefaults(@TempDir Path directory) throws Exception {
        List<String> lines = lines();
        int start = lines.indexOf("  #   - hub: prices");
        List<String> example = lines.subList(start, lines.indexOf("  connections: []")).stream()
                .map(line -> line.substring(3))
                .toList();
        Path file = Files.writeString(
                directory.resolve("fanfare.yaml"),
                "outbound:\n  allow: ['*.example.com:443']\n  connections:\n" + String.join("\n", example));

        OutboundConnection connection =
                ConfigLoader.load(file, Map.of()).outbound().connections().get(0);

        OutboundConnection defaults = OutboundConnection.DEFAULT;
        assertEquals(
                new OutboundConnection(
                        "prices",
                        "wss://feeds.example.com/v1",
                        defaults.connectionId(),
                        defaults.subprotocols(),
                        defaults.headers(),
                        defaults.query(),
                        defaults.auth(),
                        defaults.groups(),
                        defaults.relay(),
                        defaults.onOpen(),
                        defaults.reconnect(),
                        defaults.idleTimeoutMillis(),
                        defaults.queue(),
                        defaults.tls(),
                        defaults.proxy(),
                        defaults.durable()),
                connection);
    }

    @Test
    void theExampleOfAnEventHandlerLoads(@TempDir Path directory) throws Exception {
        List<String> example = lines().stream()
                .filter(line -> line.startsWith("    #   "))
                .map(line -> "        " + line.substring("    #   ".length()))
                .toList();
        Path file = directory.resolve("fanfare.yaml");
        Files.writeString(file, "hubs:\n  chat:\n    eventHandlers:\n" + String.join("\n", example));

        Config.EventHandler handler = Objects.requireNonNull(
                        ConfigLoader.load(file, Map.of()).hubs().get("chat"))
                .eventHandlers()
                .get(0);

        Config.EventHandler defaults = Config.EventHandler.DEFAULT;
        Config.EventHandler expected = new Config.EventHandler(
                "https://app.example.com/events/{hub}/{event}",
                defaults.systemEvents(),
                "*",
                "Bearer secret",
                defaults.authorizationFile(),
                defaults.trustFile(),
                defaults.timeoutSeconds(),
                defaults.retries(),
                defaults.concurrency(),
                defaults.queueBytes(),
                defaults.responseBytes(),
                defaults.circuitFailures(),
                defaults.circuitSeconds());
        assertEquals(expected, handler);
        assertFalse(handler.toString().contains("secret"));
        assertFalse(ConfigText.yaml(ConfigLoader.load(file, Map.of())).contains("Bearer secret"));
    }

    /** All keys; those of maps by their defaults. */
    private static List<Setting> leaves() {
        List<Setting> leaves = new ArrayList<>();
        for (Setting leaf : Setting.leaves(Config.class)) {
            leaves.addAll(
                    leaf.isMap() ? Setting.leaves(leaf.itemType(), leaf.path() + "." + Binder.ANY) : List.of(leaf));
        }
        return leaves;
    }

    private static Set<String> allKeys() {
        Set<String> keys = new TreeSet<>();
        for (Setting leaf : leaves()) {
            for (String key = leaf.path(); !key.isEmpty(); key = key.substring(0, Math.max(0, key.lastIndexOf('.')))) {
                keys.add(key);
            }
        }
        return keys;
    }

    /** Each key of the file and its line, counted from 1. */
    private static Map<String, Integer> linesOfKeys() throws IOException {
        ConfigProblems configProblems = new ConfigProblems(new ConfigSources());
        ConfigNode file = YamlReader.file(Files.readString(FILE), "file", configProblems);
        assertEquals(List.of(), configProblems.found());
        Map<String, Integer> lines = new TreeMap<>();
        addKeys((ConfigNode.Section) file, "", lines);
        return lines;
    }

    private static void addKeys(ConfigNode.Section section, String path, Map<String, Integer> lines) {
        section.entries().forEach((name, value) -> {
            String source = value.source();
            lines.put(path + name, Integer.parseInt(source.substring(source.indexOf(':') + 1)));
            if (value instanceof ConfigNode.Section inner) {
                addKeys(inner, path + name + ".", lines);
            }
        });
    }

    /** The comment directly above a line. */
    private static String comment(int line) {
        List<String> comment = new ArrayList<>();
        try {
            List<String> lines = lines();
            for (int i = line - 2; i >= 0 && lines.get(i).strip().startsWith("#"); i--) {
                comment.add(0, lines.get(i).strip().substring(1).strip());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return String.join(" ", comment);
    }

    private static List<String> lines() throws IOException {
        return Files.readAllLines(FILE);
    }
}
