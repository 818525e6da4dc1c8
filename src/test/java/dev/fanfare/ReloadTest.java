package dev.fanfare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.auth.TokenMinter;
import dev.fanfare.config.LiveConfig;
import dev.fanfare.testkit.AnyNode;
import dev.fanfare.testkit.JsonClient;
import dev.fanfare.testkit.RawWebSocketClient;
import dev.fanfare.testkit.TestHandler;
import dev.fanfare.testkit.TestIssuer;
import dev.fanfare.testkit.TestNode;
import io.vertx.core.Future;
import io.vertx.core.http.HttpServer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The configuration of a running node is read again: what applies, and what stays. */
class ReloadTest {

    private static final String NEW_KEY = "a-new-access-key-of-at-least-32-bytes";
    private static final TokenMinter OLD = new TokenMinter(AnyNode.ACCESS_KEY, InstantSource.system());
    private static final TokenMinter NEW = new TokenMinter(NEW_KEY, InstantSource.system());

    @TempDir
    private static Path folder;

    @SuppressWarnings("NullAway.Init") // before the first test
    private static Path file;

    @SuppressWarnings("NullAway.Init") // before the first test
    private static TestNode node;

    @BeforeAll
    static void start() throws IOException {
        file = folder.resolve("fanfare.yaml");
        write(keys(AnyNode.ACCESS_KEY));
        node = TestNode.startWith(file);
    }

    @BeforeEach
    void restore() throws Exception {
        write(keys(AnyNode.ACCESS_KEY));
        node.reload().await(10, TimeUnit.SECONDS);
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    private static void write(String yaml) throws IOException {
        Files.writeString(file, yaml);
    }

    private static String keys(String... keys) {
        return "auth: {accessKeys: [" + String.join(", ", keys) + "]}\n";
    }

    private JsonObject reload(String yaml) throws IOException {
        write(yaml);
        return reload();
    }

    private JsonObject reload() {
        AnyNode.Reply reply = node.call("POST", "/api/configuration/:reload");
        assertEquals(200, reply.status(), reply.body());
        return new JsonObject(reply.body());
    }

    private int send(TokenMinter minter) {
        return node.call(minter, "POST", "/api/hubs/chat/:send", "text/plain", new byte[] {'x'})
                .status();
    }

    @Test
    void anAccessKeyIsReplacedWithoutAGap() throws IOException {
        try (JsonClient client = node.client("u").mayAll().json()) {
            assertEquals(401, send(NEW));
            reload(keys(AnyNode.ACCESS_KEY, NEW_KEY));
            assertEquals(202, send(OLD));
            assertEquals(202, send(NEW));
            reload(keys(NEW_KEY, AnyNode.ACCESS_KEY));
            assertEquals(202, send(OLD));
            String token = new JsonObject(
                            node.call("POST", "/api/hubs/chat/:generateToken").body())
                    .getString("token");
            reload(keys(NEW_KEY));
            assertEquals(401, send(OLD));
            assertEquals(202, send(NEW));
            RawWebSocketClient.open(node.port(), null, "/client/hubs/chat?access_token=" + token)
                    .close();
            client.join("g"); // the connection has outlived its key
        }
    }

    @Test
    void problemsAreAllReportedAndNothingChanges() throws IOException {
        write(keys(NEW_KEY, "short") + "server: {allowedOrigins: [nonsense]}\n");
        AnyNode.Reply reply = node.call("POST", "/api/configuration/:reload");

        assertEquals(400, reply.status());
        String message = new JsonObject(reply.body()).getString("message");
        assertTrue(message.contains("auth.accessKeys[1]") && message.contains("server.allowedOrigins[0]"), message);
        assertEquals(401, send(NEW));
        assertTrue(node.metric("fanfare_configuration_reloads_total{outcome=\"failed\"}") >= 1);
        assertTrue(node.metric("fanfare_configuration_loaded_timestamp_seconds") > 0);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " \n", "{}", "auth: {accessKeys: []}"})
    void emptiedFilesAndKeysAreRefused(String yaml) throws IOException {
        write(yaml);
        assertEquals(400, node.call("POST", "/api/configuration/:reload").status());
        assertEquals(202, send(OLD));
    }

    @Test
    void whatNeedsARestartIsNamed() throws IOException {
        JsonObject change = reload(
                keys(AnyNode.ACCESS_KEY)
                        + "limits: {groupsPerConnection: 7, connections: 3}\nserver: {allowedOrigins: ['https://a.example']}\n");

        assertEquals(new JsonArray(List.of("limits.connections")), change.getJsonArray("atNextStart"));
        assertEquals(
                new JsonArray(List.of("server.allowedOrigins", "limits.groupsPerConnection")),
                change.getJsonArray("applied"));
        assertEquals(new JsonArray(), reload().getJsonArray("applied"));
    }

    @Test
    void otherOriginsMayConnect() throws IOException {
        assertTrue(handshake("Origin: https://a.example").startsWith("HTTP/1.1 403 "));
        reload(keys(AnyNode.ACCESS_KEY) + "server: {allowedOrigins: ['https://a.example']}\n");
        assertTrue(handshake("Origin: https://a.example").startsWith("HTTP/1.1 101 "));
    }

    private String handshake(String header) throws IOException {
        String token = node.token("chat", "u", List.of(), List.of());
        try (RawWebSocketClient client = RawWebSocketClient.connect(node.port(), null)) {
            client.send(RawWebSocketClient.upgradeRequest("/client/hubs/chat?access_token=" + token, header));
            return client.readHead();
        }
    }

    @Test
    void handlersOfEventsAreReplacedForOpenConnections() throws IOException {
        try (TestHandler one = TestHandler.start();
                TestHandler two = TestHandler.start()) {
            reload(keys(AnyNode.ACCESS_KEY) + "hubs: {chat: {eventHandlers: [" + one.all() + "]}}\n");
            try (JsonClient client = node.client("u").json()) {
                client.done("{'type':'event','event':'e','data':1}");
                assertEquals("1", one.next("e").text());
                reload(keys(AnyNode.ACCESS_KEY) + "hubs: {chat: {eventHandlers: [" + two.all() + "]}}\n");
                client.done("{'type':'event','event':'e','data':2}");
                assertEquals("2", two.next("e").text());
            }
        }
    }

    @Test
    void aKeyForSomeHubsMayNotReload() throws IOException {
        reload("auth: {accessKeys: [" + AnyNode.ACCESS_KEY + "], scopedKeys: [{name: x, key: " + NEW_KEY
                + ", hubs: [chat], operations: [manage]}]}\n");
        assertEquals(
                403,
                node.call(NEW, "POST", "/api/configuration/:reload", null, new byte[0])
                        .status());
    }

    @Test
    void aHubWithoutItsSectionHasTheSettingsOfAll() throws IOException {
        try (TestHandler handler = TestHandler.start()) {
            assertEquals(
                    new JsonArray(List.of("hubs.chat")),
                    reload(keys(AnyNode.ACCESS_KEY) + "hubs: {chat: {eventHandlers: [" + handler.all() + "]}}\n")
                            .getJsonArray("applied"));
            try (JsonClient client = node.client("u").mayAll().json()) {
                client.done("{'type':'event','event':'e','data':1}");
                reload(keys(AnyNode.ACCESS_KEY));
                assertFalse(client.ask("{'type':'event','event':'e','data':2}").getBoolean("success"));
                client.join("g");
            }
        }
    }

    @Test
    void handlersWithChangedFilesAreReplaced() throws IOException {
        try (TestHandler handler = TestHandler.start()) {
            Path authorization = Files.writeString(folder.resolve("authorization"), "Bearer one\n");
            String hubs = keys(AnyNode.ACCESS_KEY) + "hubs: {chat: {eventHandlers: ["
                    + handler.all("authorizationFile: '" + authorization + "'") + "]}}\n";
            reload(hubs);
            try (JsonClient client = node.client("u").json()) {
                client.done("{'type':'event','event':'e','data':1}");
                assertEquals("Bearer one", handler.next("e").header("authorization"));
                Files.writeString(authorization, "Bearer two\n");
                reload();
                client.done("{'type':'event','event':'e','data':1}");
                assertEquals("Bearer two", handler.next("e").header("authorization"));
                Files.writeString(authorization, "two\nlines\n");
                AnyNode.Reply reply = node.call("POST", "/api/configuration/:reload");
                assertEquals(400, reply.status());
                assertTrue(reply.body().contains("must hold one line of printable ASCII"), reply.body());
            }
        }
    }

    @Test
    void compressionAppliesToTheNextConnection() throws IOException {
        reload(keys(AnyNode.ACCESS_KEY) + "hubs: {chat: {compression: {enabled: true}}}\n");
        assertTrue(handshake("Sec-WebSocket-Extensions: permessage-deflate")
                .contains("\r\nSec-WebSocket-Extensions: permessage-deflate"));
    }

    @Test
    void issuersComeAndGo() throws Exception {
        TestIssuer issuer = new TestIssuer();
        String token = issuer.token("u", Duration.ofMinutes(5));
        HttpServer published = node.vertx()
                .createHttpServer()
                .requestHandler(request -> request.response()
                        .end(new JsonObject()
                                .put("keys", new JsonArray().add(issuer.jwk()))
                                .encode()))
                .listen(0, "127.0.0.1")
                .await(10, TimeUnit.SECONDS);
        String setting = issuer.setting(
                        new JsonObject().put("jwksUrl", "http://127.0.0.1:" + published.actualPort() + "/keys"))
                .split("=", 2)[1];
        assertEquals(401, handshakeWith(token));
        reload("auth: {accessKeys: [" + AnyNode.ACCESS_KEY + "], issuers: " + setting + "}\n");
        assertEquals(101, handshakeWith(token));
        reload(keys(AnyNode.ACCESS_KEY));
        assertEquals(401, handshakeWith(token));
    }

    private int handshakeWith(String token) throws IOException {
        try (RawWebSocketClient client = RawWebSocketClient.connect(node.port(), null)) {
            client.send(RawWebSocketClient.upgradeRequest("/client/hubs/chat?access_token=" + token));
            return Integer.parseInt(client.readHead().split(" ")[1]);
        }
    }

    @Test
    void targetsOfOutboundConnectionsAreAllowed() throws IOException {
        byte[] connection = "{\"url\":\"ws://127.0.0.1:9/\"}".getBytes(StandardCharsets.UTF_8);
        String path = "/api/hubs/chat/:openConnection";
        assertEquals(
                403, node.call("POST", path, "application/json", connection).status());
        reload(keys(AnyNode.ACCESS_KEY) + "outbound: {allow: ['127.0.0.1:9']}\n");
        assertEquals(
                201, node.call("POST", path, "application/json", connection).status());
        Awaitility.await()
                .untilAsserted(() -> assertTrue(
                        node.metric("fanfare_outbound_attempts_total{outcome=\"unreachable\"}") > 0, "the address"));
    }

    @Test
    void limitsApplyToOpenConnections() throws IOException {
        try (JsonClient client = node.client("u").mayAll().json()) {
            client.join("one");
            reload(keys(AnyNode.ACCESS_KEY) + "limits: {groupsPerConnection: 1}\n");
            assertFalse(client.ask("{'type':'joinGroup','group':'two'}").getBoolean("success"));
            client.publish("one", "x");
        }
    }

    @Test
    void tokensAreForThePresentEndpoints() throws IOException {
        assertEquals(202, send(OLD));
        reload(keys(AnyNode.ACCESS_KEY) + "server: {publicEndpoints: ['https://other.example']}\n");
        assertEquals(401, send(OLD));
    }

    @Test
    void concurrentReloadsAreAnsweredOneAfterTheOther() throws Exception {
        write(keys(AnyNode.ACCESS_KEY) + "limits: {groupsPerConnection: 7}\n");
        List<Future<LiveConfig.ConfigChange>> changes =
                IntStream.range(0, 50).mapToObj(i -> node.reload()).toList();
        Future.all(changes).await(10, TimeUnit.SECONDS);
        assertEquals(
                1,
                changes.stream()
                        .filter(change -> !change.result().applied().isEmpty())
                        .count());
    }
}
