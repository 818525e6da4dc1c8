package dev.fanfare.auth;

import static dev.fanfare.auth.Fixture.ACCESS_KEY;
import static dev.fanfare.auth.Fixture.CLOCK;
import static dev.fanfare.auth.Fixture.ISSUER;
import static dev.fanfare.auth.Fixture.NOW_SECONDS;
import static dev.fanfare.auth.Fixture.auth;
import static dev.fanfare.auth.Fixture.await;
import static dev.fanfare.auth.Fixture.clientClaims;
import static dev.fanfare.auth.Fixture.issuer;
import static dev.fanfare.auth.Fixture.issuerClaims;
import static dev.fanfare.auth.Fixture.jwk;
import static dev.fanfare.auth.Fixture.pem;
import static dev.fanfare.auth.Fixture.refusal;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.auth.AuthenticationException.Reason;
import dev.fanfare.config.Config;
import dev.fanfare.testkit.Endurance;
import dev.fanfare.testkit.TestCertificate;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JwtAuthenticatorTest {

    static final String CLIENT_VECTOR =
            "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJyb2xlIjpbIndlYnB1YnN1Yi5zZW5kVG9Hcm91cC5nMSJdLCJ3ZWJwdWJzdWIuZ3Jv"
                    + "dXAiOlsiZzEiXSwiaWF0IjoxNzAwMDAwMDAwLCJleHAiOjE3MDAwMDM2MDAsImF1ZCI6Imh0dHA6Ly9sb2NhbGhvc3Q6ODA4MC9"
                    + "jbGllbnQvaHVicy9jaGF0Iiwic3ViIjoiYWxpY2UifQ.YwuG6-w9Y07jYvGa0H2tUaYBJROYnnZE2_jz8dyGNsg";
    static final String API_VECTOR =
            "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpYXQiOjE3MDAwMDAwMDAsImV4cCI6MTcwMDAwMzYwMCwiYXVkIjoiaHR0cDovL2xv"
                    + "Y2FsaG9zdDo4MDgwL2FwaS9odWJzL2NoYXQvOnNlbmQ_YXBpLXZlcnNpb249MjAyNC0xMi0wMSJ9.md_kyvmghoXMP7fZ1djIXx"
                    + "MyhU63EnRPdKDq_Rhb6K0";
    private static final String OTHER_KEY = "another-access-key-of-more-than-32-bytes";

    private static Vertx vertx;

    @BeforeAll
    static void start() {
        vertx = Vertx.vertx();
    }

    @AfterAll
    static void stop() {
        await(vertx.close());
    }

    private static JwtAuthenticator authenticator(Config.Auth auth) {
        return new JwtAuthenticator(vertx, auth, List.of(), CLOCK);
    }

    private static JwtAuthenticator authenticator(Config.Issuer issuer) {
        return authenticator(auth(List.of(ACCESS_KEY), issuer));
    }

    private static Future<Principal> client(JwtAuthenticator authenticator, String token) {
        return authenticator.authenticateClient(token, "chat", Fixture.FROM);
    }

    @Test
    void tokensOfServerSdksAreBelieved() {
        JwtAuthenticator authenticator = authenticator(auth(List.of(OTHER_KEY, ACCESS_KEY)));

        Principal client = await(client(authenticator, CLIENT_VECTOR));
        Principal server = await(authenticator.authenticateApi(
                API_VECTOR, "/api/hubs/chat/:send?api-version=2024-12-01", Fixture.FROM, () -> true));

        assertEquals(
                new Principal(
                        "alice",
                        List.of("webpubsub.sendToGroup.g1"),
                        List.of("g1"),
                        Map.of(
                                "role", List.of("webpubsub.sendToGroup.g1"),
                                "webpubsub.group", List.of("g1"),
                                "iat", List.of("1700000000"),
                                "exp", List.of("1700003600"),
                                "aud", List.of("http://localhost:8080/client/hubs/chat"),
                                "sub", List.of("alice")),
                        client.tokenId(),
                        1_700_000_000L,
                        1_700_003_600_000L,
                        Principal.NEVER,
                        TokenSigner.accessKey(1)),
                client);
        assertTrue(client.tokenId().startsWith("sha256-"), client.tokenId());
        assertNull(server.userId());
    }

    @Test
    void tokensOfOneUseAreNoGoodForTheOther() {
        JwtAuthenticator authenticator = authenticator(auth(List.of(ACCESS_KEY)));

        assertEquals(
                Reason.WRONG_AUDIENCE,
                refusal(authenticator.authenticateApi(CLIENT_VECTOR, "/api/hubs/chat/:send", Fixture.FROM, () -> true))
                        .reason());
        assertEquals(
                Reason.WRONG_AUDIENCE,
                refusal(client(authenticator, API_VECTOR)).reason());
    }

    @Test
    void accessKeyTokensMayNameAnyIssuerAndKey() {
        String header = "{\"alg\":\"HS256\",\"kid\":\"whatever\"}";
        JsonObject claims = clientClaims().put("iss", "someone");

        Principal principal = await(client(
                authenticator(
                        issuer(ISSUER, pem(null, "RS256", Signer.shared("RS256").pem()))),
                Signer.hmac("HS256", ACCESS_KEY, header, claims.encode())));

        assertEquals("alice", principal.userId());
    }

    @ParameterizedTest
    @ValueSource(strings = {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"})
    void issuersMaySignWithAnyAlgorithm(String algorithm) {
        Signer signer = Signer.shared(algorithm);
        List<Config.JwtKey> spellings = List.of(
                pem(null, algorithm, signer.pem()),
                pem("k1", algorithm, signer.pem().replace("\n", "\r\n")),
                jwk(signer.jwk("k1")));

        for (Config.JwtKey key : spellings) {
            JwtAuthenticator authenticator = authenticator(issuer(ISSUER, key));
            // The key does not depend on its spelling. Often enough to meet signatures that begin with zeros or a high
            // bit.
            int times = key.equals(spellings.get(0)) ? Endurance.count(10, 1000) : 2;
            for (int i = 0; i < times; i++) {
                String user = "user" + i;
                String token = signer.token("k1", issuerClaims().put("sub", user));
                assertEquals(user, await(client(authenticator, token)).userId());
                assertEquals(
                        Reason.BAD_SIGNATURE,
                        refusal(client(authenticator, tampered(token))).reason());
            }
            assertEquals(
                    "alice",
                    await(client(authenticator, signer.token(issuerClaims()))).userId());
            await(authenticator.close());
        }
    }

    /** The same claims, signed by others. */
    private static String tampered(String token) {
        String[] parts = token.split("\\.");
        return parts[0] + "."
                + Signer.base64Url(issuerClaims().put("sub", "mallory").encode()) + "." + parts[2];
    }

    @ParameterizedTest
    @ValueSource(strings = {"HS256", "HS384", "HS512"})
    void issuersMayShareSecrets(String algorithm) {
        String secret = "0123456789".repeat(7);
        Config.JwtKey asJwk = jwk(new JsonObject()
                .put("kty", "oct")
                .put("k", Signer.base64Url(secret))
                .put("alg", algorithm));

        for (Config.JwtKey key : List.of(asJwk, pem(null, algorithm, secret + "\n"))) {
            JwtAuthenticator authenticator = authenticator(issuer(ISSUER, key));
            assertEquals(
                    "alice",
                    await(client(authenticator, Signer.hmac(algorithm, secret, issuerClaims())))
                            .userId());
            assertEquals(
                    Reason.BAD_SIGNATURE,
                    refusal(client(authenticator, Signer.hmac(algorithm, secret + "x", issuerClaims())))
                            .reason());
        }
    }

    @Test
    void keysMayComeInCertificates() throws Exception {
        String certificate = Files.readString(TestCertificate.get().certificateFile());

        JwtAuthenticator authenticator = authenticator(issuer(ISSUER, pem(null, "ES256", certificate)));

        assertEquals(
                "alice",
                await(client(
                                authenticator,
                                new Signer("ES256", TestCertificate.get().keyPair()).token(issuerClaims())))
                        .userId());
        assertEquals(
                Reason.BAD_SIGNATURE,
                refusal(client(authenticator, Signer.shared("ES256").token(issuerClaims())))
                        .reason());
    }

    @Test
    void theIssuerSaysWhichClaimsMeanWhat() {
        Signer signer = Signer.shared("RS256");
        Config.Issuer plain = issuer(ISSUER, pem(null, "RS256", signer.pem()));
        Config.Issuer issuer = new Config.Issuer(
                ISSUER,
                plain.audience(),
                List.of("Chat"),
                plain.keys(),
                null,
                1,
                1,
                "email",
                "realm_access.roles",
                "https://example.com/groups",
                "admin",
                true,
                30);
        JsonObject claims = issuerClaims()
                .put("email", "alice@example.com")
                .put("realm_access", new JsonObject().put("roles", new JsonArray().add("reader")))
                .put("https://example.com/groups", "my group");
        JwtAuthenticator authenticator = authenticator(issuer);

        Principal principal = await(client(authenticator, signer.token(claims)));

        assertEquals("alice@example.com", principal.userId());
        assertEquals(List.of("reader"), principal.roles());
        assertEquals(List.of("my group"), principal.groups());
        assertEquals(List.of("{\"roles\":[\"reader\"]}"), principal.claims().get("realm_access"));
        assertEquals((NOW_SECONDS + 600) * 1000, principal.expiresAtMillis());
        assertEquals((NOW_SECONDS + 630) * 1000, principal.endsAtMillis());
        assertEquals(
                Reason.NOT_PERMITTED,
                refusal(authenticator.authenticateClient(signer.token(claims), "other", Fixture.FROM))
                        .reason());
        assertEquals(
                Reason.NOT_PERMITTED,
                refusal(authenticator.authenticateApi(
                                signer.token(claims), "/api/hubs/chat/:send", Fixture.FROM, () -> true))
                        .reason());

        claims.put("realm_access", new JsonObject().put("roles", "reader admin"));
        await(authenticator.authenticateApi(
                signer.token(claims), "/api/hubs/%43hat/:send?x=y", Fixture.FROM, () -> true));
        for (String elsewhere : List.of("/api/hubs/other/:send", "/api/hubs/", "/api/x", "/api/hubs/chat%2Fx")) {
            assertEquals(
                    Reason.NOT_PERMITTED,
                    refusal(authenticator.authenticateApi(signer.token(claims), elsewhere, Fixture.FROM, () -> true))
                            .reason(),
                    elsewhere);
        }
    }

    @Test
    void aTokenWhoseConnectionWouldEndAtOnceIsRefusedDespiteLeeway() {
        Signer signer = Signer.shared("ES256");
        Config.Issuer plain = issuer(ISSUER, pem(null, "ES256", signer.pem()));
        int graceSeconds = 5;
        Config.Issuer issuer = new Config.Issuer(
                ISSUER,
                plain.audience(),
                plain.hubs(),
                plain.keys(),
                null,
                1,
                1,
                "sub",
                "roles",
                "groups",
                "admin",
                true,
                graceSeconds);
        JwtAuthenticator authenticator = new JwtAuthenticator(
                vertx,
                new Config.Auth(
                        List.of(ACCESS_KEY),
                        List.of(),
                        true,
                        graceSeconds,
                        Fixture.TOLERANCE_SECONDS,
                        Fixture.MAX_TOKEN_BYTES,
                        0,
                        List.of(issuer)),
                List.of(),
                Fixture.CLOCK);
        long ended = NOW_SECONDS - graceSeconds;

        await(client(
                authenticator, Signer.hmac("HS256", ACCESS_KEY, clientClaims().put("exp", ended + 1))));
        await(client(authenticator, signer.token(issuerClaims().put("exp", ended + 1))));
        for (String token : List.of(
                Signer.hmac("HS256", ACCESS_KEY, clientClaims().put("exp", ended)),
                signer.token(issuerClaims().put("exp", ended)))) {
            assertEquals(Reason.EXPIRED, refusal(client(authenticator, token)).reason());
        }
        // Nothing stays open for a call of the API.
        JsonObject call = clientClaims()
                .put("aud", "http://localhost/api/hubs/chat/:send")
                .put("exp", ended);
        await(authenticator.authenticateApi(
                Signer.hmac("HS256", ACCESS_KEY, call), "/api/hubs/chat/:send", Fixture.FROM, () -> true));
        await(authenticator.authenticateApi(
                signer.token(issuerClaims().put("roles", "admin").put("exp", ended)),
                "/api/hubs/chat/:send",
                Fixture.FROM,
                () -> true));
    }

    @Test
    void withoutAnApiRoleNoTokenOfTheIssuerMayCallTheApi() {
        Signer signer = Signer.shared("RS256");
        String token = signer.token(issuerClaims().put("roles", new JsonArray().add("")));

        assertEquals(
                Reason.NOT_PERMITTED,
                refusal(authenticator(issuer(ISSUER, pem(null, "RS256", signer.pem())))
                                .authenticateApi(token, "/api/hubs/chat/:send", Fixture.FROM, () -> true))
                        .reason());
    }

    @Test
    void futuresCompleteOnTheContextOfTheCaller() {
        Signer signer = Signer.shared("ES256");
        JwtAuthenticator authenticator = authenticator(issuer(ISSUER, pem(null, "ES256", signer.pem())));
        for (String token : List.of(signer.token(issuerClaims()), "x", CLIENT_VECTOR)) {
            Context caller = vertx.getOrCreateContext();
            Promise<Context> completedOn = Promise.promise();

            caller.runOnContext(turn ->
                    client(authenticator, token).onComplete(done -> completedOn.complete(Vertx.currentContext())));

            assertSame(caller, await(completedOn.future()));
        }
    }

    @Test
    void aNodeThatCouldBelieveNobodyIsNotBuilt() {
        JsonObject rsa = Signer.shared("RS256").jwk("k1");
        String privateKey = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----";
        String rsaPem = Signer.shared("RS256").pem();
        String smallRsa = Signer.generate("RS256", "RSA", 1024).pem();

        assertUnusable("no client could be authenticated", auth(List.of()));
        assertUnusable("access key 2 has 5 bytes", auth(List.of(ACCESS_KEY, "short")));
        assertUnusable("has no keys", auth(List.of(), issuer(ISSUER)));
        assertUnusable("given twice", auth(List.of(), issuer(ISSUER, jwk(rsa)), issuer(ISSUER, jwk(rsa))));
        assertUnusable("not one JSON object", withKey(new Config.JwtKey(null, null, "{", null)));
        assertUnusable("needs a jwk", withKey(new Config.JwtKey(null, "RS256", null, null)));
        assertUnusable("needs a jwk", withKey(new Config.JwtKey(null, null, null, rsaPem)));
        assertUnusable("not supported", withKey(pem(null, "none", rsaPem)));
        assertUnusable("not supported", withKey(pem(null, "ES256K", rsaPem)));
        assertUnusable("one PEM block", withKey(pem(null, "RS256", "garbage")));
        assertUnusable("neither PUBLIC KEY", withKey(pem(null, "RS256", privateKey)));
        assertUnusable("1024 bits", withKey(pem(null, "RS256", smallRsa)));
        assertUnusable("no key of its algorithm", withKey(pem(null, "ES256", rsaPem)));
        assertUnusable(
                "another curve",
                withKey(pem(null, "ES384", Signer.shared("ES256").pem())));
        assertUnusable("9 bytes", withKey(pem(null, "HS256", "too short")));
        assertUnusable("another alg", withKey(new Config.JwtKey(null, "RS512", rsa.encode(), null)));
        assertUnusable("another kid", withKey(new Config.JwtKey("k2", null, rsa.encode(), null)));
        assertUnusable("not for signatures", withKey(jwk(rsa.copy().put("use", "enc"))));
        assertUnusable("not for verifying", withKey(jwk(rsa.copy().put("key_ops", new JsonArray().add("sign")))));
        assertUnusable("private key", withKey(jwk(rsa.copy().put("d", "AAAA"))));
        assertUnusable("lacks n", withKey(jwk(new JsonObject().put("kty", "RSA"))));
        assertUnusable("base64url", withKey(jwk(rsa.copy().put("n", "%"))));
        assertUnusable("something else than a text", withKey(jwk(rsa.copy().put("n", 1))));
        assertUnusable("not supported (kty)", withKey(jwk(rsa.copy().put("kty", "XX"))));
        assertUnusable("needs a secret", withKey(jwk(rsa.copy().put("alg", "HS256"))));
        assertUnusable(
                "another curve", withKey(jwk(Signer.shared("ES256").jwk("k").put("alg", "ES384"))));
        assertUnusable("not for ES256", withKey(jwk(rsa.copy().put("alg", "ES256"))));
        assertUnusable(
                "not supported (crv)",
                withKey(jwk(Signer.shared("ES256").jwk("k").put("crv", "P-1"))));
        assertUnusable(
                "not a point", withKey(jwk(Signer.shared("ES256").jwk("k").put("x", "AQ"))));
        assertUnusable(
                "not an Ed25519", withKey(jwk(Signer.shared("EdDSA").jwk("k").put("x", "AQ"))));
        assertUnusable(
                "a secret",
                withKey(jwk(
                        new JsonObject().put("kty", "oct").put("alg", "RS256").put("k", "A".repeat(64)))));
    }

    private static Config.Auth withKey(Config.JwtKey key) {
        return auth(List.of(), issuer(ISSUER, key));
    }

    private static void assertUnusable(String expected, Config.Auth auth) {
        String message = String.valueOf(assertThrows(IllegalArgumentException.class, () -> authenticator(auth))
                .getMessage());
        assertTrue(message.contains(expected), message);
    }

    @Test
    void aKeyWithoutAnAlgorithmHasTheUsualOne() {
        for (String algorithm : List.of("RS256", "ES256", "ES384", "ES512", "EdDSA")) {
            Signer signer = Signer.shared(algorithm);
            JsonObject jwk = signer.jwk("k1");
            jwk.remove("alg");
            assertEquals(
                    "alice",
                    await(client(authenticator(issuer(ISSUER, jwk(jwk))), signer.token("k1", issuerClaims())))
                            .userId(),
                    algorithm);
        }
    }
}
