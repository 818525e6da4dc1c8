package dev.fanfare.cli;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.testkit.AnyNode;
import dev.fanfare.testkit.TestCertificate;
import dev.fanfare.testkit.TestNode;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command that revokes, with a running node. */
class RevocationsCommandTest {

    private static TestNode node;

    private final Map<String, String> environment = new HashMap<>();
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    Path directory;

    @BeforeAll
    static void start() {
        node = TestNode.start(TestCertificate.get());
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    private int run(String... arguments) {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        environment.putIfAbsent(
                "FANFARE_CONNECTION_STRING",
                "Endpoint=http://localhost:" + node.port() + ";AccessKey=" + AnyNode.ACCESS_KEY + ";Version=1.0;");
        List<String> all = new ArrayList<>(List.of("revocations"));
        all.addAll(List.of(arguments));
        return Cli.commandLine(new Cli.Outside(
                        environment,
                        new PrintWriter(out, true),
                        new PrintWriter(err, true),
                        (config, source) -> Future.failedFuture("not started"),
                        request -> "",
                        hook -> {}))
                .execute(all.toArray(String[]::new));
    }

    @Test
    void whatIsAddedIsListedAndRemoved() {
        assertEquals(
                Cli.OK,
                run("add", "--user", "alice", "--block", "1h", "--hub", "chat", "--reason", "spam", "--output", "json"),
                err::toString);
        JsonObject made = new JsonObject(out.toString());
        assertEquals("user", made.getString("kind"));
        assertEquals("spam", made.getString("reason"));
        assertEquals(Cli.OK, run("add", "--addresses", "203.0.113.7/24", "--expires", "2027-01-31T12:00:00Z"));
        assertTrue(out.toString().contains("  addresses  203.0.113.0/24  (all hubs)  until 2027-01-31T12:00:00Z"));

        await().until(() -> run("list") == Cli.OK
                && out.toString().contains(made.getString("id"))
                && out.toString().contains("203.0.113.0/24"));
        assertEquals(Cli.OK, run("list", "--hub", "chat"));
        assertTrue(out.toString().startsWith(made.getString("id") + "  user  alice  chat  until "), out::toString);
        assertEquals(1, out.toString().lines().count());

        assertEquals(Cli.OK, run("remove", "--hub", "chat", made.getString("id")));
        assertEquals(Cli.FAILED, run("remove", "--hub", "chat", made.getString("id")));
        assertTrue(err.toString().startsWith("remove failed: "), err::toString);
    }

    @Test
    void allPagesAreListed() {
        for (int i = 0; i < 205; i++) {
            assertEquals(
                    201,
                    node.call(
                                    "POST",
                                    "/api/hubs/pages/revocations",
                                    "application/json",
                                    ("{\"tokenId\":\"t" + i + "\"}").getBytes(StandardCharsets.UTF_8))
                            .status());
        }
        await().until(() -> run("list", "--hub", "pages") == Cli.OK
                && out.toString().lines().distinct().count() == 205);
    }

    @Test
    void aTokenInAFileIsRevoked() throws IOException {
        String token = node.token("chat", "bob", List.of(), List.of());
        Path file = Files.writeString(directory.resolve("token"), token + "\n");
        assertEquals(Cli.OK, run("add", "--token-file", file.toString()), err::toString);
        assertTrue(out.toString().contains("  token  "));
        assertEquals(
                Cli.REFUSED,
                run("add", "--token-file", directory.resolve("none").toString()));
    }

    @Test
    void whatTheNodeRefusesIsShown() {
        assertEquals(Cli.FAILED, run("add", "--addresses", "0.0.0.0/0"));
        assertEquals("add failed: addresses: a prefix of 8 bits or more is needed\n", err.toString());
        assertEquals(Cli.FAILED, run("list", "--access-key", "another-key-of-at-least-32-characters"));
        assertTrue(err.toString().startsWith("list failed: "), err::toString);
    }

    @Test
    void aNodeThatCannotBeReachedIsNamed() {
        assertEquals(Cli.FAILED, run("list", "--endpoint", "http://localhost:1"));
        assertEquals("list failed: http://localhost:1 cannot be reached\n", err.toString());
    }

    @Test
    void aCertificateIsTrustedOnRequest() throws IOException {
        String endpoint = "https://localhost:" + node.tlsPort();
        assertEquals(Cli.FAILED, run("list", "--endpoint", endpoint));
        assertTrue(err.toString().contains("is not trusted (--trust)"), err::toString);
        String trust = TestCertificate.get().certificateFile().toString();
        assertEquals(Cli.OK, run("list", "--endpoint", endpoint, "--trust", trust), err::toString);
        Path other = Files.writeString(directory.resolve("other.pem"), "nothing");
        assertEquals(Cli.REFUSED, run("list", "--endpoint", endpoint, "--trust", other.toString()));
    }

    @Test
    void badUsageIsExplained() {
        assertEquals(Cli.REFUSED, run());
        assertTrue(err.toString().startsWith("Missing command: add, list or remove"), err::toString);
        assertEquals(Cli.REFUSED, run("add"));
        assertEquals(Cli.REFUSED, run("add", "--user", "a", "--token-id", "b"));
        assertEquals(Cli.REFUSED, run("list", "--hub", "9"));
    }
}
