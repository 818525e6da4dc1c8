package dev.fanfare.hardening;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.testkit.RawWebSocketClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** REST requests that are invalid or never complete, and hostile peers on the management port. */
@Tag("attack")
class RestHardeningTest {

    private static final String SEND = "/api/hubs/attacked/:send";

    private static HardenedNode node;

    @BeforeAll
    static void start() throws Exception {
        node = HardenedNode.start(
                "SERVER_HANDSHAKE_TIMEOUT_SECONDS=1",
                "LIMITS_REST_BODY_BYTES=2048",
                "LIMITS_GROUP_NAME_LENGTH=10",
                "LIMITS_MESSAGE_BYTES=2048",
                "LIMITS_FRAME_BYTES=2048");
    }

    @AfterEach
    void nobodyElseIsConcerned() {
        node.bystander().assertUndisturbed();
    }

    @AfterAll
    static void stop() throws Exception {
        node.close();
    }

    private static String request(String method, String pathAndQuery, String type, String body) {
        String path = pathAndQuery.replaceAll("\\?.*", "");
        return method + " " + pathAndQuery + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
                + Jwt.of(Jwt.server(path)) + "\r\nContent-Type: " + type + "\r\nContent-Length: "
                + body.getBytes(StandardCharsets.UTF_8).length + "\r\n\r\n" + body;
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "POST   | /api/hubs/attacked/:send                        | text/html        | x    | 415",
                "POST   | /api/hubs/attacked/:send                        | application/json | {    | 400",
                "POST   | /api/hubs/attacked/:send                        | application/json | [1,] | 400",
                "POST   | /api/hubs/attacked/:send?filter=userId+eq       | text/plain       | x    | 400",
                "POST   | /api/hubs/attacked/:send?filter=%27             | text/plain       | x    | 400",
                "POST   | /api/hubs/attacked/:send?filter=%zz             | text/plain       | x    | 400",
                "POST   | /api/hubs/attacked/:send?api-version=now        | text/plain       | x    | 400",
                "POST   | /api/hubs/attacked/:send?messageTtlSeconds=-1   | text/plain       | x    | 400",
                "POST   | /api/hubs/attacked/:send?messageTtlSeconds=1e9  | text/plain       | x    | 400",
                "POST   | /api/hubs/9/:send                               | text/plain       | x    | 400",
                "POST   | /api/hubs/attacked/groups/elevenchars/:send     | text/plain       | x    | 400",
                "POST   | /api/hubs/attacked/:addToGroups                 | application/json | {\"groups\":1} | 400",
                "POST   | /api/hubs/attacked/:addToGroups                 | application/json | [[[[[[[[ | 400",
                "POST   | /api/hubs/attacked/:nothing                     | text/plain       | x    | 404",
                "GET    | /api/hubs/attacked/:send                        | text/plain       | x    | 405",
                "GET    | /api/hubs/attacked/groups/g/connections?top=x   | text/plain       | x    | 400",
                "PUT    | /api/hubs/attacked/permissions/fly/connections/x | text/plain      | x    | 400",
                "DELETE | /api/hubs/attacked/connections/%00%ff           | text/plain       | x    | 400"
            })
    void aWrongRequestIsToldWhatIsWrong(String method, String path, String type, String body, int status)
            throws IOException {
        String answer = node.exchange(request(method, path, type, body));

        assertTrue(answer.startsWith("HTTP/1.1 " + status + " "), answer);
        assertTrue(answer.contains("{\"code\":\"Error."), answer);
        assertFalse(answer.contains("eyJ") || answer.contains("Exception") || answer.contains("dev.fanfare"), answer);
    }

    @Test
    void aBodyOverTheLimitIsRefused() throws Exception {
        HardenedNode.Counter limit = node.limit("rest_body_bytes");
        assertTrue(node.exchange(request("POST", SEND, "text/plain", "x".repeat(2048)))
                .startsWith("HTTP/1.1 202 "));

        String answer = node.exchange(request("POST", SEND, "text/plain", "x".repeat(2049)));
        assertTrue(answer.startsWith("HTTP/1.1 413 "), answer);
        String announced = node.exchange(
                request("POST", SEND, "text/plain", "").replace("Content-Length: 0", "Content-Length: 99999999999"));
        assertTrue(announced.startsWith("HTTP/1.1 413 "), announced);
        String chunked = node.exchange(
                request("POST", SEND, "text/plain", "").replace("Content-Length: 0", "Transfer-Encoding: chunked")
                        + "800\r\n" + "x".repeat(2048) + "\r\n800\r\n" + "x".repeat(2048) + "\r\n");
        assertTrue(chunked.startsWith("HTTP/1.1 413 "), chunked);
        limit.awaitMoved(3);
    }

    @Test
    void aBodyThatDoesNotComeIsGivenUp() throws Exception {
        HardenedNode.Counter limit = node.limit("handshake_time");
        String answer = node.exchange(
                request("POST", SEND, "text/plain", "x").replace("Content-Length: 1", "Content-Length: 2"));

        assertTrue(answer.startsWith("HTTP/1.1 408 "), answer);
        assertTrue(answer.contains("Error.RequestTimeout"), answer);
        limit.awaitMoved(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"-1", "5x", "0x10", "1, 2"})
    void aLengthThatIsNoneIsRefused(String length) throws Exception {
        String answer = node.exchange(
                request("POST", SEND, "text/plain", "x").replace("Content-Length: 1", "Content-Length: " + length));

        assertTrue(answer.startsWith("HTTP/1.1 400 "), answer);
    }

    @Test
    void chunksThatAreNoneAreRefused() throws Exception {
        String answer = node.exchange(
                request("POST", SEND, "text/plain", "").replace("Content-Length: 0", "Transfer-Encoding: chunked")
                        + "zz\r\nx\r\n");

        assertTrue(answer.startsWith("HTTP/1.1 400 "), answer);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "GET /metrics/../../etc/passwd HTTP/1.1~Host: a~~       | 404",
                "GET /%zz HTTP/1.1~Host: a~~                            | 400",
                "GET /metrics?%zz=%zz HTTP/1.1~Host: a~~                | 200",
                "POST /metrics HTTP/1.1~Host: a~Content-Length: 0~~     | 405",
                "PUT /livez HTTP/1.1~Host: a~Content-Length: 0~~        | 405",
                "GARBAGE~~                                              | 400",
                "GET / HTTP/1.1~Host a~~                                | 400"
            })
    void theManagementPortAnswersGarbageInOrder(String request, int status) throws Exception {
        String answer = HardenedNode.exchange(node.managementPort(), request.replace("~", "\r\n"));

        assertTrue(answer.startsWith("HTTP/1.1 " + status + " ") || answer.startsWith("HTTP/1.0 " + status), answer);
        assertFalse(answer.contains("Exception"), answer);
    }

    @Test
    void theManagementPortHasLimitsOfItsOwn() throws Exception {
        String line = HardenedNode.exchange(node.managementPort(), "GET /" + "x".repeat(5000) + " HTTP/1.1\r\n\r\n");
        assertTrue(line.contains(" 414 "), line);
        String header = HardenedNode.exchange(
                node.managementPort(), "GET / HTTP/1.1\r\nHost: a\r\nX: " + "x".repeat(20_000) + "\r\n\r\n");
        assertTrue(header.contains(" 431 "), header);
    }

    @Test
    void silentPeersOfTheManagementPortKeepNobodyOut() throws Exception {
        List<Socket> silent = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            Socket socket = new Socket();
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), node.managementPort()), 5000);
            silent.add(socket);
        }
        assertEquals(200, node.get("/readyz").statusCode());
        assertEquals(200, node.get("/metrics").statusCode());
        for (Socket socket : silent) {
            socket.close();
        }
    }

    @Test
    void clientsAreNotServedOnTheManagementPort() throws Exception {
        String answer = HardenedNode.exchange(
                node.managementPort(), RawWebSocketClient.upgradeRequest(HardenedNode.target(HardenedNode.HUB)));
        assertTrue(answer.startsWith("HTTP/1.1 404 "), answer);
    }
}
