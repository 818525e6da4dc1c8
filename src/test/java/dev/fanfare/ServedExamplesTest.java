package dev.fanfare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.testkit.RawWebSocketClient;
import dev.fanfare.testkit.TestNode;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What enabled examples expose without authentication, and what they do not. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ServedExamplesTest {

    private final HttpClient http = HttpClient.newHttpClient();
    private TestNode node;

    @BeforeAll
    void start() {
        node = TestNode.start("EXAMPLES_ENABLED=true");
    }

    @AfterAll
    void stop() {
        node.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/examples/chat.html", "/examples/quotes.html", "/examples/token?hub=example_chat"})
    void nothingIsServedUnlessTheConfigurationSaysSo(String path) throws Exception {
        try (TestNode plain = TestNode.start()) {
            assertEquals(404, ask(plain, "GET", path).statusCode());
            assertEquals(404, ask(plain, "POST", path).statusCode());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"chat", "quotes"})
    void pagesForbidWhatIsNotTheirs(String page) throws Exception {
        HttpResponse<String> response = ask(node, "GET", "/examples/" + page + ".html");
        assertEquals(200, response.statusCode());
        assertEquals("text/html; charset=utf-8", header(response, "Content-Type"));
        assertEquals("nosniff", header(response, "X-Content-Type-Options"));
        String policy = header(response, "Content-Security-Policy");
        assertTrue(policy.startsWith("default-src 'none'; script-src 'sha256-"), policy);
        assertFalse(policy.contains("unsafe"), policy);
        assertFalse(response.body().contains("://"), "a page loads nothing from elsewhere");
        assertEquals("", ask(node, "HEAD", "/examples/" + page + ".html").body());
    }

    @Test
    void whatIsNotAnExampleIsRefused() throws Exception {
        assertEquals(404, ask(node, "GET", "/examples/").statusCode());
        assertEquals(404, ask(node, "GET", "/examples/../api/openapi.yaml").statusCode());
        assertEquals(404, ask(node, "GET", "/examplesx").statusCode());
        HttpResponse<String> response = ask(node, "POST", "/examples/chat.html");
        assertEquals(405, response.statusCode());
        assertEquals("GET, HEAD", header(response, "Allow"));
        assertEquals(405, ask(node, "GET", "/examples/token?hub=example_chat").statusCode());
    }

    @ParameterizedTest
    @CsvSource({
        "POST, /api/hubs/chat/groups/a%2/:send, 401",
        "POST, /api/hubs/chat/groups/%zz/:send, 401",
        "POST, /api/%/x, 401",
        "HEAD, /api/hubs/chat/groups/a%2, 401",
        "GET, /examples/%zz, 404",
        "POST, /examples/%, 404"
    })
    void aPathThatCannotBeDecodedIsAnsweredAsWithoutExamples(String method, String path, int status) throws Exception {
        try (RawWebSocketClient client = RawWebSocketClient.connect(node.port(), null)) {
            client.send(method + " " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n");
            String head = client.readHead();
            assertTrue(head.startsWith("HTTP/1.1 " + status + " "), head);
            assertTrue(head.contains("\nx-ms-error-code: Error."), head);
            assertEquals(path.startsWith("/api/"), head.contains("\napi-supported-versions: "), head);
        }
    }

    @Test
    void aTokenOfTheChatMayJoinAndPublishThereForAMinute() throws Exception {
        HttpResponse<String> response = ask(node, "POST", "/examples/token?hub=example_chat&user=Al%20ice");
        assertEquals("no-store", header(response, "Cache-Control"));
        JsonObject claims = claims(token(response));
        assertEquals("http://127.0.0.1:" + node.port() + "/client/hubs/example_chat", claims.getString("aud"));
        assertEquals("Al ice", claims.getString("sub"));
        assertEquals(
                new JsonArray(List.of("webpubsub.joinLeaveGroup", "webpubsub.sendToGroup")),
                claims.getJsonArray("role"));
        assertEquals(60, claims.getLong("exp") - claims.getLong("iat"));
    }

    @Test
    void aTokenOfTheQuotesMayOnlyJoin() throws Exception {
        JsonObject claims = claims(token(ask(node, "POST", "/examples/token?hub=example_quotes")));
        assertEquals(new JsonArray(List.of("webpubsub.joinLeaveGroup")), claims.getJsonArray("role"));
        assertFalse(claims.containsKey("sub"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "?hub=chat",
                "?hub=example_chat.more",
                "?hub=example_chat&hub=chat",
                "?hub=example_chat&user=a%0Ab"
            })
    void noOtherTokenIsMade(String query) throws Exception {
        assertEquals(400, ask(node, "POST", "/examples/token" + query).statusCode());
    }

    @Test
    void aTokenOfAnExampleOpensNothingElse() throws Exception {
        String token = token(ask(node, "POST", "/examples/token?hub=example_chat&user=alice"));
        assertEquals(401, connect(node, "chat", token, null));
        assertEquals(401, connect(node, "example_quotes", token, null));
        HttpRequest send = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + node.port() + "/api/hubs/example_chat/:send"))
                .header("Authorization", "Bearer " + token)
                .POST(HttpRequest.BodyPublishers.ofString("x"))
                .build();
        assertEquals(401, http.send(send, HttpResponse.BodyHandlers.ofString()).statusCode());
    }

    @Test
    void onlyPagesOfTheNodeConnectToTheHubsOfTheExamples() throws Exception {
        String token = token(ask(node, "POST", "/examples/token?hub=example_chat&user=alice"));
        assertEquals(101, connect(node, "example_chat", token, "http://localhost"));
        assertEquals(101, connect(node, "Example_Chat", token, "https://localhost"));
        assertEquals(403, connect(node, "example_chat", token, "http://localhost:81"));
        assertEquals(403, connect(node, "example_chat", token, "http://elsewhere.test"));
        assertEquals(403, connect(node, "example_chat", token, "null"));
    }

    /** The status of an upgrade with {@code Host: localhost}. */
    private static int connect(TestNode node, String hub, String token, @Nullable String origin) throws Exception {
        try (RawWebSocketClient client = RawWebSocketClient.connect(node.port(), null)) {
            String target = "/client/hubs/" + hub + "?access_token=" + token;
            String[] headers = origin == null ? new String[0] : new String[] {"Origin: " + origin};
            client.send(RawWebSocketClient.upgradeRequest(target, headers));
            return Integer.parseInt(client.readHead().split(" ", 3)[1]);
        }
    }

    private HttpResponse<String> ask(TestNode asked, String method, String path) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + asked.port() + path))
                .method(method, HttpRequest.BodyPublishers.noBody())
                .build();
        return http.send(request, HttpResponse.BodyHandlers.ofString());
    }

    private static String header(HttpResponse<String> response, String name) {
        return response.headers().firstValue(name).orElse("");
    }

    private static String token(HttpResponse<String> response) {
        assertEquals(200, response.statusCode(), response.body());
        return new JsonObject(response.body()).getString("token");
    }

    private static JsonObject claims(String token) {
        return new JsonObject(new String(Base64.getUrlDecoder().decode(token.split("\\.")[1]), StandardCharsets.UTF_8));
    }
}
