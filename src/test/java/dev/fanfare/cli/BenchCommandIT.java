package dev.fanfare.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.fanfare.auth.TokenMinter;
import dev.fanfare.testkit.FreePorts;
import dev.fanfare.testkit.TestCluster;
import dev.fanfare.testkit.TestNode;
import io.vertx.core.Future;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The command line of {@code bench}. Its measurements are tested with the driver. */
@Timeout(180)
final class BenchCommandIT {

    private static final String SHORT = "-n 6 --rate 50 --warm-up 0s --duration 200ms --drain 20s --quiet";

    @TempDir
    Path directory;

    private final Map<String, String> environment = new HashMap<>();
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @ParameterizedTest
    @ValueSource(strings = {"raw", "json", "reliable"})
    void tokensAreMintedFromAConnectionString(String subprotocol) throws Exception {
        try (TestNode node = TestNode.start()) {
            environment.put("FANFARE_CONNECTION_STRING", connectionString(node));

            JsonNode report = report(SHORT + " --json --groups 2 --subprotocol " + subprotocol);
            assertEquals(10, report.at("/messages/published").intValue());
            assertEquals(30, report.at("/messages/delivered").intValue());
            assertEquals(0, report.at("/messages/lost").intValue());
            assertEquals(
                    "ws://127.0.0.1:" + node.port() + "/client/hubs/bench",
                    report.at("/plan/urls/0").textValue());
        }
    }

    @Test
    void aTokenMayStandInTheUrlOrInAFile() throws Exception {
        try (TestNode node = TestNode.start()) {
            String token =
                    node.token("chat", null, List.of("webpubsub.joinLeaveGroup", "webpubsub.sendToGroup"), List.of());
            String url = "ws://127.0.0.1:" + node.port() + "/client/hubs/chat";
            Path file = Files.writeString(directory.resolve("token"), token + "\n");

            JsonNode inUrl = report(SHORT + " --json " + url + "?access_token=" + token);
            assertEquals(60, inUrl.at("/messages/delivered").intValue());
            assertFalse(out.toString().contains(token), "the report holds the token");

            JsonNode inFile = report(SHORT + " --json --token-file " + file + " " + url);
            assertEquals(60, inFile.at("/messages/delivered").intValue());
        }
    }

    @Test
    void aUrlGoesBeforeTheEndpointOfTheConnectionString() throws Exception {
        try (TestNode node = TestNode.start()) {
            environment.put(
                    "FANFARE_CONNECTION_STRING", connectionString(node).replace("127.0.0.1", "nowhere.invalid"));

            JsonNode report = report(SHORT + " --json --mode idle --hub other http://localhost:" + node.port());
            assertEquals(6, report.at("/connections/opened").intValue());
            assertEquals(
                    "ws://localhost:" + node.port() + "/client/hubs/other",
                    report.at("/plan/urls/0").textValue());
        }
    }

    @Test
    void connectionsAreSpreadOverNodesAndPublishersStayAtTheirs() throws Exception {
        try (TestCluster cluster = TestCluster.start(3)) {
            environment.put("FANFARE_CONNECTION_STRING", connectionString(cluster.node(0)));
            List<String> urls = cluster.nodes().stream()
                    .map(node -> "ws://127.0.0.1:" + node.port() + "/client/hubs/bench")
                    .toList();

            JsonNode spread = report(SHORT + " --json --groups 2 " + String.join(" ", urls));
            assertEquals(30, spread.at("/messages/delivered").intValue());
            cluster.nodes().forEach(node -> assertTrue(node.metric("fanfare_deliveries_total") >= 10));

            double before = cluster.node(1).metric("fanfare_remote_sent_total");
            JsonNode apart =
                    report(SHORT + " --json --group-prefix apart- --publish-at " + urls.get(1) + " " + urls.get(2));
            assertEquals(urls.get(1), apart.at("/plan/publisherUrls/0").textValue());
            assertEquals(60, apart.at("/messages/delivered").intValue());
            assertEquals(before + 10, cluster.node(1).metric("fanfare_remote_sent_total"));
        }
    }

    @Test
    void progressIsShownBesideTheTable() throws Exception {
        try (TestNode node = TestNode.start()) {
            environment.put("FANFARE_CONNECTION_STRING", connectionString(node));

            run("-n 3 --rate 50 --warm-up 0s --duration 1500ms --drain 20s".split(" "));
            assertTrue(err.toString().contains("measuring           4 opened,"), err::toString);
            assertTrue(out.toString().contains("\ndelivered                           225   150/s\n"), out::toString);
        }
    }

    @Test
    void aRunThatIsNotValidIsAFailure() throws Exception {
        try (TestNode node = TestNode.start("LIMITS_CONNECTIONS=5")) {
            environment.put("FANFARE_CONNECTION_STRING", connectionString(node));

            assertEquals(Cli.FAILED, run((SHORT + " --mode idle").split(" ")));
            assertTrue(out.toString().contains("NOT VALID: do not use these numbers.\n"), out::toString);
            assertTrue(out.toString().contains("  * 1 connection could not be opened\n"), out::toString);
        }
    }

    @Test
    void aRunThatCannotBeginIsToldInOneLineAndNotAsALog() throws Exception {
        int port = FreePorts.take(1).get(0);
        assertEquals(Cli.FAILED, run(("--quiet --token a.b.c ws://127.0.0.1:" + port).split(" ")));
        assertTrue(
                err.toString().matches("bench failed: no connection could be opened: Connection refused[^\n]*\n"),
                err::toString);
    }

    @Test
    void aRunWhosePublishersWereClosedEndsSoonWithTheReason() throws Exception {
        try (TestNode node = TestNode.start()) {
            environment.put("FANFARE_CONNECTION_STRING", connectionString(node));

            assertEquals(Cli.FAILED, run("-n 2 --size 2000000 --duration 10m".split(" ")));
            assertTrue(
                    err.toString()
                            .contains("\nbench failed: no publisher is left: closed: the server closed with 1009 "),
                    err::toString);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "bench | Where is the node? Give its URL or a connection string (a node prints one when it starts), or set"
                        + " FANFARE_CONNECTION_STRING.",
                "bench ws://localhost | There is no token. Give --token-file or a URL that has one, or"
                        + " --connection-string to mint tokens with, or set FANFARE_CONNECTION_STRING.",
                "bench ws://localhost/chat --token a.b.c | The URL is that of a host, such as ws://localhost:8080, or of a"
                        + " hub, such as ws://localhost:8080/client/hubs/bench",
                "bench ftp://localhost --token a.b.c | The URL begins with ws://, wss://, http:// or https://, and a host;"
                        + " its port is at most 65535",
                "bench ws://localhost:65536 --token a.b.c | The URL begins with ws://, wss://, http:// or https://, and a"
                        + " host; its port is at most 65535",
                "bench ws://localhost --publish-at ws://localhost:0/client/hubs/x --token a.b.c | The URL begins with ws://,"
                        + " wss://, http:// or https://, and a host; its port is at most 65535",
                "bench localhost --token a.b.c | The URL is refused; one is ws://localhost:8080/client/hubs/bench",
                "bench ws://localhost --token-file /none | The token file cannot be read: /none",
                "bench --connection-string hunter2 | The connection string is refused: a connection string is"
                        + " Endpoint=https://host;AccessKey=...;Version=1.0;",
                "bench ws://localhost --token a --size 39 | This cannot be done: size is 39; it must be from 40 to 16777216",
                "bench ws://localhost --token a -n 0 | This cannot be done: connections is 0; it must be from 1 to 1000000",
                "bench ws://localhost --token a --groups 101 | This cannot be done: there are more groups than connections,"
                        + " so some have no members",
                "bench ws://localhost --token a --rate 0 | This cannot be done: the rate is 0: nothing would be published;"
                        + " to hold connections choose mode idle",
                "bench ws://localhost wss://localhost --token a | This cannot be done: some URLs begin with ws:// and some with"
                        + " wss://",
                "bench ws://localhost --token a --subprotocol raw --groups 2 --publishers 3 | This cannot be done: a raw"
                        + " connection publishes to one group only, so the number of publishers is a multiple of groups",
                "bench ws://localhost --token a --duration 5 | Invalid value for option '--duration': '5' is not a time such"
                        + " as 500ms, 10s, 5m or 1h~Try: fanfare bench --help"
            })
    void badUsageIsExplained(String command, String message) {
        assertEquals(Cli.REFUSED, execute(command.split(" ")));

        assertEquals(message.replace('~', '\n') + "\n", err.toString());
        assertEquals("", out.toString());
    }

    @Test
    void helpExplainsModesAndOptions() {
        assertEquals(Cli.OK, run("--help"));

        for (String part : List.of("fanout", "idle", "connect", "--connection-string", "--tls-trust", "taskset")) {
            assertTrue(out.toString().contains(part), out::toString);
        }
    }

    private static String connectionString(TestNode node) {
        return "Endpoint=http://127.0.0.1:" + node.port() + ";AccessKey=" + TestNode.ACCESS_KEY + ";Version=1.0;";
    }

    /** Whether a run is valid depends on the load of this machine; that the exit code reflects it does not. */
    private JsonNode report(String arguments) throws Exception {
        int exitCode = run(arguments.split(" "));
        JsonNode report = new ObjectMapper().readTree(out.toString());
        assertEquals(report.get("valid").booleanValue() ? Cli.OK : Cli.FAILED, exitCode, err::toString);
        return report;
    }

    private int run(String... arguments) {
        List<String> all = new ArrayList<>(List.of("bench"));
        all.addAll(List.of(arguments));
        return execute(all.toArray(String[]::new));
    }

    private int execute(String... arguments) {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        return Cli.commandLine(new Cli.Outside(
                        environment,
                        new PrintWriter(out, true),
                        new PrintWriter(err, true),
                        (config, source) -> Future.failedFuture("no node is started here"),
                        request -> new TokenMinter(request.accessKey(), InstantSource.system())
                                .clientToken(
                                        request.endpoint().toString(),
                                        request.hub(),
                                        request.userId(),
                                        request.roles(),
                                        request.groups(),
                                        request.lifetime()),
                        hook -> {}))
                .execute(arguments);
    }
}
