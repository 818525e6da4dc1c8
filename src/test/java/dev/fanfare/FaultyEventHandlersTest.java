package dev.fanfare;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.fanfare.testkit.JsonClient;
import dev.fanfare.testkit.RawWebSocketClient;
import dev.fanfare.testkit.TestHandler;
import dev.fanfare.testkit.TestNode;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Faults of event handlers: each causes a clear error, and none affects another hub. */
class FaultyEventHandlersTest {

    private final TestHandler faulty = TestHandler.start();
    private final TestHandler good = TestHandler.start();

    @SuppressWarnings("NullAway.Init") // each test begins with it
    private TestNode node;

    /** Starts the node with the faulty handler for the hub {@code bad}, and the good one for {@code good}. */
    private void start(String... settings) {
        startWith(faulty.all(settings));
    }

    private void startWith(String handler) {
        node = TestNode.start(
                "HUBS={bad: {eventHandlers: [" + handler + "]}, good: {eventHandlers: [" + good.all() + "]}}");
    }

    private void startWith(int port, String settings) {
        startWith("{urlTemplate: 'http://127.0.0.1:" + port + "/', userEventPattern: '*', " + settings + "}");
    }

    /** Asserts that the other hub is served. */
    @AfterEach
    void theOtherHubHasNotNoticed() throws IOException {
        try (faulty;
                good;
                TestNode last = node) {
            try (JsonClient client = last.client("x").hub("good").json()) {
                client.done("{'type':'event','event':'e','data':1}");
                assertEquals("1", good.next("e").text());
            }
            assertEquals(0, last.metric("fanfare_bugs_total"));
        }
    }

    @Test
    void aHandlerThatIsSlow() throws IOException {
        start("timeoutSeconds: 1");
        Queue<HttpServerResponse> held = new ConcurrentLinkedQueue<>();
        try (JsonClient client = bad()) {
            faulty.on("e", (told, response) -> held.add(response));
            assertFails(client, "Timeout", "the event handler did not answer in time", "timed_out");
            faulty.on("e", (told, response) -> response.setStatusCode(204).end());
            client.done("{'type':'event','event':'e','data':2}");
        }
    }

    @Test
    void aHandlerThatSendsItsAnswerByteByByte() throws IOException {
        start("timeoutSeconds: 1");
        try (JsonClient client = bad()) {
            faulty.on("e", (told, response) -> {
                response.setChunked(true).write("a");
                response.write("b");
            });
            assertFails(client, "Timeout", "the event handler did not answer in time", "timed_out");
        }
    }

    @Test
    void aHandlerThatIsDown() throws IOException {
        int port = freePort();
        startWith(port, "retries: 1");
        try (JsonClient client = bad()) {
            assertFails(client, "InternalServerError", "the event handler could not be reached", "unreachable");
            assertEquals(1, node.metric("fanfare_event_retries_total"));
        }
    }

    @Test
    void aHandlerThatIsDownLetsNobodyIn() {
        start("retries: 0");
        faulty.close();
        IOException refused = assertThrows(IOException.class, this::bad);
        assertTrue(String.valueOf(refused.getMessage()).contains("HTTP/1.1 500 "), refused::toString);
        assertEquals(1, node.metric("fanfare_handshakes_total{outcome=\"handler_failed\"}"));
    }

    @Test
    void aHandlerThatComesUpAgain() throws IOException {
        start("retries: 5");
        Queue<Integer> statuses = new ConcurrentLinkedQueue<>();
        statuses.add(503);
        statuses.add(500);
        statuses.add(200);
        try (JsonClient client = bad()) {
            faulty.on(
                    "e",
                    (told, response) ->
                            response.setStatusCode(statuses.remove()).end());
            client.done("{'type':'event','event':'e','data':1}");
            String id = faulty.next("e").header("ce-id");
            assertEquals(id, faulty.next("e").header("ce-id"));
            assertEquals(id, faulty.next("e").header("ce-id"));
            assertEquals(2, node.metric("fanfare_event_retries_total"));
        }
    }

    @Test
    void anEventThatTheApplicationAlwaysRefusesHarmsNobodyElse() throws IOException {
        start("retries: 0", "circuitFailures: 2");
        try (JsonClient client = bad()) {
            faulty.on("e", (told, response) -> response.setStatusCode(500).end());
            for (int i = 0; i < 5; i++) {
                assertFails(client, "InternalServerError", "the event handler answered with status 500", null);
            }
            try (JsonClient other = bad()) {
                other.done("{'type':'event','event':'f','data':1}");
            }
            assertEquals(0, node.metric("fanfare_event_circuits_open"));
        }
    }

    @Test
    void aHandlerThatFailsTooOftenIsLeftAloneForAWhile() throws IOException {
        start("retries: 0", "circuitFailures: 3", "circuitSeconds: 1");
        try (JsonClient client = bad()) {
            faulty.on("e", (told, response) -> response.setStatusCode(503).end());
            for (int i = 0; i < 3; i++) {
                assertFails(client, "InternalServerError", "the event handler answered with status 503", null);
            }
            bad().close(); // admission is tested elsewhere
            assertFails(
                    client,
                    "InternalServerError",
                    "the event handler has failed too often and is left alone for a while",
                    "circuit_open");
            assertEquals(1, node.metric("fanfare_event_circuits_open"));
            await().until(() -> node.metric("fanfare_event_circuits_open") == 0);
            faulty.on("e", (told, response) -> response.setStatusCode(204).end());
            await().until(() ->
                    client.ask("{'type':'event','event':'e','data':1}").getBoolean("success"));
            assertEquals(0, node.metric("fanfare_event_circuits_open"));
        }
    }

    @Test
    void aHandlerThatAnswersGarbage() throws IOException {
        start("retries: 0");
        try (JsonClient client = bad()) {
            faulty.on(
                    "e",
                    (told, response) -> response.putHeader("Content-Type", "application/json")
                            .end("{\"secret\":"));
            assertFails(
                    client,
                    "InternalServerError",
                    "the event handler's answer is not valid: it is not one JSON value",
                    "invalid_answer");
            faulty.on(
                    "e",
                    (told, response) ->
                            response.putHeader("Content-Type", "text/html").end("<html>secret</html>"));
            assertFails(
                    client,
                    "InternalServerError",
                    "the event handler's answer is not valid: it has a Content-Type that no client could be given",
                    null);
        }
    }

    @Test
    void aHandlerThatDecidesGarbage() {
        start("retries: 0");
        faulty.on("connect", (told, response) -> response.end("<html>secret</html>"));
        IOException refused = assertThrows(IOException.class, this::bad);
        assertTrue(String.valueOf(refused.getMessage()).contains("HTTP/1.1 500 "), refused::toString);
        assertFalse(String.valueOf(refused.getMessage()).contains("secret"));
    }

    @Test
    void aHandlerThatSpeaksNoHttp() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Thread talker = new Thread(() -> talk(server));
            talker.start();
            startWith(server.getLocalPort(), "retries: 0");
            ListAppender<ILoggingEvent> logged = new ListAppender<>();
            logged.start();
            Logger vertx = (Logger) LoggerFactory.getLogger("io.vertx");
            vertx.addAppender(logged);
            try (JsonClient client = bad()) {
                assertFails(client, "InternalServerError", "the event handler could not be reached", "unreachable");
                assertEquals(List.of(), logged.list, "it is told and counted, so nobody needs it in the log each time");
            } finally {
                vertx.detachAppender(logged);
            }
            talker.join();
        }
    }

    private static void talk(ServerSocket server) {
        try (var socket = server.accept()) {
            socket.getOutputStream().write("220 mail.example.com ESMTP\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void aHandlerThatAnswersTooMuch() throws IOException {
        start("retries: 0", "responseBytes: 1000", "timeoutSeconds: 2");
        try (JsonClient client = bad()) {
            faulty.on("e", (told, response) -> response.end("x".repeat(1001)));
            assertFails(
                    client,
                    "InternalServerError",
                    "the event handler's answer has more than 1000 bytes",
                    "answer_too_large");
            faulty.on(
                    "e",
                    (told, response) ->
                            response.putHeader("Content-Type", "text/plain").end("x".repeat(1000)));
            client.done("{'type':'event','event':'e','data':1}");
            assertEquals(1000, client.text().length());
        }
    }

    @Test
    void aHandlerThatAnswersMoreThanTheDefaultOfSixteenMebibytes() throws IOException {
        start("retries: 0");
        try (JsonClient client = bad()) {
            faulty.on("e", (told, response) -> response.end(Buffer.buffer(new byte[16 * 1024 * 1024 + 1])));
            assertFails(
                    client,
                    "InternalServerError",
                    "the event handler's answer has more than 16777216 bytes",
                    "answer_too_large");
            faulty.on(
                    "e",
                    (told, response) ->
                            response.putHeader("Content-Type", "text/plain").end("x".repeat(16 * 1024 * 1024)));
            client.done("{'type':'event','event':'e','data':2}");
            assertEquals(16 * 1024 * 1024, client.text().length());
        }
    }

    @Test
    void aHandlerThatNeverStopsAnsweringIsCutOff() throws IOException {
        start("retries: 0", "responseBytes: 1000", "timeoutSeconds: 1");
        try (JsonClient client = bad()) {
            Queue<Throwable> ends = new ConcurrentLinkedQueue<>();
            faulty.on("e", (told, response) -> {
                response.setChunked(true).exceptionHandler(ends::add);
                pour(response);
            });
            assertFails(
                    client,
                    "InternalServerError",
                    "the event handler's answer has more than 1000 bytes",
                    "answer_too_large");
            await().until(() -> !ends.isEmpty());
        }
    }

    private static void pour(HttpServerResponse response) {
        while (!response.writeQueueFull()) {
            response.write(Buffer.buffer(new byte[10_000]));
        }
        response.drainHandler(drained -> pour(response));
    }

    @Test
    void aHandlerThatRedirects() throws IOException {
        start("retries: 0");
        try (JsonClient client = bad()) {
            faulty.on(
                    "e",
                    (told, response) -> response.setStatusCode(307)
                            .putHeader("Location", "http://127.0.0.1:" + good.port() + "/elsewhere")
                            .end());
            assertFails(
                    client,
                    "InternalServerError",
                    "the event handler answered with status 307; redirects are not followed",
                    "redirected");
        }
    }

    @Test
    void aHandlerThatDoesNotAllowEvents() {
        start("retries: 0");
        faulty.preflight = (told, response) -> response.putHeader("WebHook-Allowed-Origin", "other.example.com")
                .end();
        IOException refused = assertThrows(IOException.class, this::bad);
        assertTrue(String.valueOf(refused.getMessage()).contains("HTTP/1.1 500 "), refused::toString);
        assertEquals(1, node.metric("fanfare_events_total{event=\"connect\",outcome=\"handshake_refused\"}"));
        assertEquals(0, faulty.waiting("connect"));
    }

    @Test
    void aQueueThatIsFull() throws IOException {
        start("retries: 0", "queueBytes: 4000", "concurrency: 1");
        Queue<HttpServerResponse> held = new ConcurrentLinkedQueue<>();
        try (JsonClient one = bad();
                JsonClient two = bad()) {
            faulty.next("connected");
            faulty.next("connected");
            await().until(() -> node.metric("fanfare_events_pending") == 0);
            faulty.on("e", (told, response) -> held.add(response));
            one.send("{'type':'event','event':'e','dataType':'text','data':'" + "x".repeat(2500) + "','ackId':1}");
            await().until(() -> held.size() == 1);
            assertFails(two, "InternalServerError", "too many events wait for event handlers", "queue_full");
            assertEquals(1, node.metric("fanfare_limits_reached_total{limit=\"event_bytes\"}"));
            held.remove().end();
            assertTrue(one.ack(1).getBoolean("success"));
        }
    }

    @Test
    void aHandlerThatHangsWhileTheClientLeaves() throws IOException {
        start("retries: 0", "timeoutSeconds: 1");
        faulty.script = (told, response) -> {
            if (!told.event().equals("e")) {
                response.end();
            }
        };
        JsonClient client = bad();
        client.send("{'type':'event','event':'e','data':1,'ackId':1}");
        client.send("{'type':'invoke','invocationId':'1','target':'event','event':'e'}");
        faulty.next("e");
        client.socket().disconnect();
        assertEquals(client.connectionId(), faulty.next("disconnected").header("ce-connectionid"));
        await().until(() -> node.metric("fanfare_events_pending") == 0);
        await().until(() -> node.metric("fanfare_event_bytes") == 0);
    }

    @Test
    void aClientThatLeavesWhileTheHandlerDecides() throws IOException {
        start("retries: 0");
        Queue<HttpServerResponse> held = new ConcurrentLinkedQueue<>();
        faulty.script = (told, response) -> {
            if (told.event().equals("connect")) {
                held.add(response);
            } else {
                response.end();
            }
        };
        try (var socket = RawWebSocketClient.connect(node.port(), null, 0)) {
            socket.send(RawWebSocketClient.upgradeRequest(
                    node.client("x").hub("bad").target()));
            await().until(() -> held.size() == 1);
        }
        String id = faulty.next("connect").header("ce-connectionid");
        held.remove().end();
        assertEquals(id, faulty.next("disconnected").header("ce-connectionid"));
        await().until(() -> node.metric("fanfare_handshakes_total{outcome=\"abandoned\"}") == 1);
    }

    @Test
    void aHandlerOfManyHubsThatHangsForOneOfThem() throws IOException {
        node = TestNode.start(
                "HUBS={'*': {eventHandlers: [" + faulty.handler("[]", "*", "concurrency: 1", "queueBytes: 1024")
                        + "]}, good: {eventHandlers: [" + good.all() + "]}}");
        Queue<HttpServerResponse> held = new ConcurrentLinkedQueue<>();
        faulty.script = (told, response) -> {
            if (told.uri().startsWith("/on/bad/")) {
                held.add(response);
            } else {
                response.end();
            }
        };
        try (JsonClient one = bad();
                JsonClient two = bad();
                JsonClient other = node.client("x").hub("other").json()) {
            one.send("{'type':'event','event':'e','data':1,'ackId':1}");
            await().until(() -> held.size() == 1);
            assertFails(two, "InternalServerError", "too many events wait for event handlers", "queue_full");
            other.done("{'type':'event','event':'e','data':1}");
            held.remove().end();
            assertTrue(one.ack(1).getBoolean("success"));
        }
    }

    @Test
    void hubsThatAreIdleGiveTheirConnectionsToOthers() throws IOException {
        node = TestNode.start("HUBS={'*': {eventHandlers: [" + faulty.handler("[]", "*") + "]}, good: {eventHandlers: ["
                + good.all() + "]}}");
        for (int i = 0; i < 300; i++) {
            try (JsonClient client = node.client("x").hub("hub" + i).json()) {
                client.done("{'type':'event','event':'e','data':1}");
            }
        }
        // Two connections for each of the latest 256: one asked whether events are wanted, one had the event.
        await().until(() -> faulty.open() <= 2 * 256);
    }

    @Test
    void aHandlerThatTakesTooLongToDecide() throws IOException {
        node = TestNode.start(
                "SERVER_HTTP_IDLE_TIMEOUT_SECONDS=1",
                "HUBS={bad: {eventHandlers: [" + faulty.all() + "]}, good: {eventHandlers: [" + good.all() + "]}}");
        Queue<HttpServerResponse> held = new ConcurrentLinkedQueue<>();
        faulty.on("connect", (told, response) -> held.add(response));
        assertThrows(IOException.class, this::bad);
        held.remove().end();
        assertEquals(
                faulty.next("connect").header("ce-connectionid"),
                faulty.next("disconnected").header("ce-connectionid"));
    }

    private JsonClient bad() throws IOException {
        return node.client("x").hub("bad").json();
    }

    private void assertFails(JsonClient client, String name, String message, @Nullable String outcome)
            throws IOException {
        JsonObject ack = client.ask("{'type':'event','event':'e','data':1}");
        assertEquals(new JsonObject().put("name", name).put("message", message), ack.getJsonObject("error"));
        if (outcome != null) {
            assertEquals(1, node.metric("fanfare_events_total{event=\"user\",outcome=\"" + outcome + "\"}"));
        }
        client.assertNothingCame();
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
