package dev.fanfare.alert;

import static dev.fanfare.alert.MailSettingsOf.SOURCE;
import static dev.fanfare.alert.MailSettingsOf.notice;
import static dev.fanfare.alert.MailSettingsOf.send;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.config.Config.AlertWebhook;
import dev.fanfare.testkit.TestCertificate;
import dev.fanfare.testkit.TestHandler;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import java.net.ServerSocket;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WebhookChannelTest {

    private static final String SECRET_PATH = "/hook/of-secret-path-4711?code=secret-query-4711";

    private static Vertx vertx;

    @BeforeAll
    static void start() {
        vertx = Vertx.vertx();
    }

    @AfterAll
    static void stop() {
        vertx.close().await();
    }

    private static WebhookChannel channel(String url, String authorization, String trustFile, long timeout) {
        return new WebhookChannel(vertx, new AlertWebhook(url, null, "", trustFile), authorization, SOURCE, timeout);
    }

    private static String failure(String url, long timeout) {
        Exception failure =
                assertThrows(Exception.class, () -> send(channel(url, "Bearer secret-4711", "", timeout), notice("x")));
        String message = String.valueOf(failure.getMessage());
        assertFalse(message.contains("4711"), message);
        return message;
    }

    private static String plain(TestHandler handler) {
        return "http://127.0.0.1:" + handler.port() + SECRET_PATH;
    }

    @Test
    void aNoticeIsACloudEvent() throws Exception {
        try (TestHandler handler = TestHandler.start()) {
            assertEquals(
                    List.of(), send(channel(plain(handler), "Bearer abc", "", 10_000), notice("hub chat", "a\"b")));

            TestHandler.Told told = handler.next("null");
            assertEquals(SECRET_PATH, told.uri());
            assertEquals("Bearer abc", told.header("authorization"));
            assertEquals("application/cloudevents+json; charset=utf-8", told.header("content-type"));
            JsonObject event = told.json();
            assertEquals(new JsonObject("""
                    {"specversion": "1.0", "type": "fanfare.alert", "source": "/nodes/node1",
                     "id": "1b4e28ba-2fa1-41d2-883f-0016d3cca427",
                     "time": "2026-01-02T03:05:00Z", "datacontenttype": "application/json",
                     "data": {"cause": "handler-unavailable",
                              "title": "an event handler fails and gets no events for a while",
                              "nodeId": "node1", "cluster": "east", "count": 3,
                              "first": "2026-01-02T03:04:05Z", "last": "2026-01-02T03:05:00Z",
                              "examples": ["hub chat", "a\\"b"]}}
                    """), event);
            await().until(() -> handler.open() == 0);
        }
    }

    @Test
    void overTlsTheServerMustBeTrusted() throws Exception {
        TestCertificate certificate = TestCertificate.get();
        HttpServerOptions tls = new HttpServerOptions().setSsl(true).setKeyCertOptions(certificate.serverOptions());
        try (TestHandler handler = TestHandler.start(tls)) {
            String url = "https://localhost:" + handler.port() + SECRET_PATH;
            String trusted = certificate.certificateFile().toString();
            send(channel(url, "", trusted, 10_000), notice("x"));
            assertEquals(null, handler.next("null").header("authorization"));
            failure(url, 10_000);

            // The certificate is for localhost and 127.0.0.1.
            int other = vertx.createHttpServer(tls)
                    .requestHandler(request -> request.response().end())
                    .listen(0, "127.0.0.2")
                    .await()
                    .actualPort();
            String otherName = "https://127.0.0.2:" + other + SECRET_PATH;
            assertThrows(Exception.class, () -> send(channel(otherName, "", trusted, 10_000), notice("x")));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {301, 307, 400, 401, 500, 503})
    void anyOtherStatusIsAFailureAndRedirectsAreNotFollowed(int status) throws Exception {
        try (TestHandler handler = TestHandler.start()) {
            handler.script = (told, response) -> response.setStatusCode(status)
                    .putHeader("Location", "/other")
                    .end("secret-4711");
            assertEquals("the webhook answered " + status, failure(plain(handler), 10_000));
            assertEquals(SECRET_PATH, handler.next("null").uri());
        }
    }

    @Test
    void aServerThatFallsSilentIsLeftInTime() throws Exception {
        try (TestHandler handler = TestHandler.start()) {
            handler.script = (told, response) -> {};
            assertEquals("the webhook does not answer in time", failure(plain(handler), 200));
            await().until(() -> handler.open() == 0);
        }
        try (ServerSocket listener = new ServerSocket(0)) { // accepts, and reads nothing
            failure("http://127.0.0.1:" + listener.getLocalPort() + SECRET_PATH, 200);
        }
    }

    @Test
    void anAnswerWithoutEndIsNotWaitedFor() throws Exception {
        try (TestHandler handler = TestHandler.start()) {
            handler.script = (told, response) -> {
                response.setChunked(true);
                more(response);
            };
            send(channel(plain(handler), "", "", 10_000), notice("x"));
            await().until(() -> handler.open() == 0);
        }
    }

    private static void more(HttpServerResponse response) {
        response.write(Buffer.buffer(new byte[1000])).onSuccess(v -> more(response));
    }

    @Test
    void itsNameHasNeitherPathNorQuery() {
        assertEquals(
                "webhook of https://hooks.example.com:8443",
                channel("https://hooks.example.com:8443" + SECRET_PATH, "", "", 1)
                        .name());
        assertTrue(failure("http://127.0.0.1:1" + SECRET_PATH, 10_000).contains("refused"));
    }
}
