package dev.fanfare.hardening;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.testkit.RawFrame;
import dev.fanfare.testkit.RawWebSocketClient;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tokens that must be refused, however they are sent. */
@Tag("attack")
class TokenHardeningTest {

    private static final String HUB = HardenedNode.HUB;
    private static final String API = "/api/hubs/attacked/groups/g/:send";
    private static final String ISSUER = "https://id.example/";
    private static final int MAX_TOKEN_BYTES = 2048;

    private static KeyPair pair;
    private static HardenedNode node;

    @BeforeAll
    static void start() throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp521r1"));
        pair = generator.generateKeyPair();
        JsonObject issuer = new JsonObject()
                .put("issuer", ISSUER)
                .put("audience", List.of("fanfare"))
                .put(
                        "keys",
                        List.of(new JsonObject()
                                .put("id", "k")
                                .put("algorithm", "ES512")
                                .put("pem", pem())));
        node = HardenedNode.start(
                "AUTH_MAX_TOKEN_BYTES=" + MAX_TOKEN_BYTES,
                "LIMITS_CONNECTIONS=6",
                "AUTH_ISSUERS=[" + issuer.encode() + "]");
    }

    private static String pem() {
        return "-----BEGIN PUBLIC KEY-----\n"
                + Base64.getMimeEncoder().encodeToString(pair.getPublic().getEncoded())
                + "\n-----END PUBLIC KEY-----\n";
    }

    @AfterEach
    void nobodyElseIsConcerned() {
        node.awaitCalm();
        node.bystander().assertUndisturbed();
    }

    @AfterAll
    static void stop() throws Exception {
        node.close();
    }

    static Stream<Arguments> refused() {
        return refused(Jwt.client(HUB));
    }

    static Stream<Arguments> refusedOnTheApi() {
        // Tokens of an issuer without an apiRole get no further than its absence.
        return refused(Jwt.server(API))
                .filter(one -> !String.valueOf(one.get()[0]).contains("issuer"));
    }

    private static Stream<Arguments> refused(JsonObject claims) {
        String good = Jwt.of(claims);
        String[] parts = good.split("\\.");
        long now = Instant.now().getEpochSecond();
        JsonObject ofIssuer = claims.copy().put("iss", ISSUER).put("aud", "fanfare");
        return Stream.of(
                Arguments.of("unsigned", Jwt.content(header("none"), claims.copy()) + ".", "malformed"),
                Arguments.of(
                        "unsigned in disguise",
                        Jwt.content(header("nOnE"), claims.copy()) + "." + parts[2],
                        "malformed"),
                Arguments.of(
                        "signed with an empty text", Jwt.content(header("HS256"), claims.copy()) + ".", "malformed"),
                Arguments.of("two segments", parts[0] + "." + parts[1], "malformed"),
                Arguments.of("four segments", good + "." + parts[2], "malformed"),
                Arguments.of("garbage", "garbage", "malformed"),
                Arguments.of("dots", "..", "malformed"),
                Arguments.of("not base64url", parts[0] + "." + parts[1] + "*." + parts[2], "malformed"),
                Arguments.of("not JSON", Jwt.base64("hello") + "." + parts[1] + "." + parts[2], "malformed"),
                Arguments.of("JSON of the wrong kind", parts[0] + "." + Jwt.base64("[]") + "." + parts[2], "malformed"),
                Arguments.of(
                        "deeply nested", parts[0] + "." + Jwt.base64("[".repeat(900)) + "." + parts[2], "malformed"),
                Arguments.of(
                        "a name twice",
                        parts[0] + "." + Jwt.base64("{\"exp\":1,\"exp\":9e9}") + "." + parts[2],
                        "malformed"),
                Arguments.of("no end", Jwt.of(without(claims, "exp")), "malformed"),
                Arguments.of("an end that is a text", Jwt.of(claims.copy().put("exp", "9999999999")), "malformed"),
                Arguments.of("an end beyond all numbers", Jwt.of(claims.copy().put("exp", 1e300)), "malformed"),
                Arguments.of(
                        "roles of the wrong kind", Jwt.of(claims.copy().put("role", new JsonObject())), "malformed"),
                Arguments.of(
                        "critical extensions",
                        Jwt.content(header("HS256").put("crit", List.of("x")), claims.copy()) + ".AA",
                        "malformed"),
                Arguments.of(
                        "wrong key",
                        Jwt.signed("HS256", "another-key-0123456789-abcdefghij", claims.copy()),
                        "bad_signature"),
                Arguments.of(
                        "changed claims",
                        parts[0] + "."
                                + Jwt.base64(claims.copy().put("sub", "root").encode()) + "." + parts[2],
                        "bad_signature"),
                Arguments.of("half a signature", good.substring(0, good.length() - 19), "bad_signature"),
                Arguments.of("HS512 with our key", Jwt.signedHs512(HardenedNode.KEY, claims.copy()), "wrong_issuer"),
                Arguments.of(
                        "an unknown algorithm", Jwt.signed("XX256", HardenedNode.KEY, claims.copy()), "wrong_issuer"),
                Arguments.of(
                        "RS256 with our key", Jwt.signed("RS256", HardenedNode.KEY, claims.copy()), "wrong_issuer"),
                Arguments.of("an issuer's public key as a secret", Jwt.signed("HS256", pem(), ofIssuer), "unknown_key"),
                Arguments.of(
                        "our key as an issuer's", Jwt.signed("ES512", HardenedNode.KEY, ofIssuer), "bad_signature"),
                Arguments.of("another hub", Jwt.of(Jwt.client("other")), "wrong_audience"),
                Arguments.of(
                        "another path",
                        Jwt.of(claims.copy().put("aud", "http://localhost/client/hubs/attacked/x")),
                        "wrong_audience"),
                Arguments.of(
                        "the REST API",
                        Jwt.of(claims.copy().put("aud", "http://localhost/api/hubs/attacked/users/u/:send")),
                        "wrong_audience"),
                Arguments.of("no audience", Jwt.of(without(claims, "aud")), "wrong_audience"),
                Arguments.of("expired", Jwt.of(claims.copy().put("exp", now - 3600)), "expired"),
                Arguments.of("not yet valid", Jwt.of(claims.copy().put("nbf", now + 3600)), "not_yet_valid"),
                Arguments.of("oversized", Jwt.of(claims.copy().put("x", "x".repeat(MAX_TOKEN_BYTES))), "oversized"));
    }

    private static JsonObject header(String algorithm) {
        return new JsonObject().put("alg", algorithm);
    }

    private static JsonObject claims() {
        return Jwt.client(HUB);
    }

    private static JsonObject without(JsonObject claims, String claim) {
        JsonObject fewer = claims.copy();
        fewer.remove(claim);
        return fewer;
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("refused")
    void aTokenIsRefusedInTheQueryTheHeaderAndTheSubprotocol(String name, String token, String reason)
            throws Exception {
        HardenedNode.Counter refused = node.tokensRefused(reason);
        HardenedNode.Counter unauthorized = node.handshakes("unauthorized");
        List<String> requests = new ArrayList<>();
        requests.add(RawWebSocketClient.upgradeRequest("/client/hubs/attacked?access_token=" + token));
        requests.add(RawWebSocketClient.upgradeRequest("/client/hubs/attacked", "Authorization: Bearer " + token));
        requests.add(RawWebSocketClient.upgradeRequest(
                "/client/hubs/attacked", "Sec-WebSocket-Protocol: " + HardenedNode.JSON + ", access_token." + token));
        for (String request : requests) {
            if (request.contains("*") && request.contains("access_token.")) {
                continue; // no longer a subprotocol
            }
            String answer = node.exchange(request);
            assertTrue(answer.startsWith("HTTP/1.1 401 "), answer);
            assertTrue(
                    answer.contains("www-authenticate: Bearer") || answer.contains("WWW-Authenticate: Bearer"), answer);
            assertNothingOf(token, answer);
        }
        refused.awaitMoved(2);
        unauthorized.awaitMoved(2);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("refusedOnTheApi")
    void aTokenIsRefusedOnTheApi(String name, String token, String reason) throws Exception {
        HardenedNode.Counter refused = node.counter("fanfare_tokens_refused_total{reason=\"" + reason + "\"}");
        String answer = node.exchange("POST " + API + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\n"
                + "Content-Length: 2\r\nAuthorization: Bearer " + token + "\r\n\r\nhi");

        assertTrue(answer.startsWith("HTTP/1.1 401 "), answer);
        assertTrue(answer.contains("\"code\":\"Error.Unauthorized\""), answer);
        assertNothingOf(token, answer);
        refused.awaitMoved(1);
    }

    @Test
    void anOversizedTokenIsALimit() throws Exception {
        HardenedNode.Counter limit = node.limit("token_bytes");
        String token = "x".repeat(MAX_TOKEN_BYTES + 100); // the API also allows for the URL that a token names

        node.exchange(RawWebSocketClient.upgradeRequest("/client/hubs/attacked?access_token=" + token));
        node.exchange("POST " + API + " HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + token + "\r\n\r\n");

        limit.awaitMoved(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"Basic YTpi", "Bearer", "Bearer  ", "Token x", "bearer\tx"})
    void anotherAuthorizationIsNone(String header) throws Exception {
        String answer =
                node.exchange(RawWebSocketClient.upgradeRequest("/client/hubs/attacked", "Authorization: " + header));

        assertTrue(answer.startsWith("HTTP/1.1 401 "), answer);
    }

    @Test
    void theTokenIsNeverAmongTheAnswersSubprotocols() throws Exception {
        String token = Jwt.of(claims());
        String answer = node.exchange(RawWebSocketClient.upgradeRequest(
                "/client/hubs/attacked", "Sec-WebSocket-Protocol: access_token." + token + ", " + HardenedNode.JSON));

        assertTrue(answer.startsWith("HTTP/1.1 101 "), answer);
        assertTrue(answer.contains("Sec-WebSocket-Protocol: " + HardenedNode.JSON + "\r\n"), answer);
        assertNothingOf(token, answer);
    }

    @Test
    void namesInATokenAreChecked() throws Exception {
        for (JsonObject claims : List.of(
                claims().put("webpubsub.group", " "),
                claims().put("webpubsub.group", List.of("g", "x".repeat(1025))),
                claims().put("sub", "a\u0000b"),
                claims().put("sub", "x".repeat(1025)))) {
            String answer = node.exchange(
                    RawWebSocketClient.upgradeRequest("/client/hubs/attacked?access_token=" + Jwt.of(claims)));
            assertTrue(answer.startsWith("HTTP/1.1 400 "), answer);
        }
    }

    /** An expensive signature is verified off the event loop; the client may disconnect meanwhile. */
    @Test
    void aClientThatLeavesWhileItsTokenIsVerifiedTakesNoPlace() throws Exception {
        HardenedNode.Counter seen = node.handshakes("accepted");
        HardenedNode.Counter abandoned = node.handshakes("abandoned");
        HardenedNode.Counter notVerified = node.tokensRefused("abandoned");
        List<String> tokens = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            tokens.add(es512(i));
        }
        List<RawWebSocketClient> leaving = new ArrayList<>();
        for (String token : tokens) {
            RawWebSocketClient client = RawWebSocketClient.connect(node.port(), null);
            client.send(RawWebSocketClient.upgradeRequest("/client/hubs/attacked?access_token=" + token));
            leaving.add(client);
        }
        for (RawWebSocketClient client : leaving) {
            client.reset();
        }
        node.awaitCalm();
        List<RawWebSocketClient> clients = new ArrayList<>();
        for (int i = Bystander.CONNECTIONS; i < 6; i++) {
            clients.add(node.open(HardenedNode.JSON));
        }
        seen.awaitMoved(4);
        abandoned.awaitMoved(1);
        notVerified.awaitMoved(1);
        for (RawWebSocketClient client : clients) {
            client.send(RawFrame.text("{\"type\":\"ping\"}"));
            assertEquals("{\"type\":\"pong\"}", client.readText());
            client.reset();
        }
    }

    private static String es512(int id) throws Exception {
        JsonObject claims = claims().put("iss", ISSUER).put("aud", "fanfare").put("jti", id);
        String content = Jwt.content(header("ES512").put("kid", "k"), claims);
        Signature signature = Signature.getInstance("SHA512withECDSAinP1363Format");
        signature.initSign(pair.getPrivate());
        signature.update(content.getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        return content + "." + Base64.getUrlEncoder().withoutPadding().encodeToString(signature.sign());
    }

    private static void assertNothingOf(String token, String answer) throws IOException {
        for (String part : token.split("\\.")) {
            assertFalse(part.length() > 16 && answer.contains(part.substring(0, 16)), answer);
        }
        assertFalse(token.length() > 16 && node.metrics().contains(token.substring(0, 16)), "in the metrics");
    }
}
