package dev.fanfare;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.testkit.FreePorts;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.Test;

/** The examples that need the packaged jar, started by the commands that their pages show. */
final class ExamplesIT {

    private static final Path BASE = Path.of(System.getProperty("fanfare.basedir"));
    private static final Pattern COMMAND = Pattern.compile("(?s)\n```\n(.*?)\n```\n");

    @Test
    void aThousandStoresLoseNothing() throws Exception {
        Process stores = start(command("stores") + " 3");
        try {
            List<String> table =
                    stores.inputReader(StandardCharsets.UTF_8).lines().toList();
            assertEquals(0, stores.waitFor(), () -> String.join("\n", table));
            assertLine(table, "sales to the office +350 +0 .*");
            assertLine(table, "prices to all stores +3,000 +0 .*");
            assertLine(table, "to learn of prices +100 +3");
            assertLine(table, "to report sales +350 +0");
            assertLine(table, "to connect, once +0 +1,001");
        } finally {
            end(stores);
        }
    }

    @Test
    void aClientIsGreetedGetsItsFeedAndIsClosedAtTheEndOfTheMatch() throws Exception {
        List<Integer> ports = FreePorts.take(3);
        Process score =
                start(command("livescore") + " 0.2", "PORTS", ports.get(0) + " " + ports.get(1) + " " + ports.get(2));
        try {
            List<String> log = new CopyOnWriteArrayList<>();
            CompletableFuture<Void> read = CompletableFuture.runAsync(
                    () -> score.inputReader(StandardCharsets.UTF_8).lines().forEach(log::add));
            await().until(() -> log.stream().anyMatch(line -> line.contains("/connect?client_name=")));

            assertEquals(201, get(ports.get(2), "/connect?client_name=client5"));
            assertEquals(409, get(ports.get(2), "/connect?client_name=client5"));
            awaitLine(log, "\\[client] client5 disconnected .*");
            assertLine(log, ".* client5 message \\{\"welcome\":\"client5\",.*");
            List<String> feed = log.stream()
                    .filter(line -> line.startsWith("[client] client5 message {\"match\":"))
                    .map(line -> line.replaceAll(".*\"minute\":(\\d+),.*", "$1"))
                    .filter(minute -> !minute.equals("0")) // is an answer, which the first score may overtake
                    .distinct() // the broker may be back before the match is reported as over
                    .toList();
            assertEquals(List.of("9", "18", "27", "36", "45", "54", "63", "72", "81", "90"), feed);
            assertLine(log, ".* client5 message \\{\"match\":\"final\",\"minute\":0,.*");
            awaitLine(log, "\\[server] client5 left");

            assertEquals(400, get(ports.get(2), "/connect?client_name=no%20name"));
            assertEquals(401, get(ports.get(1), "/events/message", "ce-type", "azure.webpubsub.user.message"));
            List<ProcessHandle> all = score.descendants().toList();
            score.toHandle().destroy();
            await().until(() -> all.stream().noneMatch(ProcessHandle::isAlive));
            read.get(60, TimeUnit.SECONDS);
        } finally {
            end(score);
        }
    }

    /** The status of an answer. */
    private static int get(int port, String path, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://localhost:" + port + path))
                .header("ce-connectionId", "of-no-broker");
        if (headers.length > 0) {
            request.headers(headers);
        }
        return HttpClient.newHttpClient()
                .send(request.build(), HttpResponse.BodyHandlers.discarding())
                .statusCode();
    }

    private static void awaitLine(List<String> lines, String pattern) {
        try {
            await().until(() -> lines.stream().anyMatch(line -> line.matches(pattern)));
        } catch (ConditionTimeoutException e) {
            throw new AssertionError(pattern + " is not in\n" + String.join("\n", lines), e);
        }
    }

    private static void assertLine(List<String> lines, String pattern) {
        assertTrue(lines.stream().anyMatch(line -> line.matches(pattern)), () -> pattern + "\n" + lines);
    }

    /** The first command that the page of an example shows. */
    private static String command(String example) throws IOException {
        Matcher command = COMMAND.matcher(Files.readString(BASE.resolve("src/examples/" + example + "/README.md")));
        assertTrue(command.find(), example);
        return command.group(1);
    }

    private static Process start(String command, String... environment) throws IOException {
        ProcessBuilder builder = new ProcessBuilder("sh", "-c", "exec " + command)
                .directory(BASE.toFile())
                .redirectErrorStream(true);
        Path java = Path.of(System.getProperty("java.home"), "bin");
        builder.environment().merge("PATH", java.toString(), (path, ours) -> ours + File.pathSeparator + path);
        builder.environment().keySet().removeIf(name -> name.startsWith("FANFARE_"));
        for (int i = 0; i < environment.length; i += 2) {
            builder.environment().put(environment[i], environment[i + 1]);
        }
        return builder.start();
    }

    private static void end(Process process) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }
}
