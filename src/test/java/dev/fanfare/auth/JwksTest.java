package dev.fanfare.auth;

import static dev.fanfare.auth.Fixture.ISSUER;
import static dev.fanfare.auth.Fixture.await;
import static dev.fanfare.auth.Fixture.issuerClaims;
import static dev.fanfare.auth.Fixture.refusal;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.auth.AuthenticationException.Reason;
import dev.fanfare.config.Config;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Keys that an issuer publishes over HTTP. */
class JwksTest {

    private static final int NO_COOLDOWN = 0;
    private static final int LONG_COOLDOWN = 3600;
    private static final Signer FIRST = Signer.shared("RS256");
    private static final Signer SECOND = Signer.shared("ES256");
    private static final Signer THIRD = Signer.shared("EdDSA");

    private Vertx vertx;
    private IssuerServer server;

    @BeforeEach
    void start() {
        vertx = Vertx.vertx();
        server = new IssuerServer(vertx);
    }

    @AfterEach
    void stop() {
        await(vertx.close());
    }

    private JwtAuthenticator started(int cooldownSeconds, Config.JwtKey... keys) {
        return started(Fixture.issuer(ISSUER, server.url(), cooldownSeconds, keys));
    }

    private JwtAuthenticator started(Config.Issuer issuer) {
        JwtAuthenticator authenticator =
                new JwtAuthenticator(vertx, Fixture.auth(List.of(), issuer), List.of(), Fixture.CLOCK);
        await(authenticator.start());
        return authenticator;
    }

    private static Future<Principal> client(JwtAuthenticator authenticator, String token) {
        return authenticator.authenticateClient(token, "chat", Fixture.FROM);
    }

    private static void assertBelieved(JwtAuthenticator authenticator, String token) {
        assertEquals("alice", await(client(authenticator, token)).userId());
    }

    private static void assertRefused(Reason reason, JwtAuthenticator authenticator, String token) {
        assertEquals(reason, refusal(client(authenticator, token)).reason());
    }

    @ParameterizedTest
    @ValueSource(strings = {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"})
    void publishedKeysVerify(String algorithm) {
        Signer signer = Signer.shared(algorithm);
        server.publish(signer.jwk("k1").put("x5c", "is not read").put("more", new JsonObject()));

        JwtAuthenticator authenticator = started(LONG_COOLDOWN);

        assertBelieved(authenticator, signer.token("k1", issuerClaims()));
        assertBelieved(authenticator, signer.token(issuerClaims()));
        assertEquals(1, server.requests());
    }

    @Test
    void keysRotate() {
        server.publish(FIRST.jwk("1"));
        JwtAuthenticator authenticator = started(NO_COOLDOWN);
        assertBelieved(authenticator, FIRST.token("1", issuerClaims()));

        server.publish(FIRST.jwk("1"), SECOND.jwk("2"));
        assertBelieved(authenticator, SECOND.token("2", issuerClaims()));
        assertBelieved(authenticator, FIRST.token("1", issuerClaims()));

        server.publish(SECOND.jwk("2"), THIRD.jwk("3"));
        assertBelieved(authenticator, THIRD.token("3", issuerClaims()));
        assertRefused(Reason.UNKNOWN_KEY, authenticator, FIRST.token("1", issuerClaims()));
    }

    @Test
    void verifiedTokensAreForgottenWhenTheirKeyIsReplaced() {
        String token = SECOND.token("2", issuerClaims());
        server.publish(SECOND.jwk("2"));
        JwtAuthenticator authenticator = started(NO_COOLDOWN);
        assertBelieved(authenticator, token);
        assertBelieved(authenticator, token);

        server.publish(Signer.generate("ES256").jwk("2"), THIRD.jwk("3"));
        assertBelieved(authenticator, THIRD.token("3", issuerClaims()));

        assertRefused(Reason.BAD_SIGNATURE, authenticator, token);
    }

    @Test
    void keysAreRefreshedRegularly() {
        server.publish(FIRST.jwk("1"));
        Config.Issuer hourly = Fixture.issuer(ISSUER, server.url(), LONG_COOLDOWN);
        Config.Issuer everySecond = new Config.Issuer(
                hourly.issuer(),
                hourly.audience(),
                hourly.hubs(),
                hourly.keys(),
                hourly.jwksUrl(),
                1,
                hourly.jwksCooldownSeconds(),
                hourly.userClaim(),
                hourly.rolesClaim(),
                hourly.groupsClaim(),
                hourly.apiRole(),
                hourly.closeOnExpiry(),
                hourly.expiryGraceSeconds());
        JwtAuthenticator authenticator = started(everySecond);
        assertBelieved(authenticator, FIRST.token("1", issuerClaims()));

        // Without a token that requests it.
        server.publish(SECOND.jwk("2"));
        int before = server.requests();
        await().until(() -> server.requests() >= before + 2);

        assertRefused(Reason.UNKNOWN_KEY, authenticator, FIRST.token("1", issuerClaims()));
        await(authenticator.close());
        int closed = server.requests();
        await().during(1500, TimeUnit.MILLISECONDS).until(() -> server.requests() == closed);
    }

    @Test
    void unknownKeyIdsCauseOneFetchPerCooldown() {
        server.publish(FIRST.jwk("1"));
        JwtAuthenticator authenticator = started(LONG_COOLDOWN);

        for (int i = 0; i < 50; i++) {
            assertRefused(Reason.UNKNOWN_KEY, authenticator, FIRST.token("made up " + i, issuerClaims()));
        }

        assertEquals(2, server.requests());
        assertBelieved(authenticator, FIRST.token("1", issuerClaims()));
    }

    @Test
    void aKnownKeyIdWithAnotherAlgorithmCausesNoFetch() {
        server.publish(FIRST.jwk("1"));
        JwtAuthenticator authenticator = started(NO_COOLDOWN);

        assertRefused(Reason.UNKNOWN_KEY, authenticator, SECOND.token("1", issuerClaims()));

        assertEquals(1, server.requests());
    }

    @Test
    void manyTokensWaitForOneFetchAndEvenMoreAreRefused() {
        server.publish(FIRST.jwk("1"));
        JwtAuthenticator authenticator = started(NO_COOLDOWN);
        Promise<HttpServerRequest> asked = Promise.promise();
        server.behave(asked::complete);
        String token = SECOND.token("2", issuerClaims());

        List<Future<Principal>> waiting = IntStream.range(0, RemoteKeys.MAX_WAITERS + 7)
                .mapToObj(i -> authenticator.authenticateClient(token, "chat", source(i / 1000)))
                .toList();
        HttpServerRequest request = await(asked.future());
        await().until(() -> waiting.stream().filter(Future::failed).count() == 7);
        assertBelieved(authenticator, FIRST.token("1", issuerClaims()));
        IssuerServer.answer(request, 200, "{\"keys\":[" + SECOND.jwk("2") + "]}");

        Future.join(waiting).otherwiseEmpty().await();
        assertEquals(2, server.requests());
        List<Future<Principal>> refused =
                waiting.stream().filter(Future::failed).toList();
        refused.forEach(one -> assertEquals(Reason.OVERLOADED, refusal(one).reason()));
        assertTrue(refused.size() < RemoteKeys.MAX_WAITERS, "some waited and were believed");
    }

    private static InetAddress source(int number) {
        try {
            return InetAddress.getByAddress(new byte[] {10, 0, 0, (byte) number});
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }

    static Stream<Named<Handler<HttpServerRequest>>> failures() {
        String large = "x".repeat(10 * 1024 * 1024);
        return Stream.of(
                answering("error", 500, "{\"keys\":[]}"),
                answering("no content", 204, ""),
                answering("nothing", 200, ""),
                answering("garbage", 200, "<html>"),
                answering("another object", 200, "{}"),
                answering("keys are no list", 200, "{\"keys\":{}}"),
                answering("no keys", 200, "{\"keys\":[]}"),
                answering("keys are garbage", 200, "{\"keys\":[1,null,{},[],{\"kty\":\"RSA\"},{\"kty\":7}]}"),
                answering("keys twice", 200, "{\"keys\":[],\"keys\":[" + SECOND.jwk("2") + "]}"),
                answering("nested", 200, "{\"keys\":" + "[".repeat(100_000) + "]".repeat(100_000) + "}"),
                answering("10 MiB", 200, "{\"keys\":[" + SECOND.jwk("2") + "],\"x\":\"" + large + "\"}"),
                Named.of("endless", JwksTest::endless),
                Named.of("slow", JwksTest::slow),
                Named.of("redirect", JwksTest::redirect),
                Named.of("reset", request -> request.connection().close()),
                Named.of("cut off", JwksTest::cutOff));
    }

    private static Named<Handler<HttpServerRequest>> answering(String name, int status, String body) {
        return Named.of(name, request -> IssuerServer.answer(request, status, body));
    }

    private static void endless(HttpServerRequest request) {
        writeOften(request, Buffer.buffer(new byte[64 * 1024]), 1);
    }

    /** One byte now and then never triggers an idle timeout. */
    private static void slow(HttpServerRequest request) {
        writeOften(request, Buffer.buffer(" "), 100);
    }

    private static void writeOften(HttpServerRequest request, Buffer chunk, long periodMillis) {
        Vertx vertx = Vertx.currentContext().owner();
        request.response().setChunked(true);
        long timer = vertx.setPeriodic(periodMillis, id -> {
            if (!request.response().writeQueueFull()) {
                request.response().write(chunk);
            }
        });
        request.connection().closeHandler(closed -> vertx.cancelTimer(timer));
    }

    /** Redirects to valid keys. */
    private static void redirect(HttpServerRequest request) {
        if (request.path().equals("/other")) {
            IssuerServer.answer(request, 200, "{\"keys\":[" + SECOND.jwk("2") + "]}");
        } else {
            request.response()
                    .setStatusCode(302)
                    .putHeader("location", "/other")
                    .end();
        }
    }

    private static void cutOff(HttpServerRequest request) {
        request.response().putHeader("content-length", "1000");
        request.response()
                .write("{\"keys\":[")
                .onComplete(written -> request.connection().close());
    }

    @ParameterizedTest
    @MethodSource("failures")
    void keysStayWhenNewerOnesCannotBeFetched(Handler<HttpServerRequest> failure) {
        server.publish(FIRST.jwk("1"));
        JwtAuthenticator authenticator = started(NO_COOLDOWN);
        server.behave(failure);

        assertRefused(Reason.UNKNOWN_KEY, authenticator, SECOND.token("2", issuerClaims()));
        assertBelieved(authenticator, FIRST.token("1", issuerClaims()));

        server.publish(SECOND.jwk("2"));
        assertBelieved(authenticator, SECOND.token("2", issuerClaims()));
    }

    @Test
    void aNodeStartsWithoutItsIssuers() {
        String url = server.url();
        server.close();
        JwtAuthenticator authenticator =
                started(Fixture.issuer(ISSUER, url, NO_COOLDOWN, Fixture.pem("inline", "EdDSA", THIRD.pem())));

        assertRefused(Reason.UNKNOWN_KEY, authenticator, FIRST.token("1", issuerClaims()));
        assertBelieved(authenticator, THIRD.token("inline", issuerClaims()));
    }

    @Test
    void anIssuerMayComeLate() {
        JwtAuthenticator authenticator = started(NO_COOLDOWN);
        assertRefused(Reason.UNKNOWN_KEY, authenticator, FIRST.token(issuerClaims()));

        server.publish(FIRST.jwk("1"));

        assertBelieved(authenticator, FIRST.token(issuerClaims()));
    }

    @Test
    void configuredKeysAreValidBesidePublishedOnes() {
        server.publish(FIRST.jwk("1"));
        JwtAuthenticator authenticator = started(NO_COOLDOWN, Fixture.pem(null, "EdDSA", THIRD.pem()));

        assertBelieved(authenticator, FIRST.token("1", issuerClaims()));
        assertBelieved(authenticator, THIRD.token("any", issuerClaims()));
    }

    @Test
    void publishedKeysThatAreNotForUsAreSkipped() {
        String secret = "a secret that somebody published, 32 bytes";
        JsonObject published =
                new JsonObject().put("kty", "oct").put("kid", "oct").put("k", Signer.base64Url(secret));
        server.publish(
                new JsonObject().put("kty", "new kind"),
                published,
                FIRST.jwk("enc").put("use", "enc"),
                FIRST.jwk("odd").put("alg", "RSA-OAEP"),
                FIRST.jwk("private").put("d", "AAAA"),
                Signer.generate("RS256", "RSA", 1024).jwk("small"),
                Signer.onCurve("ES256", "secp256r1").jwk("off").put("y", "AQ"),
                FIRST.jwk("good"));

        JwtAuthenticator authenticator = started(LONG_COOLDOWN);

        assertBelieved(authenticator, FIRST.token("good", issuerClaims()));
        for (String kid : List.of("enc", "odd", "private")) {
            assertRefused(Reason.UNKNOWN_KEY, authenticator, FIRST.token(kid, issuerClaims()));
        }
        String header = "{\"alg\":\"HS256\",\"kid\":\"oct\"}";
        assertRefused(
                Reason.UNKNOWN_KEY,
                authenticator,
                Signer.hmac("HS256", secret, header, issuerClaims().encode()));
    }

    @Test
    void moreKeysThanAnIssuerNeedsAreNotRead() {
        JsonObject[] keys = IntStream.rangeClosed(1, JwksDocument.MAX_KEYS + 1)
                .mapToObj(i -> FIRST.jwk("k" + i))
                .toArray(JsonObject[]::new);
        server.publish(keys);

        JwtAuthenticator authenticator = started(LONG_COOLDOWN);

        assertBelieved(authenticator, FIRST.token("k" + JwksDocument.MAX_KEYS, issuerClaims()));
        assertRefused(
                Reason.UNKNOWN_KEY, authenticator, FIRST.token("k" + (JwksDocument.MAX_KEYS + 1), issuerClaims()));
    }

    @Test
    void futuresCompleteOnTheContextOfTheCallerAfterAFetch() {
        server.publish(FIRST.jwk("1"));
        JwtAuthenticator authenticator = started(NO_COOLDOWN);
        server.publish(FIRST.jwk("2"));
        Context caller = vertx.getOrCreateContext();
        Promise<Thread> thread = Promise.promise();
        Promise<Thread> completedOn = Promise.promise();

        caller.runOnContext(turn -> {
            thread.complete(Thread.currentThread());
            client(authenticator, FIRST.token("2", issuerClaims()))
                    .onSuccess(principal -> completedOn.complete(Thread.currentThread()));
        });

        assertEquals(await(thread.future()), await(completedOn.future()));
    }

    @Test
    void aUrlThatIsNoneIsAConfigurationError() {
        Config.Auth auth = Fixture.auth(List.of(), Fixture.issuer(ISSUER, "nonsense", 1));

        String message = String.valueOf(assertThrows(
                        IllegalArgumentException.class,
                        () -> new JwtAuthenticator(vertx, auth, List.of(), Fixture.CLOCK))
                .getMessage());

        assertTrue(message.contains("jwksUrl"), message);
    }

    @Test
    void afterCloseNothingIsFetchedAndNothingHangs() {
        server.publish(FIRST.jwk("1"));
        JwtAuthenticator authenticator = started(NO_COOLDOWN);
        String known = FIRST.token("1", issuerClaims());
        assertBelieved(authenticator, known);
        await(authenticator.close());

        assertRefused(Reason.OVERLOADED, authenticator, SECOND.token("2", issuerClaims()));
        assertBelieved(authenticator, known);
        assertEquals(1, server.requests());
        await(authenticator.close());
    }
}
