package dev.fanfare;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.auth.TokenMinter;
import dev.fanfare.cli.ConnectionString;
import dev.fanfare.cli.Endpoint;
import dev.fanfare.config.ConfigLoader;
import java.io.BufferedReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The programs of {@code src/examples}, as their pages start them. */
@Timeout(180)
final class ExampleClientsIT {

    private static final String KEY = "an-access-key-of-more-than-32-bytes";
    private static final String GROUP = "the \"lobby\"";

    private final List<Process> processes = new ArrayList<>();
    private Node node;
    private String endpoint;

    @BeforeEach
    void startNode() throws Exception {
        node = startNode(0);
        endpoint = "http://127.0.0.1:" + node.port();
    }

    private static Node startNode(int port) throws Exception {
        return Node.start(ConfigLoader.load(
                        null,
                        Map.of(
                                "FANFARE_SERVER_HOST",
                                "127.0.0.1",
                                "FANFARE_SERVER_PORT",
                                String.valueOf(port),
                                "FANFARE_MANAGEMENT_PORT",
                                "0",
                                "FANFARE_AUTH_ACCESS_KEYS",
                                KEY)))
                .toCompletionStage()
                .toCompletableFuture()
                .get(60, SECONDS);
    }

    @AfterEach
    void stop() throws Exception {
        processes.forEach(Process::destroyForcibly);
        node.stop().toCompletionStage().toCompletableFuture().get(60, SECONDS);
    }

    @Test
    void whatIsPublishedIsHeard() throws Exception {
        String token = new TokenMinter(KEY, InstantSource.system())
                .clientToken(
                        endpoint,
                        "chat",
                        "alice",
                        List.of("webpubsub.joinLeaveGroup"),
                        List.of(),
                        Duration.ofMinutes(5));
        BufferedReader listener = run("Listen", TokenMinter.webSocketUrl(endpoint, "chat", token), GROUP);
        assertStartsWith("{\"type\":\"system\",\"event\":\"connected\"", listener.readLine());
        assertEquals("{\"type\":\"ack\",\"ackId\":1,\"success\":true}", listener.readLine());

        assertStartsWith(
                "202", run("Publish", "chat", GROUP, "Hello, everyone!").readLine());
        assertEquals(
                "{\"type\":\"message\",\"from\":\"group\",\"group\":\"the \\\"lobby\\\"\",\"dataType\":\"text\","
                        + "\"data\":\"Hello, everyone!\"}",
                listener.readLine());
    }

    @Test
    void theMarketQuotesEachSymbolInAGroupOfItsOwn() throws Exception {
        String token = new TokenMinter(KEY, InstantSource.system())
                .clientToken(
                        endpoint,
                        "example_quotes",
                        null,
                        List.of("webpubsub.joinLeaveGroup"),
                        List.of(),
                        Duration.ofMinutes(5));
        BufferedReader listener =
                run("Listen", TokenMinter.webSocketUrl(endpoint, "example_quotes", token), "quote.BOLT");
        assertStartsWith("{\"type\":\"system\",\"event\":\"connected\"", listener.readLine());
        assertEquals("{\"type\":\"ack\",\"ackId\":1,\"success\":true}", listener.readLine());

        BufferedReader market = run("quotes/Quotes", "1000");
        assertStartsWith("ACME ", market.readLine());
        String bolt = market.readLine();
        assertStartsWith("BOLT ", bolt);
        assertEquals(
                "{\"type\":\"message\",\"from\":\"group\",\"group\":\"quote.BOLT\",\"dataType\":\"json\","
                        + "\"data\":{\"price\":" + bolt.substring("BOLT ".length()) + "}}",
                listener.readLine());
    }

    @Test
    void whatIsRefusedIsToldInOneLine() throws Exception {
        List<String> listened = run("Listen", TokenMinter.webSocketUrl(endpoint, "chat", "a.b.c"), GROUP)
                .lines()
                .toList();
        assertEquals(1, listened.size(), listened::toString);
        assertTrue(listened.get(0).matches("refused: 401 the token.*"), listened.get(0));

        String token = new TokenMinter(KEY, InstantSource.system())
                .clientToken(endpoint, "chat", "alice", List.of(), List.of(), Duration.ofMinutes(5));
        List<String> joined = run("Listen", TokenMinter.webSocketUrl(endpoint, "chat", token), GROUP)
                .lines()
                .toList();
        assertEquals(2, joined.size(), joined::toString);
        assertStartsWith("refused: {\"name\":\"Forbidden\",\"message\":\"", joined.get(1));

        List<String> published = run("Publish", "1chat", GROUP, "Hello").lines().toList();
        assertEquals(1, published.size(), published::toString);
        assertTrue(published.get(0).startsWith("400 {\"code\":"), published.get(0));
    }

    @Test
    void aBrokerThatIsAwayIsToldInOneLine() throws Exception {
        int port = node.port();
        node.stop().toCompletionStage().toCompletableFuture().get(60, SECONDS);
        BufferedReader market = run("quotes/Quotes", "1000");
        assertEquals("no broker: nobody listens at " + endpoint + "; trying once a second", market.readLine());
        String url = TokenMinter.webSocketUrl(endpoint, "chat", "a.b.c");
        assertEquals(
                List.of("failed: no broker listens there"),
                run("Listen", url, GROUP).lines().toList());
        assertEquals(
                List.of("failed: no broker listens at " + endpoint),
                run("Publish", "chat", GROUP, "Hello").lines().toList());

        node = startNode(port);
        assertEquals("the broker is back", market.readLine(), "that it is away is told once");
    }

    private BufferedReader run(String example, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1", // it does not live long enough to be compiled well
                Path.of("src/examples", example + ".java").toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment()
                .put("FANFARE_CONNECTION_STRING", new ConnectionString(Endpoint.parse(endpoint), KEY).reveal());
        Process process = builder.start();
        processes.add(process);
        return process.inputReader(StandardCharsets.UTF_8);
    }

    private static void assertStartsWith(String expected, String line) {
        assertNotNull(line, "the program ended");
        assertEquals(expected, line.substring(0, Math.min(expected.length(), line.length())));
    }
}
