package dev.fanfare.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.config.Config;
import dev.fanfare.config.ConfigSource;
import dev.fanfare.config.LiveConfig;
import dev.fanfare.config.SecretHash;
import io.vertx.core.Future;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The command line, in this process, with everything outside it replaced. */
class CliTest {

    private static final String KEY = "0123456789abcdef0123456789abcdef";
    private static final String OTHER_KEY = "fedcba9876543210fedcba9876543210";

    @TempDir
    Path directory;

    private final Map<String, String> environment = new HashMap<>();
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private final List<Thread> hooks = new ArrayList<>();
    private @Nullable Config started;
    private @Nullable ClientTokenSpec minted;

    @ParameterizedTest
    @ValueSource(strings = {"", "serve"})
    void serveStartsANodeAndSaysWhereItIs(String command) {
        environment.put("FANFARE_SERVER_PORT", "1234");

        assertEquals(Cli.OK, run(command));

        assertEquals(1234, present(started).server().port());
        assertEquals(
                List.of("clients: here", "metrics: there"),
                out.toString().lines().toList());
        assertEquals(1, hooks.size());
    }

    @Test
    void theConfigurationIsNamedByOptionOrVariable() throws IOException {
        Path first = write("server: {port: 1}");
        Path second = Files.writeString(directory.resolve("second.yaml"), "server: {port: 2}");
        environment.put("FANFARE_CONFIG", first.toString());

        assertEquals(Cli.OK, run("serve"));
        assertEquals(1, present(started).server().port());

        assertEquals(Cli.OK, run("serve", "--config", second.toString()));
        assertEquals(2, present(started).server().port());

        assertEquals(Cli.OK, run("--config", second.toString()));
        assertEquals(2, present(started).server().port());
    }

    @ParameterizedTest
    @ValueSource(strings = {"serve", "check-config", "token --hub chat"})
    void aBadConfigurationIsToldAndNothingHappens(String command) throws IOException {
        environment.put("FANFARE_CONFIG", write("server: {prt: 1}").toString());
        environment.put("FANFARE_GROUPS_SLOTS", "none");

        assertEquals(Cli.REFUSED, run(command.split(" ")));

        assertEquals("""
                The configuration has 2 problems:
                  %s:1: server.prt is not a key; did you mean server.port?
                  FANFARE_GROUPS_SLOTS: groups.slots is "none"; it must be a whole number from 1 to 16777216
                """.formatted(environment.get("FANFARE_CONFIG")), err.toString());
        assertEquals("", out.toString());
        assertEquals(null, started);
    }

    @Test
    void checkConfigPrintsWhatHoldsWithoutSecrets() throws IOException {
        Path file = write("server: {port: 1}\nauth: {accessKeys: [" + KEY + "]}");

        assertEquals(Cli.OK, run("check-config", "-c", file.toString()));

        String printed = out.toString();
        assertTrue(printed.startsWith("# configuration is valid\nserver:\n  plain: true\n"), printed);
        assertTrue(printed.contains("\n  port: 1\n"), printed);
        assertTrue(printed.contains("\n  accessKeys:\n    - (hidden)\n"), printed);
        assertTrue(printed.contains("\nlogging:\n  level: info\n  format: text\n"), printed);
        assertFalse(printed.contains(KEY), printed);
    }

    @Test
    void whatCheckConfigPrintsIsAConfiguration() throws IOException {
        run("check-config");

        Path printed = write(out.toString());
        assertEquals(Cli.OK, run("serve", "-c", printed.toString()));
        assertEquals(Config.DEFAULT, started);
    }

    @Test
    void tokenMintsForWhatItIsTold() {
        environment.put("FANFARE_AUTH_ACCESS_KEYS", KEY + "," + OTHER_KEY);

        int exitCode = run("token --hub chat --user alice --role r1 --role r2 --group g --lifetime 2h".split(" "));

        assertEquals(Cli.OK, exitCode);
        ClientTokenSpec expected = new ClientTokenSpec(
                Endpoint.parse("http://localhost:8080"),
                KEY,
                "chat",
                "alice",
                List.of("r1", "r2"),
                List.of("g"),
                Duration.ofHours(2));
        assertEquals(expected, minted);
        assertEquals("""
                token: a.b.c
                url:   ws://localhost:8080/client/hubs/chat?access_token=a.b.c
                """, out.toString());
    }

    @Test
    void tokenNeedsOnlyAHubAndAKey() {
        assertEquals(Cli.OK, run("token", "--hub", "chat", "--access-key", KEY));

        ClientTokenSpec expected = new ClientTokenSpec(
                Endpoint.parse("http://localhost:8080"),
                KEY,
                "chat",
                null,
                List.of(),
                List.of(),
                Duration.ofMinutes(60));
        assertEquals(expected, minted);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "token | a.b.c",
                "url | ws://localhost:8080/client/hubs/chat?access_token=a.b.c",
                "json | {\"token\":\"a.b.c\",\"url\":\"ws://localhost:8080/client/hubs/chat?access_token=a.b.c\"}"
            })
    void tokenPrintsInSeveralForms(String form, String printed) {
        run("token", "--hub", "chat", "--access-key", KEY, "--output", form);

        assertEquals(printed + "\n", out.toString());
    }

    @Test
    void theKeyMayStandInAFileOrAConnectionString() throws IOException {
        Path file = write(OTHER_KEY + "\n");
        run("token", "--hub", "chat", "--access-key-file", file.toString());
        assertEquals(OTHER_KEY, present(minted).accessKey());

        environment.put("FANFARE_AUTH_ACCESS_KEYS", OTHER_KEY);
        environment.put("FANFARE_CONNECTION_STRING", "Endpoint=https://a.example;AccessKey=" + KEY + ";");
        run("token", "--hub", "chat");
        assertEquals(KEY, present(minted).accessKey());
        assertEquals("https://a.example", present(minted).endpoint().toString());

        run("token", "--hub", "chat", "--connection-string", "Endpoint=https://b.example;AccessKey=" + OTHER_KEY);
        assertEquals(OTHER_KEY, present(minted).accessKey());
        assertEquals("https://b.example", present(minted).endpoint().toString());

        run("token", "--hub", "chat", "--access-key", OTHER_KEY, "--endpoint", "http://c.example:1/");
        assertEquals(OTHER_KEY, present(minted).accessKey());
        assertEquals("http://c.example:1", present(minted).endpoint().toString());
    }

    @Test
    void theKeyMayBeAScopedOneOfTheConfiguration() {
        environment.put("FANFARE_AUTH_ACCESS_KEYS", KEY);
        environment.put(
                "FANFARE_AUTH_SCOPED_KEYS",
                "[{name: bot, key: " + OTHER_KEY + ", hubs: [Chat], operations: [connect]}, {name: ci, key: third-"
                        + OTHER_KEY + ", operations: [read]}]");
        run("token", "--hub", "chat", "--key-name", "bot");
        assertEquals(OTHER_KEY, present(minted).accessKey());

        assertEquals(Cli.REFUSED, run("token", "--hub", "other", "--key-name", "bot"));
        assertEquals(Cli.REFUSED, run("token", "--hub", "chat", "--key-name", "ci"));
        assertEquals(Cli.REFUSED, run("token", "--hub", "chat", "--key-name", "none"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "server: {publicEndpoints: ['https://a.example/', 'http://b.example']} | https://a.example",
                "server: {host: 10.0.0.1, port: 1} | http://10.0.0.1:1",
                "server: {plain: false, tls: {enabled: true, keyFile: pom.xml, certificateFile: pom.xml}}"
                        + " | https://localhost:8443"
            })
    void theEndpointIsAsConfigured(String yaml, String endpoint) throws IOException {
        run("token", "--hub", "chat", "--access-key", KEY, "-c", write(yaml).toString());

        assertEquals(endpoint, present(minted).endpoint().toString());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "srve | Unmatched argument at index 0: 'srve'~Did you mean: fanfare serve?~Try: fanfare --help",
                "serve --prot 1 | Unknown options: '--prot', '1'~Try: fanfare serve --help",
                "serve --config | Missing required parameter for option '--config' (FILE)~Try: fanfare serve --help",
                "token --hubb chat | Unknown options: '--hubb', 'chat'~Possible solutions: --hub~Try: fanfare token --help",
                "help srve | There is no command 'srve'; did you mean serve?~Try: fanfare --help",
                "token --hub h --connection-string Endpoint=localhost:8080;AccessKey=" + KEY
                        + " | The connection string is refused: an endpoint begins with http:// or https://, such as"
                        + " http://localhost:8080",
                "token --hub h --endpoint localhost:8080 --access-key " + KEY
                        + " | --endpoint is refused: an endpoint begins with http:// or https://, such as"
                        + " http://localhost:8080",
                "token --hub h --endpoint ws://h:99999 --access-key " + KEY
                        + " | --endpoint is refused: the port of an endpoint is a number from 1 to 65535",
                "token --hub h --connection-string Endpoint=http://h;Port=65536;AccessKey=" + KEY
                        + " | The connection string is refused: the port of an endpoint is a number from 1 to 65535",
                "token --hub h --connection-string Endpoint=http://h;AccesKey=" + KEY
                        + " | The connection string is refused: it has 'AccesKey'; did you mean AccessKey?",
                "token --hub h --connection-string Endpiont=http://h;AccessKey=" + KEY
                        + " | The connection string is refused: it has 'Endpiont'; did you mean Endpoint?",
                "token | Missing required option: '--hub=NAME'~Try: fanfare token --help",
                "token --hub 9 --access-key " + KEY + " | hub: begins with '9'; a letter from A to Z is needed",
                "token --hub h --user= --access-key " + KEY + " | userId: has 0 characters; 1 to 1024 are allowed",
                "token --hub h --group= --access-key " + KEY + " | group: has 0 characters; 1 to 1024 are allowed",
                "token --hub h --lifetime 0m | Invalid value for option '--lifetime': '0m' is not a time such as 30s, 60m,"
                        + " 12h or 7d~Try: fanfare token --help",
                "token --hub h --output xml | Invalid value for option '--output': expected one of [TEXT, TOKEN, URL, JSON]"
                        + " (case-insensitive) but was 'xml'~Try: fanfare token --help",
                "token --hub h | There is no access key. Give --access-key-file or --connection-string (a node prints one when"
                        + " it starts), or set FANFARE_AUTH_ACCESS_KEYS.",
                "token --hub h --access-key hunter2 | The access key has 7 bytes; it must have at least 32, such as the output"
                        + " of: openssl rand -base64 48",
                "token --hub h --access-key-file /none | The access key file cannot be read: /none",
                "token --hub h --access-key hunter2 --access-key-file f | Error: --access-key=KEY, --access-key-file=FILE are"
                        + " mutually exclusive (specify only one)~Try: fanfare token --help",
                "token --hub h --connection-string hunter2 | The connection string is refused: a connection string is"
                        + " Endpoint=https://host;AccessKey=...;Version=1.0;",
                "token --hub h --endpoint ftp://a --access-key " + KEY
                        + " | --endpoint is refused: an endpoint is http or"
                        + " https and a host, such as https://fanfare.example.com"
            })
    void badUsageIsExplained(String command, String message) {
        assertEquals(Cli.REFUSED, run(command.split(" ")));

        assertEquals(message.replace('~', '\n') + "\n", err.toString());
        assertEquals("", out.toString());
        assertEquals(null, minted);
    }

    @Test
    void aPortThatIsNotKnownYetMustBeSaid() {
        environment.put("FANFARE_SERVER_PORT", "0");

        assertEquals(Cli.REFUSED, run("token", "--hub", "chat", "--access-key", KEY));

        assertEquals("The configured port is 0, any free one; specify it with --endpoint.\n", err.toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "serve", "token", "check-config", "hash-secret"})
    void everyCommandHasHelpAndVersion(String command) {
        assertEquals(Cli.OK, run(command, "--help"));
        assertTrue(out.toString().startsWith("Usage: fanfare"), out::toString);
        assertTrue(out.toString().contains("--config=FILE"), out::toString);
        assertTrue(out.toString().contains("bad usage or configuration"), out::toString);

        assertEquals(Cli.OK, run(command, "-V"));
        assertTrue(out.toString().startsWith("fanfare "), out::toString);
    }

    @Test
    void aSecretIsHashedForTheConfiguration(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("secret"), "open sesame\n");
        assertEquals(Cli.OK, run("hash-secret", "--secret-file", file.toString()));
        String hash = out.toString().strip().replace("secretHash: ", "");
        assertEquals(Optional.empty(), SecretHash.problem(hash));
        assertFalse(out.toString().contains("sesame"));

        assertEquals(
                Cli.REFUSED,
                run("hash-secret", "--secret-file", folder.resolve("none").toString()));
    }

    @Test
    void helpIsACommand() {
        assertEquals(Cli.OK, run("--help"));
        String all = out.toString();
        assertEquals(Cli.OK, run("help"));
        assertEquals(all, out.toString());

        assertEquals(Cli.OK, run("token", "--help"));
        String token = out.toString();
        assertEquals(Cli.OK, run("help", "token"));
        assertEquals(token, out.toString());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "foo | roles are webpubsub.joinLeaveGroup and webpubsub.sendToGroup, perhaps with .GROUP behind, or such as"
                        + " webpubsub.sendToGroups.prices.*",
                "webpubsub.joinleavegroup | did you mean webpubsub.joinLeaveGroup?",
                "webpubsub.sendToGroups | did you mean webpubsub.sendToGroup?",
                "sendToGroup.a.B | did you mean webpubsub.sendToGroup.a.B?",
                "webpubsub.sendToGroup. | did you mean webpubsub.sendToGroup?",
                "webpubsub.joinLeaveGroups. | did you mean webpubsub.joinLeaveGroup?",
                "WebPubSub.SendToGruop.x | did you mean webpubsub.sendToGroup.x?"
            })
    void aRoleThatGrantsNothingIsWarnedOf(String role, String hint) {
        assertEquals(Cli.OK, run("token", "--hub", "chat", "--access-key", KEY, "--output", "token", "--role", role));

        assertEquals("Warning: the role '" + role + "' grants nothing; " + hint + "\n", err.toString());
        assertEquals("a.b.c\n", out.toString());
        assertEquals(List.of(role), present(minted).roles());
    }

    @Test
    void rolesThatGrantSomethingAreNotWarnedOf() {
        run(
                "token",
                "--hub",
                "h",
                "--access-key",
                KEY,
                "--role",
                "webpubsub.joinLeaveGroup",
                "--role",
                "webpubsub.sendToGroups.prices.*");

        assertEquals("", err.toString());
    }

    @Test
    void aNodeThatCannotStartIsAFailure() {
        environment.put("FANFARE_SERVER_HOST", "taken");

        assertEquals(Cli.FAILED, run("serve"));
        assertEquals("", out.toString());
    }

    private int run(String... arguments) {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        List<String> given = new ArrayList<>(List.of(arguments));
        given.remove("");
        return Cli.commandLine(new Cli.Outside(
                        environment,
                        new PrintWriter(out, true),
                        new PrintWriter(err, true),
                        this::start,
                        request -> {
                            minted = request;
                            return "a.b.c";
                        },
                        hooks::add))
                .execute(given.toArray(String[]::new));
    }

    private Future<RunningNode> start(Config config, ConfigSource source) {
        started = config;
        return config.server().host().equals("taken")
                ? Future.failedFuture(new IOException("the port is taken"))
                : Future.succeededFuture(new Announced());
    }

    private Path write(String text) throws IOException {
        return Files.writeString(directory.resolve("f.yaml"), text);
    }

    private static <T> T present(@Nullable T value) {
        assertNotNull(value);
        return value;
    }

    private record Announced() implements RunningNode {

        @Override
        public LiveConfig live() {
            return new LiveConfig(Config.DEFAULT);
        }

        @Override
        public Future<LiveConfig.ConfigChange> reload(String cause) {
            return Future.failedFuture("not here");
        }

        @Override
        public Future<Void> ready() {
            return Future.succeededFuture();
        }

        @Override
        public List<String> announcement() {
            return List.of("clients: here", "metrics: there");
        }

        @Override
        public Future<Void> stop() {
            return Future.succeededFuture();
        }
    }
}
