package dev.fanfare;

import static dev.fanfare.testkit.JsonClient.closing;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.auth.ClientSecrets;
import dev.fanfare.core.CloseReason;
import dev.fanfare.operations.FanfareClient;
import dev.fanfare.testkit.AnyNode;
import dev.fanfare.testkit.JsonClient;
import dev.fanfare.testkit.RawFrame;
import dev.fanfare.testkit.RawWebSocketClient;
import dev.fanfare.testkit.TestClient;
import dev.fanfare.testkit.TestHandler;
import dev.fanfare.testkit.TestNode;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Registered consumers, limits of connections and lists of publishers, as clients and servers see them. */
class ConsumersTest {

    private static final String HUB = "/api/hubs/prices";
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private static TestHandler handler;
    private static TestNode node;

    @BeforeAll
    static void start() {
        handler = TestHandler.start();
        String hash = ClientSecrets.hash("open sesame", 1000);
        String clients = String.join(
                ", ",
                IntStream.range(0, 8)
                        .mapToObj(i -> "{id: acme" + i + ", secretHash: '" + hash + "', groups: [eur]}")
                        .toList());
        node = TestNode.start(
                "SERVER_TRUSTED_PROXIES=127.0.0.1",
                "HUBS={prices: {consumers: {enabled: true, clients: [" + clients + "]}},"
                        + " last: {consumers: {enabled: true, onDuplicate: replace, mayPublish: true, clients: ["
                        + clients
                        + "]}},"
                        + " asked: {consumers: {enabled: true}, eventHandlers: ["
                        + handler.handler("[register]", "") + "]},"
                        + " held: {consumers: {enabled: true, clients: [" + clients + "]}, eventHandlers: ["
                        + handler.handler("[connect]", "") + "]},"
                        + " few: {connectionsPerUser: 2},"
                        + " listed: {publishers: {allow: [198.51.100.0/24, '2001:db8::/32']}}}");
    }

    @AfterAll
    static void stop() {
        node.close();
        handler.close();
    }

    // ---- registration

    private static String basic(String id, String secret) {
        return "Basic " + Base64.getEncoder().encodeToString((id + ":" + secret).getBytes(StandardCharsets.UTF_8));
    }

    private static HttpResponse<String> register(
            String hub, @Nullable String authorization, @Nullable String json, String... more) {
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + node.port() + "/api/hubs/" + hub + "/consumers"))
                .POST(
                        json == null
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofString(json.replace('\'', '"')));
        if (authorization != null) {
            request.header("Authorization", authorization);
        }
        if (json != null) {
            request.header("Content-Type", "application/json");
        }
        if (more.length > 0) {
            request.headers(more);
        }
        try {
            return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static JsonObject registered(String hub, String id) {
        HttpResponse<String> answer = register(hub, basic(id, "open sesame"), null);
        assertEquals(200, answer.statusCode(), answer.body());
        assertEquals("no-store", answer.headers().firstValue("Cache-Control").orElse(""));
        return new JsonObject(answer.body());
    }

    private static String token(String hub, String id) {
        return registered(hub, id).getString("token");
    }

    private static TestClient client(String hub, String token) {
        return node.client(null).hub(hub).with(token);
    }

    private static String status(String target, String... headers) throws IOException {
        try (RawWebSocketClient client = RawWebSocketClient.connect(node.port(), null)) {
            client.send(RawWebSocketClient.upgradeRequest(target, headers));
            return client.readHead().split(" ")[1];
        }
    }

    private static JsonObject consumer(String hub, String id) {
        AnyNode.Reply reply = node.call("GET", "/api/hubs/" + hub + "/consumers/" + id);
        assertEquals(200, reply.status(), reply.body());
        return new JsonObject(reply.body());
    }

    private static void awaitFree(String hub, String id) {
        await().until(() -> !consumer(hub, id).getBoolean("connected"));
    }

    @Test
    void aRegisteredClientConnectsOnceAndListens() throws Exception {
        JsonObject answer = registered("prices", "acme0");
        assertEquals("ws://127.0.0.1:" + node.port() + "/client/hubs/prices", answer.getString("url"));
        assertTrue(answer.getString("connectBefore").compareTo(answer.getString("expires")) < 0);
        String token = answer.getString("token");
        try (JsonClient first = client("prices", token).json()) {
            assertEquals("acme0", first.connected().getString("userId"));
            assertEquals("409", status("/client/hubs/prices?access_token=" + token));
            JsonObject shown = consumer("prices", "acme0");
            assertEquals(first.connectionId(), shown.getString("connectionId"));
            node.call("POST", HUB + "/groups/eur/:send", "text/plain", "1.08".getBytes(StandardCharsets.UTF_8));
            assertEquals("1.08", first.text());
            first.leave();
        }
        awaitFree("prices", "acme0");
        assertTrue(node.metric("fanfare_handshakes_total{outcome=\"duplicate\"}") >= 1);
    }

    @Test
    void theTokenComesInAHeaderTheQueryOrASubprotocol() throws Exception {
        String token = token("prices", "acme1");
        String target = "/client/hubs/prices";
        assertEquals("101", status(target, "Authorization: Bearer " + token));
        await().until(() -> status(target + "?access_token=" + token).equals("101"));
        await().until(() -> status(target, "Sec-WebSocket-Protocol: raw, access_token." + token)
                .equals("101"));
    }

    @Test
    void anyOtherTokenIsRefused() throws Exception {
        String first = token("prices", "acme2");
        try (JsonClient connected = client("prices", first).json()) {
            String second = token("prices", "acme2");
            assertEquals(closing(CloseReason.UNREGISTERED), connected.awaitClose());
            assertEquals("401", status("/client/hubs/prices?access_token=" + first));
            String others = node.token("prices", "acme2", List.of(), List.of());
            assertEquals("401", status("/client/hubs/prices?access_token=" + others));
            String nobodys = node.token("prices", null, List.of(), List.of());
            assertEquals("401", status("/client/hubs/prices?access_token=" + nobodys));
            assertEquals("101", status("/client/hubs/prices?access_token=" + second));
        }
        assertTrue(node.metric("fanfare_tokens_refused_total{reason=\"not_registered\"}") >= 3);
        assertTrue(node.metric("fanfare_alerts_raised_total{cause=\"consumer_token_refused\"}") >= 3);
    }

    @Test
    void aConsumerThatSendsIsToldSoAndClosed() throws Exception {
        try (JsonClient client = client("prices", token("prices", "acme3")).json()) {
            JsonObject ack = client.ask("{'type':'sendToGroup','group':'eur','dataType':'text','data':'mine'}");
            assertEquals("Forbidden", ack.getJsonObject("error").getString("name"));
            JsonObject farewell = client.await(frame -> "disconnected".equals(frame.getString("event")));
            assertEquals("consumers are not allowed to send messages", farewell.getString("message"));
            assertEquals(closing(CloseReason.CONSUMER_SENT), client.awaitClose());
        }
        awaitFree("prices", "acme3");
        try (RawWebSocketClient raw = client("prices", token("prices", "acme3")).raw()) {
            raw.send(RawFrame.text("an event"));
            RawFrame close = raw.readFrame();
            assertEquals(1008, close.closeCode());
        }
        assertTrue(node.metric("fanfare_closes_total{reason=\"consumer_sent\",subprotocol=\"json.webpubsub.azure.v1\"}")
                >= 1);
        assertTrue(node.metric("fanfare_alerts_raised_total{cause=\"message_forbidden\"}") >= 1);
    }

    @Test
    void theLatestConnectionReplacesTheFormerOne() throws Exception {
        String token = token("last", "acme0");
        try (JsonClient first = client("last", token).json();
                JsonClient second = client("last", token).json()) {
            assertEquals(closing(CloseReason.REPLACED), first.awaitClose());
            second.assertNothingCame();
            assertEquals(second.connectionId(), consumer("last", "acme0").getString("connectionId"));
        }
    }

    @Test
    void aClientThatIsRemovedWhileItsHandlerDecidesIsRefused() throws Exception {
        CompletableFuture<HttpServerResponse> held = new CompletableFuture<>();
        handler.on("connect", (told, response) -> held.complete(response));
        double before = node.metric("fanfare_seats");
        String token = token("held", "acme7");
        try (RawWebSocketClient client = RawWebSocketClient.connect(node.port(), null)) {
            client.send(RawWebSocketClient.upgradeRequest("/client/hubs/held?access_token=" + token));
            HttpServerResponse response = held.get(30, TimeUnit.SECONDS);
            assertEquals(before + 1, node.metric("fanfare_seats"));
            assertEquals(
                    204, node.call("DELETE", "/api/hubs/held/consumers/acme7").status());
            await().until(() -> node.metric("fanfare_seats") == before);
            response.setStatusCode(204).end();
            assertTrue(client.readHead().startsWith("HTTP/1.1 409 "));
        } finally {
            handler.on(
                    "connect", (told, response) -> response.setStatusCode(204).end());
        }
    }

    @Test
    void aSessionRecoversAndIsReplacedWhileItWaits() throws Exception {
        String token = token("prices", "acme4");
        try (JsonClient first = client("prices", token).reliable()) {
            first.socket().reset();
            try (JsonClient again = first.recover(node)) {
                assertEquals("409", status("/client/hubs/prices?access_token=" + token));
                again.socket().reset();
                await().until(() ->
                        status("/client/hubs/prices?access_token=" + token).equals("101"));
            }
        }
    }

    @Test
    void operatorsListAndRemoveConsumers() throws Exception {
        for (int i = 5; i < 8; i++) {
            token("last", "acme" + i);
        }
        await().until(() -> ids("/api/hubs/last/consumers").containsAll(List.of("acme5", "acme6", "acme7")));
        JsonObject page = new JsonObject(
                node.call("GET", "/api/hubs/last/consumers?maxpagesize=1").body());
        assertEquals(1, page.getJsonArray("value").size());
        String next = page.getString("nextLink");
        assertEquals(200, node.call("GET", next.substring(next.indexOf("/api"))).status());
        FanfareClient operations = node.operations();
        assertEquals("acme6", operations.consumer("last", "acme6").await().clientId());
        assertFalse(operations.consumers("last", null).await().consumers().isEmpty());
        assertTrue(operations.removeConsumer("last", "acme6").await());
        assertFalse(operations.removeConsumer("last", "acme6").await());
        String token = token("last", "acme7");
        try (JsonClient open = client("last", token).json()) {
            assertEquals(
                    204, node.call("DELETE", "/api/hubs/last/consumers/acme7").status());
            assertEquals(closing(CloseReason.UNREGISTERED), open.awaitClose());
        }
        assertEquals(404, node.call("DELETE", "/api/hubs/last/consumers/acme7").status());
        assertEquals(404, node.call("GET", "/api/hubs/last/consumers/acme7").status());
        assertEquals("401", status("/client/hubs/last?access_token=" + token));
        assertEquals(404, node.call("GET", "/api/hubs/few/consumers").status());
        assertEquals(
                400,
                node.call("GET", "/api/hubs/last/consumers?continuationToken=x").status());
    }

    private static List<String> ids(String path) {
        return new JsonObject(node.call("GET", path).body())
                .getJsonArray("value").stream()
                        .map(each -> ((JsonObject) each).getString("clientId"))
                        .toList();
    }

    @Test
    void aHandlerDecidesAboutRegistrations() throws Exception {
        handler.on("register", (told, response) -> {
            boolean good = "secret".equals(told.json().getString("clientSecret"));
            response.setStatusCode(good ? 200 : 403).end(good ? "{\"groups\":[\"vip\"]}" : "");
        });
        assertEquals(401, register("asked", basic("bob", "guess"), null).statusCode());
        HttpResponse<String> answer =
                register("asked", null, "{'clientId':'bob','clientSecret':'secret'}", "X-Forwarded-For", "203.0.113.9");
        assertEquals(200, answer.statusCode(), answer.body());
        await().until(() ->
                handler.next("register").json().getString("remoteAddress").equals("203.0.113.9"));
        String token = new JsonObject(answer.body()).getString("token");
        try (JsonClient client = client("asked", token).json()) {
            assertEquals("bob", client.connected().getString("userId"));
            assertEquals(200, node.call("HEAD", "/api/hubs/asked/groups/vip").status());
        }
        handler.on("register", (told, response) -> response.setStatusCode(500).end());
        assertEquals(503, register("asked", basic("bob", "secret"), null).statusCode());
    }

    // ---- bad input

    @Test
    void wrongSecretsAndUnknownClientsGetTheSameAnswer() {
        HttpResponse<String> wrong =
                register("prices", basic("acme0", "guess"), null, "X-Forwarded-For", "203.0.113.1");
        HttpResponse<String> unknown =
                register("prices", basic("nobody", "guess"), null, "X-Forwarded-For", "203.0.113.2");
        assertEquals(401, wrong.statusCode());
        assertEquals(401, unknown.statusCode());
        assertEquals(wrong.body(), unknown.body());
        assertTrue(wrong.headers().firstValue("WWW-Authenticate").orElse("").startsWith("Basic "));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "[]",
                "{'clientId':'acme0'}",
                "{'clientId':'acme0','clientSecret':7}",
                "{'clientId':'acme0','clientSecret':''}",
                "{'clientId':'acme0','clientSecret':'x','more':1}",
                "{'clientId':'acme0','clientId':'acme1','clientSecret':'x'}",
                "{'clientId':'','clientSecret':'x'}",
                "{'clientId':'ac\\u0000me','clientSecret':'x'}",
                "{'clientId':'acme\\u202E0','clientSecret':'x'}",
                "{'clientId':' acme0','clientSecret':'x'}",
                "{'clientId':'acme0','clientSecret':"
            })
    void whatIsNoCredentialIsRefused(String body) {
        HttpResponse<String> answer = register("prices", null, body);
        assertEquals(400, answer.statusCode(), answer.body());
    }

    @Test
    void credentialsThatAreTooLongAreRefusedUnread() {
        String megabyte = "x".repeat(1024 * 1024);
        assertEquals(
                413,
                register("prices", null, "{'clientId':'acme0','clientSecret':'" + megabyte + "'}")
                        .statusCode());
        assertEquals(
                400,
                register("prices", null, "{'clientId':'acme0','clientSecret':'" + "x".repeat(1025) + "'}")
                        .statusCode());
        assertEquals(400, register("prices", "Basic %%%", null).statusCode());
        assertEquals(401, register("prices", "Bearer x", null).statusCode());
        assertEquals(401, register("prices", null, null).statusCode());
        assertEquals(404, register("few", basic("acme0", "open sesame"), null).statusCode());
        String rtl = URLEncoder.encode("ac\u202Eme", StandardCharsets.UTF_8);
        assertEquals(400, node.call("GET", HUB + "/consumers/" + rtl).status());
    }

    // ---- limits and publishers

    @Test
    void aUserHasNoMoreConnectionsThanTheHubAllows() throws Exception {
        String token = node.token("few", "ann", List.of(), List.of());
        try (JsonClient one = client("few", token).json();
                JsonClient two = client("few", token).json()) {
            assertEquals("409", status("/client/hubs/few?access_token=" + token));
            assertEquals(
                    "101", status("/client/hubs/few?access_token=" + node.token("few", "ben", List.of(), List.of())));
            two.leave();
            await().until(() -> status("/client/hubs/few?access_token=" + token).equals("101"));
            assertFalse(one.connectionId().isEmpty());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"198.51.100.7", "2001:db8::7", "203.0.113.5, 198.51.100.7"})
    void listedAddressesPublish(String forwarded) throws Exception {
        assertEquals(202, send(forwarded));
        assertTrue(published(forwarded).getBoolean("success"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"203.0.113.5", "198.51.100.7, 203.0.113.5", "unknown", "2001:db9::7"})
    void othersDoNot(String forwarded) throws Exception {
        assertEquals(403, send(forwarded));
        assertEquals(
                "messages to this hub are not allowed from your address",
                published(forwarded).getJsonObject("error").getString("message"));
        String token = node.token("listed", "ann", List.of("webpubsub.sendToGroup"), List.of());
        assertEquals(
                "403",
                status(
                        "/client/hubs/listed?webpubsub_mode=sendToGroup&group=g&access_token=" + token,
                        "X-Forwarded-For: " + forwarded));
    }

    private static int send(String forwarded) throws Exception {
        String url = "http://127.0.0.1:" + node.port() + "/api/hubs/listed/:send";
        HttpRequest request = HttpRequest.newBuilder(URI.create(url))
                .header("Authorization", "Bearer " + node.apiToken(url))
                .header("X-Forwarded-For", forwarded)
                .header("Content-Type", "text/plain")
                .POST(HttpRequest.BodyPublishers.ofString("hello"))
                .build();
        return HTTP.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
    }

    private static JsonObject published(String forwarded) throws IOException {
        String token = node.token("listed", "ann", List.of("webpubsub.sendToGroup"), List.of());
        try (RawWebSocketClient client = RawWebSocketClient.open(
                node.port(),
                null,
                "/client/hubs/listed?access_token=" + token,
                "Sec-WebSocket-Protocol: " + TestClient.JSON,
                "X-Forwarded-For: " + forwarded)) {
            client.readFrame();
            client.send(RawFrame.text(
                    "{\"type\":\"sendToGroup\",\"group\":\"g\",\"ackId\":1,\"dataType\":\"text\",\"data\":\"x\"}"));
            return new JsonObject(client.readFrame().payloadText());
        }
    }
}
