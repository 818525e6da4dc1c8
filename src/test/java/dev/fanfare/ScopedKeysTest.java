package dev.fanfare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.fanfare.auth.TokenMinter;
import dev.fanfare.testkit.AnyNode;
import dev.fanfare.testkit.RawWebSocketClient;
import dev.fanfare.testkit.TestNode;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.LoggerFactory;

/** Keys that are good for some hubs or some operations only, and the audit log, over HTTP. */
@Tag("attack")
class ScopedKeysTest {

    private static final Logger AUDIT = (Logger) LoggerFactory.getLogger("dev.fanfare.audit");

    private static TestNode node;

    private final ListAppender<ILoggingEvent> lines = new ListAppender<>();

    @BeforeAll
    static void start() {
        node = TestNode.start("AUTH_SCOPED_KEYS=["
                + String.join(
                        ",",
                        key("publisher", "[]", "[publish]"),
                        key("reader", "[]", "[read]"),
                        key("manager", "[]", "[manage]"),
                        key("admitter", "[]", "[connect]"),
                        key("chat-bot", "[Chat]", "[publish, read, manage, connect]"))
                + "]");
    }

    private static String key(String name, String hubs, String operations) {
        return "{name: " + name + ", key: " + secret(name) + ", hubs: " + hubs + ", operations: " + operations + "}";
    }

    private static String secret(String name) {
        return "the-secret-of-at-least-32-bytes-of-" + name;
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    @BeforeEach
    void record() {
        lines.start();
        AUDIT.addAppender(lines);
    }

    @AfterEach
    void detach() {
        AUDIT.detachAppender(lines);
    }

    private static AnyNode.Reply call(String key, String method, String path, @Nullable String body) {
        TokenMinter minter = new TokenMinter(secret(key), InstantSource.system());
        byte[] bytes = body == null ? new byte[0] : body.getBytes(StandardCharsets.UTF_8);
        return node.call(minter, method, path, body == null ? null : "text/plain", bytes);
    }

    @ParameterizedTest
    @CsvSource({
        "POST, /api/hubs/chat/:send, publisher, 202",
        "GET, /api/hubs/chat/connections, reader, 200",
        "HEAD, /api/hubs/chat/users/u, reader, 404",
        "DELETE, /api/hubs/chat/users/u/groups, manager, 204",
        "POST, /api/hubs/chat/:closeConnections, manager, 204",
        "POST, /api/hubs/chat/:generateToken, admitter, 200"
    })
    void aKeyIsGoodForItsClassOfOperationsOnly(String method, String path, String permitted, int status) {
        String body = path.endsWith(":send") ? "hello" : null;
        for (String name : List.of("publisher", "reader", "manager", "admitter", "chat-bot")) {
            boolean good = name.equals(permitted) || name.equals("chat-bot");
            AnyNode.Reply reply = call(name, method, path, body);
            assertEquals(good ? status : 403, reply.status(), name);
            if (!good && !method.equals("HEAD")) {
                String message = new JsonObject(reply.body()).getString("message");
                assertTrue(message.startsWith("the key " + name + " may not "), message);
            }
        }
    }

    @Test
    void aRefusalNamesTheClassThatIsNeeded() {
        AnyNode.Reply reply = call("publisher", "DELETE", "/api/hubs/chat/connections/c", null);

        assertEquals(
                "the key publisher may not manage, which this operation needs (operations)",
                new JsonObject(reply.body()).getString("message"));
    }

    @Test
    void aKeyIsGoodForItsHubsOnly() {
        assertEquals(202, call("chat-bot", "POST", "/api/hubs/CHAT/:send", "x").status());
        AnyNode.Reply reply = call("chat-bot", "POST", "/api/hubs/other/:send", "x");

        assertEquals(403, reply.status());
        assertEquals("the key chat-bot is not for this hub (hubs)", new JsonObject(reply.body()).getString("message"));
        assertEquals(404, call("chat-bot", "GET", "/api/nothing", null).status());
    }

    @ParameterizedTest
    @CsvSource({
        "admitter, chat, 101",
        "chat-bot, chat, 101",
        "chat-bot, other, the key chat-bot is not for this hub (hubs)",
        "manager, chat, the key manager may not sign tokens for clients (operations: connect)"
    })
    void clientsNeedATokenOfAKeyForThem(String key, String hub, String expected) throws IOException {
        for (int i = 0; i < 2; i++) { // the second time the signature is known
            assertTrue(handshake(key, hub).contains(expected), () -> key + " " + hub);
        }
    }

    private static String handshake(String key, String hub) throws IOException {
        String token = new TokenMinter(secret(key), InstantSource.system())
                .clientToken("http://localhost:" + node.port(), hub, "u", List.of(), List.of(), Duration.ofMinutes(5));
        try (RawWebSocketClient client = RawWebSocketClient.connect(node.port(), null)) {
            client.send(RawWebSocketClient.upgradeRequest("/client/hubs/" + hub + "?access_token=" + token));
            String head = client.readHead();
            Matcher length = Pattern.compile("(?i)content-length: (\\d+)").matcher(head);
            return length.find() ? head + client.readBody(Integer.parseInt(length.group(1))) : head;
        }
    }

    @Test
    void eachChangeIsOneLine() {
        call("manager", "DELETE", "/api/hubs/chat/users/al%20ice/groups/g", null);
        call("admitter", "POST", "/api/hubs/chat/:generateToken?userId=bob&role=secret-role", null);
        call("manager", "DELETE", "/api/hubs/chat/connections/c?code=17", null);

        assertEquals(
                List.of(
                        "changed over REST key=manager operation=removeUserFromGroup group=g hub=chat userId=al ice"
                                + " status=204 remote=127.0.0.1",
                        "changed over REST key=admitter operation=generateClientToken hub=chat userId=bob status=200"
                                + " remote=127.0.0.1",
                        "a change over REST failed key=manager operation=closeConnection connectionId=c hub=chat"
                                + " status=400 remote=127.0.0.1"),
                written());
    }

    @Test
    void neitherMessagesNorQuestionsAreChanges() {
        call("publisher", "POST", "/api/hubs/chat/:send", "the contents");
        call("reader", "GET", "/api/hubs/chat/connections", null);
        assertEquals(List.of(), written());

        call("reader", "POST", "/api/hubs/chat/:send", "the contents");
        assertEquals(
                List.of(
                        "a change over REST failed key=reader operation=sendToAll hub=chat status=403 remote=127.0.0.1"),
                written());
    }

    private List<String> written() {
        return lines.list.stream()
                .map(line -> line.getFormattedMessage() + " "
                        + line.getKeyValuePairs().stream()
                                .map(pair -> pair.key + "=" + pair.value)
                                .collect(Collectors.joining(" ")))
                .toList();
    }
}
