package dev.fanfare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.auth.TokenMinter;
import dev.fanfare.testkit.AnyNode;
import dev.fanfare.testkit.JsonClient;
import dev.fanfare.testkit.RawWebSocketClient;
import dev.fanfare.testkit.TestHandler;
import dev.fanfare.testkit.TestNode;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The configuration of a running node is read again: what applies, and what stays. */
class ReloadTest {

    private static final String NEW_KEY = "a-new-access-key-of-at-least-32-bytes";
    private static final TokenMinter NEW = new TokenMinter(NEW_KEY, InstantSource.system());

    @TempDir
    private Path folder;

    @SuppressWarnings("NullAway.Init") // each test begins with it
    private Path file;

    @SuppressWarnings("NullAway.Init") // each test begins with it
    private TestNode node;

    @BeforeEach
    void start() throws IOException {
        file = folder.resolve("fanfare.yaml");
        write(keys(AnyNode.ACCESS_KEY) + "reload: {fileSeconds: 1}\n");
        node = TestNode.startWith(file);
    }

    @AfterEach
    void stop() {
        node.close();
    }

    private void write(String yaml) throws IOException {
        Files.writeString(file, yaml);
    }

    private static String keys(String... keys) {
        return "auth: {accessKeys: [" + String.join(", ", keys) + "]}\n";
    }

    private JsonObject reload(String yaml) throws IOException {
        write(yaml + "reload: {fileSeconds: 1}\n");
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
        TokenMinter old = new TokenMinter(AnyNode.ACCESS_KEY, InstantSource.system());
        try (JsonClient client = node.client("u").mayAll().json()) {
            assertEquals(401, send(NEW));
            reload(keys(AnyNode.ACCESS_KEY, NEW_KEY));
            assertEquals(202, send(old));
            assertEquals(202, send(NEW));
            reload(keys(NEW_KEY, AnyNode.ACCESS_KEY));
            assertEquals(202, send(old));
            String token = new JsonObject(
                            node.call("POST", "/api/hubs/chat/:generateToken").body())
                    .getString("token");
            reload(keys(NEW_KEY));
            assertEquals(401, send(old));
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
        assertTrue(handshake("https://a.example").startsWith("HTTP/1.1 403 "));
        reload(keys(AnyNode.ACCESS_KEY) + "server: {allowedOrigins: ['https://a.example']}\n");
        Awaitility.await()
                .untilAsserted(() -> assertTrue(handshake("https://a.example").startsWith("HTTP/1.1 101 ")));
    }

    private String handshake(String origin) throws IOException {
        String token = node.token("chat", "u", List.of(), List.of());
        try (RawWebSocketClient client = RawWebSocketClient.connect(node.port(), null)) {
            client.send(
                    RawWebSocketClient.upgradeRequest("/client/hubs/chat?access_token=" + token, "Origin: " + origin));
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
    void aChangeOfTheFileIsNoticed() throws IOException {
        write(keys(AnyNode.ACCESS_KEY, NEW_KEY) + "reload: {fileSeconds: 1}\n");
        Awaitility.await().untilAsserted(() -> assertEquals(202, send(NEW)));
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
}
