package dev.fanfare.auth;

import static dev.fanfare.auth.Fixture.ACCESS_KEY;
import static dev.fanfare.auth.Fixture.ISSUER;
import static dev.fanfare.auth.Fixture.NOW_SECONDS;
import static dev.fanfare.auth.Fixture.TOLERANCE_SECONDS;
import static dev.fanfare.auth.Fixture.await;
import static dev.fanfare.auth.Fixture.clientClaims;
import static dev.fanfare.auth.Fixture.issuer;
import static dev.fanfare.auth.Fixture.issuerClaims;
import static dev.fanfare.auth.Fixture.jwk;
import static dev.fanfare.auth.Fixture.pem;
import static dev.fanfare.auth.Fixture.refusal;
import static dev.fanfare.auth.Signer.base64Url;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.fanfare.auth.AuthenticationException.Reason;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.Signature;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Attacks with forged tokens. The node under attack has an access key and two issuers with keys of several kinds. */
@Tag("attack")
class AttackTest {

    private static final String OTHER_ISSUER = "https://other.example.com/";
    private static final String SECRET = "a shared secret of an issuer, 32 bytes and more";
    private static final Signer RSA = Signer.shared("RS256");
    private static final Signer EC = Signer.shared("ES256");
    private static final Signer ED = Signer.shared("EdDSA");
    private static final Signer OTHERS = Signer.generate("RS256");
    private static final String HS256 = "{\"alg\":\"HS256\"}";

    private static Vertx vertx;
    private static JwtAuthenticator authenticator;

    @BeforeAll
    static void start() {
        vertx = Vertx.vertx();
        authenticator = new JwtAuthenticator(
                vertx,
                Fixture.auth(
                        List.of(ACCESS_KEY),
                        issuer(
                                ISSUER,
                                pem("rsa", "RS256", RSA.pem()),
                                jwk(EC.jwk("ec")),
                                jwk(ED.jwk("ed")),
                                pem("secret", "HS256", SECRET)),
                        issuer(OTHER_ISSUER, pem("others", "RS256", OTHERS.pem()))),
                List.of(),
                Fixture.CLOCK);
    }

    @AfterAll
    static void stop() {
        await(authenticator.close());
        await(vertx.close());
    }

    private static Arguments attack(String name, Reason refusal, String token) {
        return arguments(name, refusal, token);
    }

    static Stream<Arguments> unsignedTokens() {
        String claims = base64Url(clientClaims().encode());
        String none = base64Url("{\"alg\":\"none\"}");
        String mixedCase = base64Url("{\"alg\":\"nOnE\"}");
        String signed = base64Url(HS256);
        return Stream.of(
                attack("nothing", Reason.MISSING, ""),
                attack("none, two parts", Reason.MALFORMED, none + "." + claims),
                attack("none, empty signature", Reason.MALFORMED, none + "." + claims + "."),
                attack("none, some signature", Reason.MALFORMED, none + "." + claims + ".AAAA"),
                attack("none in mixed case", Reason.MALFORMED, mixedCase + "." + claims + ".AAAA"),
                attack("none, really signed", Reason.MALFORMED, accessKey("{\"alg\":\"none\"}", clientClaims())),
                attack("two parts", Reason.MALFORMED, signed + "." + claims),
                attack("empty signature", Reason.MALFORMED, signed + "." + claims + "."),
                attack("one part", Reason.MALFORMED, signed),
                attack("four parts", Reason.MALFORMED, signed + "." + claims + ".AAAA.AAAA"),
                attack("five parts (encrypted)", Reason.MALFORMED, signed + ".." + claims + ".AAAA.AAAA"),
                attack("dots", Reason.MALFORMED, ".."),
                attack("zero signature", Reason.BAD_SIGNATURE, signed + "." + claims + "." + zeros(32)),
                attack("short signature", Reason.BAD_SIGNATURE, signed + "." + claims + "." + zeros(1)));
    }

    static Stream<Arguments> confusedAlgorithms() throws GeneralSecurityException {
        JsonObject claims = issuerClaims();
        String rsaAsHmac = "{\"alg\":\"HS256\",\"kid\":\"rsa\"}";
        String anyAsHmac = HS256;
        String strippedPem = RSA.pem().strip();
        return Stream.of(
                attack("RSA key as secret", Reason.UNKNOWN_KEY, hmac(RSA.pem(), rsaAsHmac, claims)),
                attack("RSA key as secret, no kid", Reason.BAD_SIGNATURE, hmac(RSA.pem(), anyAsHmac, claims)),
                attack("stripped RSA key", Reason.BAD_SIGNATURE, hmac(strippedPem, anyAsHmac, claims)),
                attack("key of another algorithm", Reason.UNKNOWN_KEY, RSA.token("ec", claims)),
                attack("RS key for PS", Reason.UNKNOWN_KEY, new Signer("PS256", RSA.pair()).token("rsa", claims)),
                attack("RS256 key for RS512", Reason.UNKNOWN_KEY, new Signer("RS512", RSA.pair()).token("rsa", claims)),
                attack("made-up algorithm", Reason.UNKNOWN_KEY, header(RSA, "{\"alg\":\"RS257\"}")),
                attack("algorithm in lower case", Reason.UNKNOWN_KEY, header(RSA, "{\"alg\":\"rs256\"}")),
                attack("access key for an issuer", Reason.BAD_SIGNATURE, accessKey(HS256, claims)),
                attack("issuer's secret without iss", Reason.BAD_SIGNATURE, hmac(SECRET, HS256, clientClaims())),
                attack("ES256 in DER", Reason.BAD_SIGNATURE, der(EC)),
                attack("ES256 zeros", Reason.BAD_SIGNATURE, signature(EC, new byte[64])),
                attack("ES256 of nothing", Reason.BAD_SIGNATURE, signature(EC, new byte[1])),
                attack("ES256 all ones", Reason.BAD_SIGNATURE, signature(EC, ones(64))),
                attack("EdDSA zeros", Reason.BAD_SIGNATURE, signature(ED, new byte[64])),
                attack("EdDSA too long", Reason.BAD_SIGNATURE, signature(ED, new byte[65])),
                attack("RS256 zeros", Reason.BAD_SIGNATURE, signature(RSA, new byte[256])),
                attack("RS256 ones", Reason.BAD_SIGNATURE, signature(RSA, ones(256))),
                attack("RS256 too short", Reason.BAD_SIGNATURE, signature(RSA, new byte[255])));
    }

    static Stream<Arguments> keysOfOthers() {
        JsonObject claims = issuerClaims();
        String embedded = new JsonObject()
                .put("alg", "RS256")
                .put("jwk", OTHERS.jwk("x"))
                .put("jku", "http://localhost:1/keys")
                .put("x5u", "http://localhost:1/certificate")
                .put("x5c", new JsonArray().add("AAAA"))
                .encode();
        return Stream.of(
                attack("wrong secret", Reason.BAD_SIGNATURE, hmac("x".repeat(40), HS256, clientClaims())),
                attack("keys brought along", Reason.BAD_SIGNATURE, header(OTHERS, embedded)),
                attack("key of another issuer", Reason.BAD_SIGNATURE, OTHERS.token(claims)),
                attack("kid of another issuer", Reason.UNKNOWN_KEY, OTHERS.token("others", claims)),
                attack("another key, our kid", Reason.BAD_SIGNATURE, OTHERS.token("rsa", claims)),
                attack(
                        "our key, their iss",
                        Reason.BAD_SIGNATURE,
                        RSA.token(issuerClaims().put("iss", OTHER_ISSUER))),
                attack("unknown kid", Reason.UNKNOWN_KEY, RSA.token("../../dev/null", claims)),
                attack("empty kid", Reason.UNKNOWN_KEY, RSA.token("", claims)),
                attack("kid is no text", Reason.MALFORMED, header(RSA, "{\"alg\":\"RS256\",\"kid\":1}")),
                attack(
                        "unknown issuer",
                        Reason.WRONG_ISSUER,
                        RSA.token(issuerClaims().put("iss", "x"))),
                attack(
                        "almost the issuer",
                        Reason.WRONG_ISSUER,
                        RSA.token(issuerClaims().put("iss", "HTTPS://id.example.com/"))),
                attack("no issuer", Reason.WRONG_ISSUER, RSA.token(without("iss", claims))),
                attack(
                        "issuer is a list",
                        Reason.MALFORMED,
                        RSA.token(issuerClaims().put("iss", new JsonArray().add(ISSUER)))));
    }

    static Stream<Arguments> wrongClaims() {
        JsonObject claims = clientClaims();
        long longAgo = NOW_SECONDS - TOLERANCE_SECONDS;
        long soon = NOW_SECONDS + TOLERANCE_SECONDS + 1;
        JsonArray mixed = new JsonArray().add("a").add(1);
        return Stream.of(
                attack("expired", Reason.EXPIRED, with("exp", longAgo)),
                attack("expired since 1970", Reason.EXPIRED, with("exp", 0)),
                attack("no end", Reason.MALFORMED, accessKey(HS256, without("exp", claims))),
                attack("end is a text", Reason.MALFORMED, with("exp", "" + soon)),
                attack("end is null", Reason.MALFORMED, with("exp", null)),
                attack("end in milliseconds", Reason.MALFORMED, with("exp", soon * 1000)),
                attack("end is infinite", Reason.MALFORMED, claims("{\"exp\":1e999}")),
                attack("end is negative", Reason.MALFORMED, with("exp", -1)),
                attack("end is a list", Reason.MALFORMED, with("exp", new JsonArray().add(soon))),
                attack("nbf in the future", Reason.NOT_YET_VALID, with("nbf", soon)),
                attack("iat in the future", Reason.NOT_YET_VALID, with("iat", soon)),
                attack("nbf is a text", Reason.MALFORMED, with("nbf", "0")),
                attack("nbf is null", Reason.MALFORMED, with("nbf", null)),
                attack("iat is an object", Reason.MALFORMED, with("iat", new JsonObject())),
                attack("no audience", Reason.WRONG_AUDIENCE, accessKey(HS256, without("aud", claims))),
                attack("another hub", Reason.WRONG_AUDIENCE, with("aud", "http://localhost/client/hubs/other")),
                attack("audience is a number", Reason.MALFORMED, with("aud", 1)),
                attack("audience is an object", Reason.MALFORMED, with("aud", new JsonObject().put("a", "b"))),
                attack("audience is mixed", Reason.MALFORMED, with("aud", mixed)),
                attack(
                        "issuer's other audience",
                        Reason.WRONG_AUDIENCE,
                        RSA.token(issuerClaims().put("aud", "other"))),
                attack(
                        "issuer's audience and URL",
                        Reason.WRONG_AUDIENCE,
                        RSA.token(clientClaims().put("iss", ISSUER))),
                attack("user is a number", Reason.MALFORMED, with("sub", 1)),
                attack("roles are numbers", Reason.MALFORMED, with("role", 1)),
                attack("roles are mixed", Reason.MALFORMED, with("role", mixed)),
                attack("groups are objects", Reason.MALFORMED, with("webpubsub.group", new JsonObject())));
    }

    static Stream<Arguments> malformedTokens() {
        String good = accessKey(HS256, clientClaims());
        String header = base64Url(HS256);
        String claims = base64Url(clientClaims().encode());
        String rest = good.substring(good.indexOf('.'));
        String twice = "{\"exp\":1,\"exp\":" + (NOW_SECONDS + 9) + "}";
        String nested = "{\"exp\":1,\"x\":" + "[".repeat(3000) + "]".repeat(3000) + "}";
        byte[] notUtf8 = {'{', '"', (byte) 0xff, '"', ':', '1', '}'};
        byte[] utf16 = HS256.getBytes(StandardCharsets.UTF_16BE);
        return Stream.of(
                attack("huge", Reason.OVERSIZED, "a".repeat(Fixture.MAX_TOKEN_BYTES + 1)),
                attack("crit", Reason.MALFORMED, accessKey("{\"alg\":\"HS256\",\"crit\":[\"x\"]}", clientClaims())),
                attack("empty crit", Reason.MALFORMED, accessKey("{\"alg\":\"HS256\",\"crit\":[]}", clientClaims())),
                attack("no algorithm", Reason.MALFORMED, accessKey("{}", clientClaims())),
                attack("algorithm is a list", Reason.MALFORMED, accessKey("{\"alg\":[\"HS256\"]}", clientClaims())),
                attack(
                        "algorithm twice",
                        Reason.MALFORMED,
                        accessKey("{\"alg\":\"none\",\"alg\":\"HS256\"}", clientClaims())),
                attack("claim twice", Reason.MALFORMED, claims(twice)),
                attack("claim twice below", Reason.MALFORMED, claims("{\"exp\":1,\"x\":{\"a\":1,\"a\":2}}")),
                attack("deeply nested", Reason.MALFORMED, claims(nested)),
                attack("claims are a list", Reason.MALFORMED, claims("[]")),
                attack("claims are a text", Reason.MALFORMED, claims("\"exp\"")),
                attack("claims and more", Reason.MALFORMED, claims("{\"exp\":1}{}")),
                attack("claims cut off", Reason.MALFORMED, claims("{\"exp\":1")),
                attack("no claims", Reason.MALFORMED, claims("")),
                attack("header is not UTF-8", Reason.MALFORMED, base64Url(notUtf8) + rest),
                attack("header in UTF-16", Reason.MALFORMED, base64Url(utf16) + rest),
                attack("padding", Reason.MALFORMED, good + "="),
                attack("line break", Reason.MALFORMED, good + "\n"),
                attack("space", Reason.MALFORMED, " " + good),
                attack("base64, not base64url", Reason.MALFORMED, header + "." + claims + ".+/+/"),
                attack("impossible length", Reason.MALFORMED, header + "." + claims + ".AAAAA"),
                attack("stray bits", Reason.MALFORMED, header + "." + claims + ".AB"),
                attack("not ASCII", Reason.MALFORMED, header + "." + claims + ".ÄÖÜ€"),
                attack("bearer in front", Reason.MALFORMED, "Bearer " + good));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource({"unsignedTokens", "confusedAlgorithms", "keysOfOthers", "wrongClaims", "malformedTokens"})
    void isRefused(String name, Reason reason, String token) {
        AuthenticationException refusal = refusal(authenticator.authenticateClient(token, "chat", Fixture.FROM));

        assertEquals(reason, refusal.reason());
        if (token.length() > 8) {
            assertFalse(String.valueOf(refusal.getMessage()).contains(token), "the token is a secret");
        }
    }

    @Test
    void whatTheAttacksVaryIsBelieved() {
        for (String token : List.of(
                accessKey(HS256, clientClaims()),
                with("exp", NOW_SECONDS - TOLERANCE_SECONDS + 1),
                with("nbf", NOW_SECONDS + TOLERANCE_SECONDS),
                with("exp", NOW_SECONDS + 0.5),
                RSA.token("rsa", issuerClaims()),
                EC.token("ec", issuerClaims()),
                ED.token("ed", issuerClaims()),
                OTHERS.token("others", issuerClaims().put("iss", OTHER_ISSUER)),
                hmac(SECRET, HS256, issuerClaims()))) {
            assertEquals(
                    "alice",
                    await(authenticator.authenticateClient(token, "chat", Fixture.FROM))
                            .userId());
        }
    }

    @Test
    void noBrokenTokenDoesMoreThanFail() {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        List<String> good = List.of(
                accessKey(HS256, clientClaims()), RSA.token("rsa", issuerClaims()), EC.token("ec", issuerClaims()));
        for (int i = 0; i < 3000; i++) {
            StringBuilder broken = new StringBuilder(good.get(random.nextInt(good.size())));
            int at = random.nextInt(broken.length());
            char other = (char) (random.nextInt(4) == 0 ? random.nextInt(65536) : 33 + random.nextInt(94));
            if (broken.charAt(at) != other) {
                broken.setCharAt(at, other);
                refusal(authenticator.authenticateClient(broken.toString(), "chat", Fixture.FROM));
            }
        }
    }

    private static String accessKey(String header, JsonObject claims) {
        return hmac(ACCESS_KEY, header, claims);
    }

    private static String hmac(String secret, String header, JsonObject claims) {
        return Signer.hmac("HS256", secret, header, claims.encode());
    }

    private static String claims(String json) {
        return Signer.hmac("HS256", ACCESS_KEY, HS256, json);
    }

    private static String with(String claim, @Nullable Object value) {
        return accessKey(HS256, clientClaims().put(claim, value));
    }

    private static JsonObject without(String claim, JsonObject claims) {
        JsonObject copy = claims.copy();
        copy.remove(claim);
        return copy;
    }

    private static String header(Signer signer, String header) {
        return signer.sign(header, issuerClaims().encode());
    }

    private static String signature(Signer signer, byte[] signature) {
        String token = signer.token(issuerClaims());
        return token.substring(0, token.lastIndexOf('.') + 1) + base64Url(signature);
    }

    private static String der(Signer signer) throws GeneralSecurityException {
        String token = signer.token(issuerClaims());
        String signed = token.substring(0, token.lastIndexOf('.'));
        Signature inDer = Signature.getInstance("SHA256withECDSA");
        return signed + "." + base64Url(Signer.signature(inDer, signer.pair().getPrivate(), signed));
    }

    private static byte[] ones(int bytes) {
        byte[] ones = new byte[bytes];
        Arrays.fill(ones, (byte) -1);
        return ones;
    }

    private static String zeros(int bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(new byte[bytes]);
    }
}
