package dev.fanfare.api;

import static dev.fanfare.api.ApiFixture.outcome;
import static io.vertx.core.http.HttpMethod.GET;
import static io.vertx.core.http.HttpMethod.POST;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.config.Config;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The API over real HTTP: large, slow, old and malformed requests. */
class ApiTransportTest {

    private static final int LIMIT = 1000;
    private static final String SEND = "/api/hubs/chat/:send";
    private static final String HEAD =
            " HTTP/1.1\r\nHost: h.test:81\r\nAuthorization: Bearer " + ApiFixture.TOKEN + "\r\n";
    private static final String HEALTH = "HEAD /api/health HTTP/1.1\r\nHost: h\r\n\r\n";

    private final ApiFixture api = new ApiFixture(ApiTransportTest::smallAndHasty);

    private static Config smallAndHasty(Config config) {
        return config.with("server.handshakeTimeoutSeconds", 1).with("limits.restBodyBytes", LIMIT);
    }

    @AfterEach
    void close() {
        api.close();
    }

    @Test
    void aTokenIsNoLongerWantedOnceItsCallerHasHungUp() throws Exception {
        BooleanSupplier wanted;
        try (RawHttp caller = new RawHttp(api.port())) {
            caller.write("POST " + SEND + " HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer waiting\r\n\r\n");
            wanted = ApiFixture.await(api.waiting.future());
            assertTrue(wanted.getAsBoolean());
        }
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (wanted.getAsBoolean() && System.nanoTime() < deadline) {
            Thread.onSpinWait();
        }
        assertFalse(wanted.getAsBoolean());
    }

    @Test
    void aBodyOfTheLimitIsTakenAndOneByteMoreRefused() {
        assertEquals("202", outcome(api.post(SEND, "text/plain", Buffer.buffer("x".repeat(LIMIT)))));
        assertEquals(
                "413 Error.PayloadTooLarge body",
                outcome(api.post(SEND, "text/plain", Buffer.buffer("x".repeat(LIMIT + 1)))));
        assertEquals(1, api.broker.publications.size());
        assertTrue(api.counted.contains("limitReached[REST_BODY_BYTES]"));
    }

    @Test
    void aDeclaredHugeBodyIsRefusedBeforeItIsSent() throws IOException {
        try (RawHttp raw = new RawHttp(api.port())) {
            raw.write("POST " + SEND + HEAD + "Expect: 100-continue\r\nContent-Length: 10000000000\r\n\r\n");
            assertTrue(raw.read().startsWith("HTTP/1.1 413 "));
            raw.writeUntilClosed("x".repeat(10_000));
        }
    }

    @Test
    void aBodyForWhichTheNodeHasNoMemoryIsRefused() throws IOException {
        while (api.inboundMemory.reserve(LIMIT)) {
            // until there is no room
        }
        try (RawHttp raw = new RawHttp(api.port())) {
            raw.write("POST " + SEND + HEAD + "Content-Length: 1000\r\n\r\n" + "x".repeat(1000));
            String refused = raw.read();
            assertTrue(refused.startsWith("HTTP/1.1 429 "), refused);
            api.inboundMemory.release(LIMIT);
            raw.write("POST " + SEND + HEAD + "Content-Length: 1000\r\n\r\n" + "x".repeat(1000));
            String accepted = raw.read();
            assertTrue(accepted.startsWith("HTTP/1.1 202 "), accepted);
        }
    }

    @Test
    void anEndlessChunkedBodyIsRefusedAndCutOff() throws IOException {
        try (RawHttp raw = new RawHttp(api.port())) {
            raw.write("POST " + SEND + HEAD + "Transfer-Encoding: chunked\r\n\r\n");
            raw.write("3e8\r\n" + "x".repeat(LIMIT) + "\r\n1\r\nx\r\n");
            assertTrue(raw.read().startsWith("HTTP/1.1 413 "));
            raw.writeUntilClosed("1000\r\n" + "x".repeat(4096) + "\r\n");
        }
        assertEquals(List.of(), api.broker.publications);
    }

    @Test
    void aConnectionOutlivesARefusedBodyThatEnds() throws IOException {
        try (RawHttp raw = new RawHttp(api.port())) {
            raw.write("POST " + SEND + HEAD + "Content-Length: 1001\r\n\r\n");
            assertTrue(raw.read().startsWith("HTTP/1.1 413 "));
            raw.write("x".repeat(1001) + HEALTH);
            assertTrue(raw.read().startsWith("HTTP/1.1 200 "));
        }
    }

    @Test
    void aConnectionOutlivesARefusedToken() throws IOException {
        try (RawHttp raw = new RawHttp(api.port())) {
            raw.write("POST " + SEND + " HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\n");
            assertTrue(raw.read().startsWith("HTTP/1.1 401 "));
            raw.write("body" + HEALTH);
            assertTrue(raw.read().startsWith("HTTP/1.1 200 "));
        }
    }

    @Test
    void aBrokenBodyIsNotReadBeforeItsTokenIsVerified() throws IOException {
        try (RawHttp raw = new RawHttp(api.port())) {
            raw.write("POST " + SEND + HEAD.replace(ApiFixture.TOKEN, "throttled")
                    + "Transfer-Encoding: chunked\r\n\r\nzz\r\n");
            String response = raw.read();
            assertTrue(response.startsWith("HTTP/1.1 429 "), response);
            raw.awaitClosed();
        }
        assertEquals(List.of(), api.thrown);
    }

    @Test
    void chunkedBodiesAreTaken() throws IOException {
        try (RawHttp raw = new RawHttp(api.port())) {
            raw.write("POST " + SEND + HEAD + "Content-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n");
            raw.write("3\r\nabc\r\n").write("2\r\nde\r\n0\r\n\r\n");
            assertTrue(raw.read().startsWith("HTTP/1.1 202 "));
        }
        assertEquals(5, api.broker.publications.get(0).message().payload().bytes().length);
    }

    @Test
    void aCallerIsToldToContinue() throws IOException {
        try (RawHttp raw = new RawHttp(api.port())) {
            raw.write("POST " + SEND + HEAD + "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n");
            assertTrue(raw.read().startsWith("HTTP/1.1 100 "));
            assertTrue(raw.write("ab").read().startsWith("HTTP/1.1 202 "));
        }
    }

    @Test
    void anExpectationThatIsNotKnownIsRefused() throws IOException {
        try (RawHttp raw = new RawHttp(api.port())) {
            raw.write("POST " + SEND + HEAD + "Expect: foo\r\nContent-Length: 2\r\n\r\nab");
            String response = raw.read();
            assertTrue(response.startsWith("HTTP/1.1 417 "), response);
            assertTrue(response.contains("only 100-continue"), response);
        }
    }

    @Test
    void aBodyThatDoesNotArriveTimesOut() throws IOException {
        try (RawHttp raw = new RawHttp(api.port())) {
            raw.write("POST " + SEND + HEAD + "Content-Length: 10\r\n\r\nabc");
            String response = raw.read();
            assertTrue(response.startsWith("HTTP/1.1 408 "), response);
            assertTrue(response.contains("Error.RequestTimeout"));
            raw.awaitClosed();
        }
        assertEquals(List.of(), api.broker.publications);
        assertTrue(api.counted.contains("limitReached[HANDSHAKE_TIME]"));
    }

    @Test
    void bodiesNobodyAskedForAreIgnored() throws IOException {
        try (RawHttp raw = new RawHttp(api.port())) {
            raw.write("DELETE /api/hubs/chat/connections/c" + HEAD + "Content-Length: 3\r\n\r\nabc" + HEALTH);
            assertTrue(raw.read().startsWith("HTTP/1.1 204 "));
            assertTrue(raw.read().startsWith("HTTP/1.1 200 "));
        }
    }

    @Test
    void pipelinedCallsAreAnsweredInOrder() throws IOException {
        try (RawHttp raw = new RawHttp(api.port())) {
            String send = "POST /api/hubs/chat/groups/g/:send" + HEAD + "Content-Length: 1\r\n\r\n";
            raw.write(send + "1" + send + "2" + HEALTH + send + "3");
            for (String status : List.of("202", "202", "200", "202")) {
                assertTrue(raw.read().startsWith("HTTP/1.1 " + status));
            }
        }
        assertEquals(
                List.of((byte) '1', (byte) '2', (byte) '3'),
                api.broker.publications.stream()
                        .map(sent -> sent.message().payload().bytes()[0])
                        .toList());
    }

    @Test
    void http10IsServed() throws IOException {
        try (RawHttp raw = new RawHttp(api.port())) {
            raw.write("POST " + SEND + HEAD.replace("1.1", "1.0") + "Content-Length: 1\r\n\r\nx");
            assertTrue(raw.read().startsWith("HTTP/1.0 202 "));
        }
        try (RawHttp raw = new RawHttp(api.port())) {
            raw.write("HEAD /api/health HTTP/1.0\r\n\r\n");
            assertTrue(raw.read().startsWith("HTTP/1.0 200 "));
        }
    }

    @Test
    void withoutAHostThereIsNoUrlToMake() throws IOException {
        try (RawHttp raw = new RawHttp(api.port())) {
            raw.write("POST /api/hubs/chat/:generateToken HTTP/1.0\r\nAuthorization: Bearer " + ApiFixture.TOKEN
                    + "\r\n\r\n");
            assertTrue(raw.read().startsWith("HTTP/1.0 400 "));
        }
        try (RawHttp raw = new RawHttp(api.port())) {
            raw.write("GET /api/openapi.yaml HTTP/1.1\r\n\r\n");
            String response = raw.read();
            assertTrue(response.startsWith("HTTP/1.1 400 ") && response.contains("Error.BadRequest"), response);
        }
    }

    @Test
    void theHostOfTheRequestIsTheEndpoint() throws IOException {
        try (RawHttp raw = new RawHttp(api.port())) {
            raw.write("POST /api/hubs/chat/:generateToken" + HEAD + "\r\n");
            assertTrue(raw.read().startsWith("HTTP/1.1 200 "));
        }
        assertEquals(List.of("http://h.test:81 chat null [] [] PT1H"), api.minted);
    }

    @Test
    void absoluteRequestTargetsAreUnderstood() throws IOException {
        try (RawHttp raw = new RawHttp(api.port())) {
            raw.write("POST http://other.test" + SEND + "?api-version=2024-12-01" + HEAD + "\r\n");
            assertTrue(raw.read().startsWith("HTTP/1.1 202 "));
        }
        assertEquals(List.of(SEND + "?api-version=2024-12-01"), api.authenticated);
    }

    @Test
    void unescapedBytesInAPathAreRefused() throws IOException {
        try (RawHttp raw = new RawHttp(api.port())) {
            raw.write("POST /api/hubs/chat/groups/\u00fc/:send" + HEAD + "\r\n");
            assertTrue(raw.read().startsWith("HTTP/1.1 400 "));
        }
        assertEquals(List.of(), api.broker.publications);
    }

    @Test
    void aCallerThatLeavesHarmsNobody() throws IOException {
        try (RawHttp raw = new RawHttp(api.port())) {
            raw.write("POST " + SEND + HEAD + "Content-Length: 10\r\n\r\nabc");
        }
        assertEquals("202", outcome(api.post(SEND, null, Buffer.buffer("x"))));
        assertFalse(api.counted.contains("bug[]"));
    }

    @Test
    void configuredEndpointsComeBeforeTheHost() {
        try (ApiFixture behindProxy = new ApiFixture(ApiTransportTest::behindProxy)) {
            behindProxy.call(POST, "/api/hubs/chat/:generateToken");
            assertEquals(List.of("https://a.example chat null [] [] PT1H"), behindProxy.minted);
            behindProxy.broker.connect("chat", "c1", null, "g");
            behindProxy.broker.connect("chat", "c2", null, "g");
            assertEquals(
                    "https://a.example/api/hubs/chat/groups/g/connections?maxpagesize=1&continuationToken=XtcqoWMx",
                    behindProxy
                            .call(GET, "/api/hubs/chat/groups/g/connections?maxpagesize=1")
                            .bodyAsJsonObject()
                            .getString("nextLink"));
        }
    }

    private static Config behindProxy(Config config) {
        return config.with("server.publicEndpoints", List.of("https://a.example/", "https://b.example"));
    }
}
