package dev.fanfare.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.fanfare.core.SlowConsumerPolicy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigEnvironmentTest {

    @ParameterizedTest(name = "{0}")
    @MethodSource("everyKey")
    void everyKeyHasAVariable(String path, String variable, String text, Object value) throws ConfigException {
        Map<String, String> environment = new HashMap<>(Map.of(variable, text));
        if (path.equals("server.plain") || path.equals("server.tls.enabled")) {
            environment.putIfAbsent("FANFARE_SERVER_TLS_ENABLED", "true");
            environment.put("FANFARE_SERVER_TLS_KEY_FILE", "pom.xml");
            environment.put("FANFARE_SERVER_TLS_CERTIFICATE_FILE", "pom.xml");
        }
        if (path.equals("cluster.enabled")) {
            environment.put("FANFARE_AUTH_ACCESS_KEYS", "an-access-key-of-more-than-32-bytes");
            environment.put("FANFARE_CLUSTER_HOST", "127.0.0.1");
            environment.put("FANFARE_CLUSTER_DNS", "nodes.example");
        }
        if (path.startsWith("cluster.tls.")) {
            environment.putIfAbsent("FANFARE_CLUSTER_TLS_MODE", "files");
            environment.putIfAbsent("FANFARE_CLUSTER_TLS_KEY_FILE", "pom.xml");
            environment.putIfAbsent("FANFARE_CLUSTER_TLS_CERTIFICATE_FILE", "pom.xml");
            environment.putIfAbsent("FANFARE_CLUSTER_TLS_CA_FILE", "pom.xml");
        }
        if (path.equals("alerts.mail.host")) {
            environment.put("FANFARE_ALERTS_MAIL_FROM", "fanfare@example.com");
            environment.put("FANFARE_ALERTS_MAIL_TO", "ops@example.com");
        }
        if (path.equals("store.engine")) {
            environment.put("FANFARE_STORE_FOLDER", "store");
        }
        if (path.equals("store.lostDisks")) {
            environment.put("FANFARE_AUTH_ACCESS_KEYS", "an-access-key-of-more-than-32-bytes");
            environment.put("FANFARE_CLUSTER_ENABLED", "true");
            environment.put("FANFARE_CLUSTER_HOST", "127.0.0.1");
            environment.put("FANFARE_CLUSTER_DNS", "nodes.example");
            environment.put("FANFARE_STORE_ENGINE", "replicated");
            environment.put("FANFARE_STORE_FOLDER", "store");
        }

        Config config = ConfigLoader.load(null, environment);

        assertEquals(value, valueAt(config, path));
        assertNotEquals(valueAt(Config.DEFAULT, path), valueAt(config, path));
    }

    /** All but outbound connections, which are valid only together with another key. */
    static Stream<Arguments> everyKey() {
        Stream<Setting> alone = Setting.leaves(Config.class).stream()
                .filter(setting -> !setting.path().equals("outbound.connections"));
        return alone.map(setting -> {
            Object value = otherThan(setting, Objects.requireNonNull(valueAt(Config.DEFAULT, setting.path())));
            return arguments(setting.path(), setting.variable(), text(value), value);
        });
    }

    private static Object otherThan(Setting setting, Object value) {
        if (setting.path().equals("server.allowedOrigins") || setting.path().equals("server.publicEndpoints")) {
            return List.of("https://one.example", "https://two.example:8443");
        }
        if (setting.path().equals("server.tls.protocols")) {
            return List.of("TLSv1.3", "TLSv1.2");
        }
        if (setting.path().equals("server.tls.ciphers")) {
            return List.of("TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256");
        }
        if (setting.path().equals("auth.issuers")) {
            return List.of(issuer());
        }
        if (setting.path().equals("auth.scopedKeys")) {
            return List.of(new Config.ScopedKey(
                    "ci", "a-scoped-key-of-more-than-32-bytes", List.of("chat"), List.of("publish", "read")));
        }
        if (setting.path().equals("hubs")) {
            return hubs();
        }
        if (setting.path().equals("alerts.causes")) {
            return List.of("internal-error", "revoked");
        }
        if (setting.path().equals("alerts.webhooks")) {
            return List.of(new Config.AlertWebhook("https://hooks.example/1", "Bearer x", "", ""));
        }
        if (setting.path().equals("outbound.allow")) {
            return List.of("feeds.example.com:443", "10.0.0.0/8:*");
        }
        if (setting.path().equals("server.trustedProxies")) {
            return List.of("10.0.0.0/8", "2001:db8::1");
        }
        if (setting.path().equals("outbound.keys")) {
            return List.of(new SigningKey(
                    "feed", SigningKey.SigningAlgorithm.HS384, "a-secret-of-at-least-forty-eight-bytes-for-HS384"));
        }
        if (setting.isList()) {
            return List.of("an-access-key-of-more-than-32-bytes", "another-access-key-of-more-than-32-bytes");
        }
        if (value instanceof Boolean flag) {
            return !flag;
        }
        if (value instanceof Integer number) {
            return setting.path().equals("limits.frameBytes") ? number - 1 : number + 1;
        }
        if (value instanceof Long number) {
            return number + (1L << 30); // large enough for what it has to hold
        }
        if (setting.path().startsWith("cluster.tls.") && value instanceof String) {
            return "pom.xml";
        }
        if (setting.type().isEnum()) {
            return Stream.of(setting.type().getEnumConstants())
                    .filter(constant -> constant != value)
                    .findFirst()
                    .orElseThrow();
        }
        return value + ".other";
    }

    private static Map<String, Config.Hub> hubs() {
        Config.Compression compression = new Config.Compression(true, 7, 100);
        Config.HubGroup group = new Config.HubGroup("p.*", SlowConsumerPolicy.DROP_OLDEST);
        return Map.of(
                "*",
                        new Config.Hub(
                                compression,
                                SlowConsumerPolicy.DISCONNECT,
                                List.of(),
                                List.of(),
                                Config.BusEvents.NONE,
                                Config.SharedLimits.NONE,
                                0,
                                Config.ConsumerSettings.OFF,
                                new Config.PublisherSettings(List.of())),
                "chat",
                        new Config.Hub(
                                compression,
                                SlowConsumerPolicy.KEEP_LATEST,
                                List.of(group),
                                List.of(),
                                Config.BusEvents.NONE,
                                Config.SharedLimits.NONE,
                                0,
                                Config.ConsumerSettings.OFF,
                                new Config.PublisherSettings(List.of())));
    }

    private static Config.Issuer issuer() {
        Config.Issuer defaults = Config.Issuer.DEFAULT;
        return new Config.Issuer(
                "https://id.example",
                List.of("a", "b"),
                List.of(),
                List.of(),
                "https://id.example/keys",
                7,
                defaults.jwksCooldownSeconds(),
                defaults.userClaim(),
                defaults.rolesClaim(),
                defaults.groupsClaim(),
                defaults.apiRole(),
                true,
                defaults.expiryGraceSeconds());
    }

    private static String text(Object value) {
        if (value instanceof List<?> list && list.get(0) instanceof Config.Issuer) {
            return "[{\"issuer\": \"https://id.example\", \"audience\": [\"a\", \"b\"],"
                    + " \"jwksUrl\": \"https://id.example/keys\", \"jwksRefreshSeconds\": 7, \"closeOnExpiry\": true}]";
        }
        if (value instanceof List<?> list && list.get(0) instanceof Config.AlertWebhook webhook) {
            return "[{\"url\": \"" + webhook.url() + "\", \"authorization\": \"Bearer x\"}]";
        }
        if (value instanceof List<?> list && list.get(0) instanceof Config.ScopedKey key) {
            return "[{\"name\": \"ci\", \"key\": \"" + key.key()
                    + "\", \"hubs\": [\"chat\"], \"operations\": [\"publish\", \"read\"]}]";
        }
        if (value instanceof List<?> list && list.get(0) instanceof SigningKey key) {
            return "[{\"id\": \"feed\", \"algorithm\": \"hs384\", \"secret\": \"" + key.secret() + "\"}]";
        }
        if (value instanceof Map<?, ?>) {
            return "{\"*\": {\"compression\": {\"enabled\": true, \"thresholdBytes\": 7}}, \"chat\": {\"slowConsumerPolicy\":"
                    + " \"keep-latest\", \"groups\": [{\"pattern\": \"p.*\", \"slowConsumerPolicy\": \"drop-oldest\"}]}}";
        }
        return value instanceof List<?> list ? list.get(0) + ", " + list.get(1) : value.toString();
    }

    @ParameterizedTest
    @CsvSource({
        "server.port, FANFARE_SERVER_PORT",
        "management.port, FANFARE_MANAGEMENT_PORT",
        "server.tls.keyFile, FANFARE_SERVER_TLS_KEY_FILE",
        "auth.accessKeys, FANFARE_AUTH_ACCESS_KEYS",
        "limits.messageBytes, FANFARE_LIMITS_MESSAGE_BYTES",
        "keepAlive.pingSeconds, FANFARE_KEEP_ALIVE_PING_SECONDS",
        "sessions.rememberedAckIds, FANFARE_SESSIONS_REMEMBERED_ACK_IDS",
        "revocations.defaultDays, FANFARE_REVOCATIONS_DEFAULT_DAYS"
    })
    void theVariableIsThePathInUpperSnakeCase(String path, String variable) {
        List<String> variables = Setting.leaves(Config.class).stream()
                .filter(setting -> setting.path().equals(path))
                .map(Setting::variable)
                .toList();
        assertEquals(List.of(variable), variables);
    }

    @Test
    void noTwoKeysShareAVariable() {
        List<Setting> leaves = Setting.leaves(Config.class);
        assertEquals(
                leaves.size(), leaves.stream().map(Setting::variable).distinct().count());
    }

    @Test
    void theEnvironmentWinsOverTheFile(@TempDir Path directory) throws Exception {
        Path file = Files.writeString(directory.resolve("f.yaml"), "server:\n  port: 1000\n  host: localhost\n");

        Config config = ConfigLoader.load(file, Map.of("FANFARE_SERVER_PORT", "2000"));

        assertEquals(2000, config.server().port());
        assertEquals("localhost", config.server().host());
    }

    @Test
    void theEnvironmentFillsAnEmptySection(@TempDir Path directory) throws Exception {
        Path file = Files.writeString(directory.resolve("f.yaml"), "server:\n");

        assertEquals(
                2000,
                ConfigLoader.load(file, Map.of("FANFARE_SERVER_PORT", "2000"))
                        .server()
                        .port());
    }

    @Test
    void anEmptyVariableOfAListIsAnEmptyList(@TempDir Path directory) throws Exception {
        Path file = Files.writeString(directory.resolve("f.yaml"), "server:\n  allowedOrigins: ['*']\n");

        Map<String, String> environment = Map.of("FANFARE_SERVER_ALLOWED_ORIGINS", "", "FANFARE_AUTH_ISSUERS", "");

        assertEquals(Config.DEFAULT, ConfigLoader.load(file, environment));
    }

    @Test
    void theVariableOfAMapReplacesTheWholeOfIt(@TempDir Path directory) throws Exception {
        Path file = Files.writeString(directory.resolve("f.yaml"), "hubs: {a: {slowConsumerPolicy: keep-latest}}");

        Config config = ConfigLoader.load(file, Map.of("FANFARE_HUBS", "b: {compression: {enabled: true}}"));

        assertEquals(Set.of("*", "b"), config.hubs().keySet());
    }

    @Test
    void anEmptyVariableOfAMapIsItsDefault(@TempDir Path directory) throws Exception {
        Path file = Files.writeString(directory.resolve("f.yaml"), "hubs: {a: {slowConsumerPolicy: keep-latest}}");

        assertEquals(Config.DEFAULT, ConfigLoader.load(file, Map.of("FANFARE_HUBS", "")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "PATH=/bin",
                "fanfare_server_port=1",
                "FANFARE_CONFIG=x.yaml",
                "FANFARE_CONNECTION_STRING=Endpoint=http://localhost",
                "FANFARE_SERVICE_HOST=10.0.0.1",
                "FANFARE_SERVICE_PORT=8080",
                "FANFARE_SERVICE_PORT_HTTP=8080",
                "FANFARE_PORT=tcp://10.0.0.1:8080",
                "FANFARE_PORT_8080_TCP=tcp://10.0.0.1:8080",
                "FANFARE_PORT_8080_TCP_PROTO=tcp",
                "FANFARE_PORT_8080_TCP_PORT=8080",
                "FANFARE_PORT_8080_TCP_ADDR=10.0.0.1",
                "FANFARE_MANAGEMENT_SERVICE_HOST=10.0.0.1",
                "FANFARE_MANAGEMENT_PORT=tcp://10.0.0.1:9090",
                "FANFARE_MANAGEMENT_PORT_9090_TCP=tcp://10.0.0.1:9090"
            })
    void variablesThatAreNoKeysOfOursAreIgnored(String variable) throws ConfigException {
        String[] nameAndValue = variable.split("=", 2);

        assertEquals(Config.DEFAULT, ConfigLoader.load(null, Map.of(nameAndValue[0], nameAndValue[1])));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "FANFARE_SERVER_PROT | 1 | FANFARE_SERVER_PROT: is not the variable of a key; did you mean FANFARE_SERVER_PORT?",
                "FANFARE_PORT | 8080 | FANFARE_PORT: is not the variable of a key; variables are FANFARE_ and the path of a key,"
                        + " such as FANFARE_SERVER_PORT",
                "FANFARE_SERVER_PORT | x | FANFARE_SERVER_PORT: server.port is \"x\"; it must be a whole number from 0 to 65535",
                "FANFARE_SERVER_PORT | '' | FANFARE_SERVER_PORT: server.port is \"\"; it must be a whole number from 0 to 65535",
                "FANFARE_AUTH_ACCESS_KEYS | hunter2 | FANFARE_AUTH_ACCESS_KEYS: auth.accessKeys[0] has 7 bytes; it must have at"
                        + " least 32, such as the output of: openssl rand -base64 48",
                "FANFARE_AUTH_ISSUERS | [{ | FANFARE_AUTH_ISSUERS: is not YAML: expected the node content, but found"
                        + " '<stream end>'",
                "FANFARE_HUBS | some | FANFARE_HUBS: hubs is \"some\"; it must be a section of sections",
                "FANFARE_HUBS | {chat: {group: []}} | FANFARE_HUBS: hubs.chat.group is not a key; did you mean hubs.chat.groups?",
                "FANFARE_AUTH_ISSUERS | some | FANFARE_AUTH_ISSUERS: auth.issuers is \"some\"; it must be a list of sections"
            })
    void badVariablesAreRefused(String name, String value, String message) {
        ConfigException refused =
                assertThrows(ConfigException.class, () -> ConfigLoader.load(null, Map.of(name, value)));

        assertEquals(message, refused.problems().get(0).toString());
        assertEquals(1, refused.problems().size(), refused::getMessage);
    }

    @Test
    void aValueMayBeInAFile(@TempDir Path folder) throws Exception {
        Path keys = Files.writeString(
                folder.resolve("keys"),
                "an-access-key-of-more-than-32-bytes,\nanother-access-key-of-more-than-32-bytes\n");
        Path hubs = Files.writeString(folder.resolve("hubs.yaml"), "chat:\n  slowConsumerPolicy: keep-latest\n");
        Map<String, String> environment =
                Map.of("FANFARE_AUTH_ACCESS_KEYS_FILE", keys.toString(), "FANFARE_HUBS_FILE", hubs.toString());

        Config config = ConfigLoader.load(null, environment);

        assertEquals(
                List.of("an-access-key-of-more-than-32-bytes", "another-access-key-of-more-than-32-bytes"),
                config.auth().accessKeys());
        assertEquals(
                SlowConsumerPolicy.KEEP_LATEST,
                Objects.requireNonNull(config.hubs().get("chat")).slowConsumerPolicy());
        assertEquals(List.of(keys, hubs), new ConfigSource(null, environment).files());
    }

    @Test
    void badFilesOfVariablesAreRefused() {
        Map<String, String> environment = Map.of(
                "FANFARE_AUTH_ACCESS_KEYS_FILE", "no/such/file",
                "FANFARE_SERVER_PORT", "1",
                "FANFARE_SERVER_PORT_FILE", "pom.xml",
                "FANFARE_X_FILE", "pom.xml");

        ConfigException refused = assertThrows(ConfigException.class, () -> ConfigLoader.load(null, environment));

        assertEquals(
                List.of(
                        "FANFARE_AUTH_ACCESS_KEYS_FILE: names a file that cannot be read: there is no such file",
                        "FANFARE_SERVER_PORT_FILE: is given and so is FANFARE_SERVER_PORT; give one of them",
                        "FANFARE_X_FILE: is not the variable of a key; variables are FANFARE_ and the path of a key, such as"
                                + " FANFARE_SERVER_PORT"),
                refused.problems().stream().map(ConfigProblem::toString).toList());
    }

    @Test
    void absentTextsOfListedSectionsAreNull() throws ConfigException {
        String issuers =
                "[{issuer: i, audience: [a], keys: [{id: ~, algorithm: RS256, pem: -----BEGIN PUBLIC KEY-----}]}]";

        Config.Issuer issuer = ConfigLoader.load(null, Map.of("FANFARE_AUTH_ISSUERS", issuers))
                .auth()
                .issuers()
                .get(0);

        assertNull(issuer.jwksUrl());
        assertNull(issuer.keys().get(0).id());
    }

    static Object valueAt(Record section, String path) {
        int dot = path.indexOf('.');
        String name = dot < 0 ? path : path.substring(0, dot);
        Setting setting = Setting.of(section.getClass(), "").stream()
                .filter(candidate -> candidate.name().equals(name))
                .findFirst()
                .orElseThrow();
        Object value = Objects.requireNonNull(setting.valueIn(section));
        return dot < 0 ? value : valueAt((Record) value, path.substring(dot + 1));
    }
}
