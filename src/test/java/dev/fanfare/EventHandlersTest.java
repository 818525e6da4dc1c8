package dev.fanfare;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.core.CloseReason;
import dev.fanfare.operations.Content;
import dev.fanfare.operations.Target;
import dev.fanfare.testkit.JsonClient;
import dev.fanfare.testkit.RawFrame;
import dev.fanfare.testkit.RawWebSocketClient;
import dev.fanfare.testkit.TestCertificate;
import dev.fanfare.testkit.TestClient;
import dev.fanfare.testkit.TestHandler;
import dev.fanfare.testkit.TestHandler.Told;
import dev.fanfare.testkit.TestNode;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The requests that event handlers get, and the effects of their answers. */
class EventHandlersTest {

    private TestHandler handler;
    private TestNode node;

    @BeforeEach
    void start() {
        handler = TestHandler.start();
        node = TestNode.start(
                handler.everythingOf("chat", "authorization: Bearer of-the-handler"),
                "SESSIONS_RECOVERY_SECONDS=2",
                "SHUTDOWN_TIMEOUT_SECONDS=20");
    }

    @AfterEach
    void stop() {
        node.close();
        handler.close();
    }

    // ---- connect

    @Test
    void theHandlerDecidesWhoAClientIsAndWhatItMayDo() throws IOException {
        onConnect(response -> response.putHeader("ce-connectionState", "eyJhIjoxfQ==")
                .end(new JsonObject()
                        .put("userId", "alice2")
                        .put("groups", new JsonArray().add("g1"))
                        .put("roles", new JsonArray().add("webpubsub.sendToGroup.g1"))
                        .put("subprotocol", TestClient.JSON)
                        .encode()));
        try (JsonClient client = node.client("alice").mayAll().in("other").json()) {
            assertEquals("alice2", client.connected().getString("userId"));
            client.publish("g1", "to myself");
            assertEquals("to myself", client.text());
            assertFalse(client.ask("{'type':'joinGroup','group':'g1'}").getBoolean("success"));
            assertFalse(client.ask("{'type':'sendToGroup','group':'other','data':1}")
                    .getBoolean("success"));
            Told connected = handler.next("connected");
            assertEquals("alice2", connected.header("ce-userid"));
            assertEquals("eyJhIjoxfQ==", connected.header("ce-connectionstate"));
            assertEquals(client.connectionId(), handler.next("connect").header("ce-connectionid"));
        }
    }

    @Test
    void theHandlerSeesTheRequestButNoSecretOfIt() throws IOException {
        String target = node.client("alice").may("sendToGroup").target() + "&room=1&room=a;b=%252&Room=%F0%9F%98%80";
        String token = target.substring(target.indexOf('=') + 1, target.indexOf("&room"));
        try (RawWebSocketClient socket = RawWebSocketClient.connect(node.port(), null, 0)) {
            socket.send(RawWebSocketClient.upgradeRequest(
                    target,
                    "Authorization: Bearer " + token,
                    "X-Custom: a",
                    "Sec-WebSocket-Protocol: " + TestClient.JSON + ", access_token." + token));
            assertTrue(socket.readHead().startsWith("HTTP/1.1 101"));
        }

        Told told = handler.next("connect");
        assertFalse(told.text().contains(token), "the token is passed on");
        JsonObject body = told.json();
        assertEquals(new JsonArray().add("alice"), body.getJsonObject("claims").getJsonArray("sub"));
        assertEquals(
                new JsonArray().add("webpubsub.sendToGroup"),
                body.getJsonObject("claims").getJsonArray("role"));
        assertEquals(
                new JsonObject("{\"room\":[\"1\",\"a;b=%2\"],\"Room\":[\"\ud83d\ude00\"]}"),
                body.getJsonObject("query"));
        assertEquals(new JsonArray().add("a"), body.getJsonObject("headers").getJsonArray("X-Custom"));
        assertNull(body.getJsonObject("headers").getJsonArray("Authorization"));
        assertEquals(new JsonArray().add(TestClient.JSON), body.getJsonArray("subprotocols"));
        assertEquals(new JsonArray(), body.getJsonArray("clientCertificates"));
        assertEquals("127.0.0.1", body.getString("remoteAddress"));
    }

    @Test
    void headersAreThoseOfCloudEvents() throws IOException {
        try (JsonClient client = node.client("alice ü%").json()) {
            Told connect = handler.next("connect");
            assertEquals("/on/chat/connect", connect.uri());
            assertEquals("application/json; charset=utf-8", connect.header("content-type"));
            assertEquals("127.0.0.1", connect.header("webhook-request-origin"));
            assertEquals("1.0", connect.header("ce-specversion"));
            assertEquals("1.0", connect.header("ce-awpsversion"));
            assertEquals("azure.webpubsub.sys.connect", connect.header("ce-type"));
            assertEquals("/hubs/chat/client/" + client.connectionId(), connect.header("ce-source"));
            assertEquals("0", connect.header("ce-id"));
            assertTrue(String.valueOf(connect.header("ce-time")).matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ"));
            assertEquals("chat", connect.header("ce-hub"));
            assertEquals("alice %C3%BC%25", connect.header("ce-userid"));
            assertNull(connect.header("ce-subprotocol"));
            assertNull(connect.header("ce-connectionstate"));
            assertTrue(String.valueOf(connect.header("ce-signature")).matches("sha256=[0-9a-f]{64}"));
            assertEquals("Bearer of-the-handler", connect.header("authorization"));
            assertEquals("inbound", connect.header("x-fanfare-type"));
            assertEquals("/client/hubs/chat", connect.header("x-fanfare-path"));
            Told connected = handler.next("connected");
            assertEquals("1", connected.header("ce-id"));
            assertEquals("{}", connected.text());
            assertEquals(TestClient.JSON, connected.header("ce-subprotocol"));
        }
    }

    @Test
    void theHandlerIsAskedOnceWhetherItWantsEvents() throws IOException {
        node.client("a").json().close();
        node.client("b").json().close();
        handler.next("connect");
        handler.next("connect");
        Told question = handler.nextQuestion();
        assertEquals("OPTIONS", question.method());
        assertEquals("/on/chat/validate", question.uri());
        assertEquals("127.0.0.1", question.header("webhook-request-origin"));
        assertEquals("1.0", question.header("ce-awpsversion"));
        assertEquals(1, node.metric("fanfare_handshakes_total{outcome=\"accepted\"}") - 1);
    }

    @Test
    void aRefusalHasTheStatusOfTheHandler() {
        onConnect(response -> response.setStatusCode(418).end("secret"));
        IOException refused =
                assertThrows(IOException.class, () -> node.client("a").json());
        assertTrue(String.valueOf(refused.getMessage()).contains("HTTP/1.1 418 "), refused::toString);
        assertEquals(1, node.metric("fanfare_handshakes_total{outcome=\"refused_by_handler\"}"));
        assertEquals(1, node.metric("fanfare_events_total{event=\"connect\",outcome=\"refused\"}"));
        assertEquals(0, handler.waiting("disconnected"));
    }

    @Test
    void aStatusThatIsNoneOfHttpIsNotPassedOn() {
        onConnect(response -> response.setStatusCode(999).end());
        IOException refused =
                assertThrows(IOException.class, () -> node.client("a").json());
        assertTrue(String.valueOf(refused.getMessage()).contains("HTTP/1.1 500 "), refused::toString);
    }

    @Test
    void anAcceptedClientThatCannotBeConnectedIsDisconnected() {
        onConnect(response -> response.end("{\"groups\":[\" \"]}"));
        IOException refused =
                assertThrows(IOException.class, () -> node.client("a").json());
        assertTrue(String.valueOf(refused.getMessage()).contains("HTTP/1.1 500 "), refused::toString);
        assertEquals(
                handler.next("connect").header("ce-connectionid"),
                handler.next("disconnected").header("ce-connectionid"));
    }

    @Test
    void aSubprotocolThatOnlyTheHandlerSpeaksIsRaw() throws IOException {
        onConnect(response -> response.end("{\"Subprotocol\":\"chat.v7\"}"));
        handler.on(
                "message",
                (told, response) -> response.putHeader("Content-Type", "text/plain")
                        .end(told.header("ce-subprotocol") + " " + told.text()));
        try (RawWebSocketClient socket = RawWebSocketClient.connect(node.port(), null, 0)) {
            socket.send(RawWebSocketClient.upgradeRequest(
                    node.client("a").target(), "Sec-WebSocket-Protocol: chat.v8, chat.v7"));
            String head = socket.readHead();
            assertTrue(head.contains("Sec-WebSocket-Protocol: chat.v7\r\n"), head);
            socket.send(RawFrame.text("hello"));
            assertEquals("chat.v7 hello", socket.readText());
        }
    }

    @Test
    void aSubprotocolThatNobodySpeaksIsRefused() throws IOException {
        try (RawWebSocketClient socket = RawWebSocketClient.connect(node.port(), null, 0)) {
            socket.send(
                    RawWebSocketClient.upgradeRequest(node.client("a").target(), "Sec-WebSocket-Protocol: chat.v8"));
            assertTrue(socket.readHead().startsWith("HTTP/1.1 400 "));
        }
    }

    // ---- user events

    @Test
    void theAnswerReachesTheClientBeforeTheAck() throws IOException {
        handler.on(
                "ask",
                (told, response) -> response.putHeader("Content-Type", "application/json; charset=utf-8")
                        .putHeader("X-WebPubSub-Metadata-Trace", "t1")
                        .end("{\"heard\":" + told.text() + "}"));
        try (JsonClient client = node.client("alice").json()) {
            client.send("{'type':'event','event':'ask','data':{'x':1},'metadata':{'Trace':'t0'},'ackId':7}");
            assertEquals(
                    "{\"type\":\"message\",\"from\":\"server\",\"dataType\":\"json\",\"data\":{\"heard\":{\"x\":1}},"
                            + "\"metadata\":{\"trace\":\"t1\"}}",
                    client.readText());
            assertEquals("{\"type\":\"ack\",\"ackId\":7,\"success\":true}", client.readText());
            Told told = handler.next("ask");
            assertEquals("azure.webpubsub.user.ask", told.header("ce-type"));
            assertEquals("application/json", told.header("content-type"));
            assertEquals("t0", told.header("x-webpubsub-metadata-trace"));
        }
    }

    @Test
    void everyTypeOfDataArrivesAsItIs() throws IOException {
        try (JsonClient client = node.client("alice").json()) {
            client.done("{'type':'event','event':'e','dataType':'text','data':'grüß'}");
            Told text = handler.next("e");
            assertEquals("text/plain; charset=utf-8", text.header("content-type"));
            assertEquals("grüß", text.text());
            client.done("{'type':'event','event':'e','dataType':'binary','data':'AQID'}");
            Told binary = handler.next("e");
            assertEquals("application/octet-stream", binary.header("content-type"));
            assertArrayEquals(new byte[] {1, 2, 3}, binary.content().getBytes());
            client.done("{'type':'event','event':'e','dataType':'protobuf','data':'CgF4'}");
            assertEquals("application/x-protobuf", handler.next("e").header("content-type"));
        }
    }

    @Test
    void rawClientsGetAnswersAsTheyAre() throws IOException {
        try (RawWebSocketClient raw = node.client("a").raw()) {
            handler.on("message", (told, response) -> response.end(told.content()));
            raw.send(RawFrame.of(RawFrame.BINARY, new byte[] {4, 5}));
            RawFrame echo = raw.readFrame();
            assertEquals(RawFrame.BINARY, echo.opcode());
            assertArrayEquals(new byte[] {4, 5}, echo.payload());
            handler.on(
                    "message",
                    (told, response) ->
                            response.putHeader("Content-Type", "text/plain").end("text"));
            raw.send(RawFrame.text("x"));
            assertEquals("text", raw.readText());
        }
    }

    @Test
    void eventsOfOneConnectionGoOneAtATimeAndOfOthersInParallel() throws IOException {
        Queue<HttpServerResponse> held = new ConcurrentLinkedQueue<>();
        handler.on("e", (told, response) -> held.add(response));
        try (JsonClient one = node.client("one").json();
                JsonClient other = node.client("other").json()) {
            one.send("{'type':'event','event':'e','data':1,'ackId':1}");
            one.send("{'type':'event','event':'e','data':2,'ackId':2}");
            other.send("{'type':'event','event':'e','data':3,'ackId':3}");
            await().until(() -> held.size() == 2);
            List<String> first =
                    List.of(handler.next("e").text(), handler.next("e").text());
            assertEquals(List.of("1", "3"), first.stream().sorted().toList());
            held.poll().setStatusCode(204).end();
            held.poll().setStatusCode(204).end();
            one.ack(1);
            other.ack(3);
            assertEquals("2", handler.next("e").text());
            await().until(() -> held.size() == 1);
            held.poll().end();
            one.ack(2);
        }
    }

    @Test
    void aClientCannotPassItsEventsOffAsThoseOfTheNode() throws IOException {
        try (JsonClient client = node.client("alice").json()) {
            handler.next("connect");
            handler.next("connected");
            for (String name : List.of("connect", "Connected", "DISCONNECTED", "validate")) {
                JsonObject ack = client.ask("{'type':'event','event':'" + name + "','data':1}");
                assertEquals("BadRequest", ack.getJsonObject("error").getString("name"));
                client.send("{'type':'invoke','invocationId':'1','target':'event','event':'" + name + "'}");
                assertEquals("BadRequest", client.next().getJsonObject("error").getString("name"));
                assertEquals(0, handler.waiting(name));
            }
            client.done("{'type':'event','event':'connects','data':1}");
        }
    }

    @Test
    void whatAHandlerKeepsComesBackAsItWas() throws IOException {
        List<String> states = List.of("100%", "a \"b\" %41%20", "eyJhIjoxfQ==");
        try (JsonClient client = node.client("50% alice%40example.com").json()) {
            for (String state : states) {
                handler.on(
                        "e",
                        (told, response) -> response.putHeader("ce-connectionState", List.<String>of("x", state))
                                .end());
                client.done("{'type':'event','event':'e','data':1}");
                client.done("{'type':'event','event':'e','data':1}");
                handler.next("e");
                Told second = handler.next("e");
                assertEquals(state, second.header("ce-connectionstate"));
                assertEquals("50% alice%40example.com", second.header("ce-userid"));
                assertEquals("50%25 alice%2540example.com", second.header("x-fanfare-user-id"));
            }
        }
    }

    @Test
    void anAnswerIsReadInItsCharset() throws IOException {
        handler.on(
                "e",
                (told, response) -> response.putHeader("Content-Type", "text/plain;charset=ISO-8859-1")
                        .end(Buffer.buffer("grüß Ã¼".getBytes(StandardCharsets.ISO_8859_1))));
        onConnect(response -> response.putHeader("Content-Type", "application/json;charset=ISO-8859-1")
                .end(Buffer.buffer("{\"userId\":\"José\"}".getBytes(StandardCharsets.ISO_8859_1))));
        try (JsonClient client = node.client("alice").json()) {
            assertEquals("José", client.connected().getString("userId"));
            client.done("{'type':'event','event':'e','data':1}");
            assertEquals("grüß Ã¼", client.text());
        }
    }

    @Test
    void aFailedEventIsToldToAClientWithASubprotocolWhichStays() throws IOException {
        handler.on("e", (told, response) -> response.setStatusCode(400).end("secret"));
        try (JsonClient client = node.client("alice").json()) {
            JsonObject ack = client.ask("{'type':'event','event':'e','data':1}");
            assertEquals(
                    new JsonObject("{\"name\":\"InternalServerError\","
                            + "\"message\":\"the event handler answered with status 400\"}"),
                    ack.getJsonObject("error"));
            client.send("{'type':'event','event':'e','data':1}");
            client.assertNothingCame();
        }
    }

    @Test
    void aFailedEventClosesARawClient() throws IOException {
        handler.on("message", (told, response) -> response.setStatusCode(400).end());
        try (RawWebSocketClient raw = node.client("a").raw()) {
            raw.send(RawFrame.text("hello"));
            assertEquals(1011, raw.readClose().closeCode());
        }
    }

    @Test
    void theFirstHandlerThatWantsAnEventGetsIt() throws IOException {
        try (TestHandler second = TestHandler.start();
                TestNode two = TestNode.start("HUBS={chat: {eventHandlers: [" + handler.handler("[connected]", "a, B")
                        + ", " + second.all() + "]}}");
                JsonClient client = two.client("x").json()) {
            second.next("connect");
            handler.next("connected");
            client.done("{'type':'event','event':'A','data':1}");
            client.done("{'type':'event','event':'b','data':1}");
            client.done("{'type':'event','event':'c','data':1}");
            assertEquals("/on/chat/A", handler.next("A").uri());
            handler.next("b");
            second.next("c");
            assertEquals(0, second.waiting("connected"));
        }
    }

    // ---- connection state

    @Test
    void theConnectionStateIsKeptReplacedAndCleared() throws IOException {
        onConnect(response -> response.putHeader("ce-connectionState", "s0").end());
        handler.on(
                "set",
                (told, response) ->
                        response.putHeader("ce-connectionState", told.text()).end());
        handler.on(
                "clear",
                (told, response) -> response.putHeader("ce-connectionState", "").end());
        try (JsonClient client = node.client("alice").json()) {
            client.done("{'type':'event','event':'look','data':1}");
            assertEquals("s0", handler.next("look").header("ce-connectionstate"));
            client.done("{'type':'event','event':'set','dataType':'text','data':'s1'}");
            client.done("{'type':'event','event':'look','data':1}");
            assertEquals("s1", handler.next("look").header("ce-connectionstate"));
            client.done("{'type':'event','event':'clear','data':1}");
            client.done("{'type':'event','event':'look','data':1}");
            assertNull(handler.next("look").header("ce-connectionstate"));
        }
    }

    @Test
    void aSessionThatComesBackIsTheSameForTheHandler() throws IOException {
        onConnect(response -> response.putHeader("ce-connectionState", "s0").end());
        try (JsonClient first = node.client("alice").reliable()) {
            handler.next("connect");
            handler.next("connected");
            JsonClient last = first;
            for (int i = 0; i < 6; i++) { // so that it gets to other event loops
                last.socket().disconnect();
                last = last.recover(node);
            }
            last.done("{'type':'event','event':'look','data':1}");
            Told look = handler.next("look");
            assertEquals("s0", look.header("ce-connectionstate"));
            assertEquals("2", look.header("ce-id"));
            last.leave();
            assertEquals("3", handler.next("disconnected").header("ce-id"));
            assertEquals(0, handler.waiting("connect") + handler.waiting("connected"));
        }
    }

    @Test
    void anAnswerThatComesWhileTheClientRecoversIsThereAfterwards() throws IOException {
        Queue<HttpServerResponse> held = new ConcurrentLinkedQueue<>();
        handler.on("slow", (told, response) -> held.add(response));
        try (JsonClient first = node.client("alice").reliable()) {
            first.send("{'type':'event','event':'slow','data':1,'ackId':1}");
            await().until(() -> held.size() == 1);
            first.socket().disconnect();
            JsonClient last = first;
            for (int i = 0; i < 6; i++) {
                last = last.recover(node);
            }
            last.send("{'type':'event','event':'look','data':2,'ackId':2}");
            try (JsonClient other = node.client("other").json()) {
                other.done("{'type':'event','event':'meanwhile','data':1}");
            }
            assertEquals(0, handler.waiting("look"));
            held.poll()
                    .putHeader("ce-connectionState", "late")
                    .putHeader("Content-Type", "text/plain")
                    .end("the answer");
            assertEquals("the answer", last.text());
            last.ack(2);
            assertEquals("late", handler.next("look").header("ce-connectionstate"));
            last.close();
        }
    }

    // ---- disconnected

    @Test
    void everyEndIsToldExactlyOnce() throws IOException {
        JsonClient left = node.client("left").json();
        left.leave();
        assertDisconnected(left, CloseReason.CLIENT_CLOSED.text(), CloseReason.CLIENT_CLOSED.code());

        JsonClient lost = node.client("lost").json();
        lost.socket().disconnect();
        assertDisconnected(lost, null, 0);

        JsonClient closed = node.client("closed").json();
        assertEquals(
                204,
                node.call("DELETE", "/api/hubs/chat/connections/" + closed.connectionId() + "?reason=enough")
                        .status());
        assertDisconnected(closed, "enough", 1000);
        closed.close();

        JsonClient expired = node.client("expired").reliable();
        expired.socket().disconnect();
        assertDisconnected(expired, CloseReason.RECOVERY_EXPIRED.text(), CloseReason.RECOVERY_EXPIRED.code());

        JsonClient stopped = node.client("stopped").json();
        JsonClient detached = node.client("detached").reliable();
        detached.socket().disconnect();
        node.close();
        Told one = handler.next("disconnected");
        Told two = handler.next("disconnected");
        assertEquals(
                List.of(stopped.connectionId(), detached.connectionId()).stream()
                        .sorted()
                        .toList(),
                List.of(one, two).stream()
                        .map(told -> told.header("ce-connectionid"))
                        .sorted()
                        .toList());
        assertEquals(CloseReason.SHUTDOWN.text(), one.json().getString("reason"));
        assertEquals(0, handler.waiting("disconnected"));
        stopped.close();
    }

    private void assertDisconnected(JsonClient client, @Nullable String reason, int code) {
        Told told = handler.next("disconnected");
        assertEquals(client.connectionId(), told.header("ce-connectionid"));
        if (reason != null) {
            assertEquals(new JsonObject().put("reason", reason).put("code", code), told.json());
        }
    }

    @Test
    void aClientIsListenedToWhileTheHandlerThinks() throws IOException {
        Queue<HttpServerResponse> held = new ConcurrentLinkedQueue<>();
        handler.on("e", (told, response) -> held.add(response));
        try (TestNode strict =
                        TestNode.start(handler.everythingOf("chat"), "LIMITS_UNACKNOWLEDGED_MESSAGES_PER_SESSION=5");
                JsonClient client = strict.client("alice").mayAll().reliable()) {
            client.join("g");
            client.send("{'type':'event','event':'e','data':1,'ackId':1}");
            await().until(() -> held.size() == 1);
            client.socket().send(RawFrame.of(RawFrame.PING, new byte[] {1}));
            assertEquals(RawFrame.PONG, client.socket().readFrame().opcode());
            client.assertNothingCame();
            for (int i = 1; i <= 20; i++) { // the handler streams to the group of the client before it answers
                strict.operations().send(Target.group("chat", "g"), Content.text("n" + i));
                assertEquals("n" + i, client.text());
                client.acknowledge(i);
            }
            client.send("{'type':'sendToGroup','group':'g','data':'behind','ackId':2}");
            held.remove().putHeader("Content-Type", "text/plain").end("the answer");
            assertEquals("the answer", client.text());
            assertEquals(1L, client.next().getLong("ackId"));
            client.ack(2);
        }
    }

    @Test
    void whatAClientSaidBeforeItLeftIsPublishedHoweverItLeft() throws IOException {
        Queue<HttpServerResponse> held = new ConcurrentLinkedQueue<>();
        handler.on("e", (told, response) -> held.add(response));
        int frames = 100; // more than are read ahead
        try (JsonClient receiver = node.client("receiver").mayAll().json()) {
            receiver.join("g");
            for (boolean withCloseFrame : new boolean[] {true, false}) {
                JsonClient sender = node.client("sender").mayAll().json();
                sender.send("{'type':'event','event':'e','data':1,'ackId':1}");
                await().until(() -> held.size() == 1);
                for (int i = 0; i < frames; i++) {
                    sender.send("{'type':'sendToGroup','group':'g','dataType':'text','data':'" + i + "'}");
                }
                if (withCloseFrame) {
                    sender.socket().send(RawFrame.close(1000, ""));
                } else {
                    sender.socket().disconnect();
                    handler.next("disconnected"); // though its event is not done
                }
                held.remove().end();
                for (int i = 0; i < frames; i++) {
                    assertEquals(String.valueOf(i), receiver.text());
                }
                if (withCloseFrame) {
                    handler.next("disconnected");
                }
                sender.close();
            }
        }
    }

    // ---- invocations

    @Test
    void anInvocationGetsItsOwnAnswer() throws IOException {
        handler.on(
                "profile",
                (told, response) ->
                        response.putHeader("Content-Type", "application/json").end("{\"of\":" + told.text() + "}"));
        handler.on("nothing", (told, response) -> response.setStatusCode(204).end());
        handler.on("wrong", (told, response) -> response.setStatusCode(403).end());
        try (JsonClient client = node.client("alice").json()) {
            client.send("{'type':'invoke','invocationId':'i1','target':'event','event':'profile','data':7}");
            assertEquals(
                    "{\"type\":\"invokeResponse\",\"invocationId\":\"i1\",\"success\":true,"
                            + "\"dataType\":\"json\",\"data\":{\"of\":7}}",
                    client.readText());
            client.send("{'type':'invoke','invocationId':'i2','target':'event','event':'nothing'}");
            assertEquals("{\"type\":\"invokeResponse\",\"invocationId\":\"i2\",\"success\":true}", client.readText());
            client.send("{'type':'invoke','invocationId':'i3','target':'event','event':'wrong'}");
            assertEquals(
                    "{\"type\":\"invokeResponse\",\"invocationId\":\"i3\",\"success\":false,\"error\":{\"name\":"
                            + "\"InternalServerError\",\"message\":\"the event handler answered with status 403\"}}",
                    client.readText());
        }
    }

    @Test
    void framesBehindAnInvocationDoNotWaitForItAndItCanBeCancelled() throws IOException {
        Queue<HttpServerResponse> held = new ConcurrentLinkedQueue<>();
        handler.on("slow", (told, response) -> held.add(response));
        try (JsonClient client = node.client("alice").json()) {
            client.send("{'type':'invoke','invocationId':'1','target':'event','event':'slow'}");
            client.send("{'type':'invoke','invocationId':'1','target':'event','event':'slow'}");
            assertEquals("BadRequest", client.next().getJsonObject("error").getString("name"));
            await().until(() -> held.size() == 1);
            client.assertNothingCame();
            client.send("{'type':'cancelInvocation','invocationId':'1'}");
            await().until(() -> node.metric("fanfare_events_total{event=\"user\",outcome=\"cancelled\"}") == 1);
            client.done("{'type':'event','event':'e','data':1}");
            client.assertNothingCame();
        }
    }

    @Test
    void manyInvocationsAreReadAsTheyAreAnswered() throws IOException {
        handler.on(
                "echo",
                (told, response) ->
                        response.putHeader("Content-Type", "text/plain").end(told.text()));
        try (JsonClient client = node.client("alice").json()) {
            for (int i = 0; i < 100; i++) {
                client.send("{'type':'invoke','invocationId':'" + i
                        + "','target':'event','event':'echo','dataType':'text','data':'" + i + "'}");
            }
            for (int i = 0; i < 100; i++) {
                JsonObject answer = client.next();
                assertEquals(String.valueOf(i), answer.getString("invocationId"));
                assertEquals(String.valueOf(i), answer.getString("data"));
            }
            client.done("{'type':'event','event':'e','data':1}");
        }
    }

    @Test
    void invocationsEndWithTheSocket() throws IOException {
        Queue<HttpServerResponse> held = new ConcurrentLinkedQueue<>();
        handler.on("slow", (told, response) -> held.add(response));
        try (JsonClient first = node.client("alice").reliable()) {
            first.send("{'type':'invoke','invocationId':'1','target':'event','event':'slow'}");
            await().until(() -> held.size() == 1);
            first.socket().disconnect();
            await().until(() -> node.metric("fanfare_events_total{event=\"user\",outcome=\"cancelled\"}") == 1);
            try (JsonClient second = first.recover(node)) {
                second.done("{'type':'event','event':'e','data':1}");
                second.assertNothingCame();
            }
        }
    }

    // ---- how events travel

    @Test
    void handlersWithTlsAreReachedByHttp2() throws IOException {
        TestCertificate certificate = TestCertificate.get();
        try (TestHandler secure = TestHandler.start(new HttpServerOptions()
                        .setSsl(true)
                        .setUseAlpn(true)
                        .setKeyCertOptions(certificate.serverOptions()));
                TestNode two = TestNode.start(
                        secure.everythingOf("chat", "trustFile: '" + certificate.certificateFile() + "'"));
                JsonClient client = two.client("x").json()) {
            client.done("{'type':'event','event':'e','data':1}");
            assertEquals(HttpVersion.HTTP_2, secure.next("e").version());
            assertEquals(1, secure.open());
        }
    }

    @Test
    void handlersThatNobodyVouchesForAreToldNothing() {
        try (TestHandler secure = TestHandler.start(new HttpServerOptions()
                        .setSsl(true)
                        .setKeyCertOptions(TestCertificate.get().serverOptions()));
                TestNode two = TestNode.start(secure.everythingOf("chat", "retries: 0"))) {
            assertThrows(IOException.class, () -> two.client("x").json());
            assertEquals(1, two.metric("fanfare_events_total{event=\"connect\",outcome=\"unreachable\"}"));
        }
    }

    @Test
    void aNodeThatStopsWaitsForItsEvents() throws IOException {
        Queue<HttpServerResponse> held = new ConcurrentLinkedQueue<>();
        handler.on("disconnected", (told, response) -> held.add(response));
        JsonClient one = node.client("one").json();
        JsonClient two = node.client("two").json();
        Future<Void> stopping = node.stop();
        await().until(() -> held.size() == 2);
        one.close();
        two.close();
        held.remove().end();
        assertFalse(stopping.isComplete());
        held.remove().end();
        await().until(stopping::isComplete);
    }

    @Test
    void aNodeThatStopsGivesUpInTime() throws IOException {
        TestNode hasty = TestNode.start(handler.everythingOf("chat"), "SHUTDOWN_TIMEOUT_SECONDS=2");
        Queue<HttpServerResponse> held = new ConcurrentLinkedQueue<>();
        handler.on("disconnected", (told, response) -> held.add(response));
        JsonClient client = hasty.client("one").json();
        Future<Void> stopping = hasty.stop();
        await().until(() -> held.size() == 1);
        client.close();
        await().until(stopping::isComplete);
        assertTrue(stopping.succeeded());
    }

    // ---- the event bus

    @Test
    void anEventThatOnlyTheEventBusIsToldOfIsASuccess() throws IOException {
        try (TestNode bus = TestNode.start("HUBS={chat: {busEvents: {userEventPattern: 'a'}}}");
                JsonClient client = bus.client("x").json()) {
            client.done("{'type':'event','event':'a','data':1}");
            assertFalse(client.ask("{'type':'event','event':'b','data':1}").getBoolean("success"));
            assertEquals(1, bus.metric("fanfare_bus_events_total{outcome=\"published\"}"));
            assertEquals(1, bus.metric("fanfare_events_total{event=\"user\",outcome=\"unhandled\"}"));
        }
    }

    private interface Answer {
        void answer(HttpServerResponse response);
    }

    private void onConnect(Answer answer) {
        handler.on("connect", (told, response) -> answer.answer(response));
    }
}
