package dev.fanfare.config;

import dev.fanfare.fuzz.FuzzSeeds;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Files of configuration, and a value in the environment: they are loaded, or refused with all problems. */
public final class ConfigFuzz {

    private static final Path FILE = file();

    private ConfigFuzz() {}

    public static void run(byte[] data) {
        load(data, Map.of());
        load(new byte[0], Map.of("FANFARE_HUBS", new String(data, StandardCharsets.UTF_8)));
    }

    private static void load(byte[] yaml, Map<String, String> environment) {
        try {
            Files.write(FILE, yaml);
            Config config = ConfigLoader.load(FILE, environment);
            if (config.hubs().get(Config.ANY_HUB) == null) {
                throw new AssertionError("no settings for all hubs");
            }
        } catch (ConfigException refused) {
            if (refused.problems().isEmpty()) {
                throw new AssertionError("no problem is named", refused);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path file() {
        try {
            Path file = Files.createTempFile("fanfare-fuzz", ".yaml");
            file.toFile().deleteOnExit();
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The default file in parts, and what it has only in comments. */
    public static List<byte[]> seeds() {
        List<String> sections = Arrays.asList(FuzzSeeds.text("/dev/fanfare/conf/fanfare.yaml")
                .replaceAll("(?m)^ *#.*\n", "")
                .split("\n\n"));
        return Stream.concat(
                        FuzzSeeds.texts(sections.toArray(String[]::new)).stream(),
                        FuzzSeeds.texts(
                                "hubs: {prices: {groups: [{pattern: 'p.**', slowConsumerPolicy: keep-latest}]}}",
                                "auth: {scopedKeys: [{name: ci, key: '0123456789abcdef0123456789abcdef', operations: [read]}]}",
                                "outbound: {allow: ['a:1'], connections: [{hub: a, url: 'wss://a:1/', queue: {maxBytes: 1}}]}",
                                "server: &a {port: *a}\n---\n!!x {}")
                                .stream())
                .toList();
    }
}
