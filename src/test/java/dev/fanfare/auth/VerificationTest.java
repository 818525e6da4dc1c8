package dev.fanfare.auth;

import static dev.fanfare.auth.Fixture.ACCESS_KEY;
import static dev.fanfare.auth.Fixture.CLOCK;
import static dev.fanfare.auth.Fixture.FROM;
import static dev.fanfare.auth.Fixture.ISSUER;
import static dev.fanfare.auth.Fixture.auth;
import static dev.fanfare.auth.Fixture.await;
import static dev.fanfare.auth.Fixture.clientClaims;
import static dev.fanfare.auth.Fixture.issuer;
import static dev.fanfare.auth.Fixture.issuerClaims;
import static dev.fanfare.auth.Fixture.pem;
import static dev.fanfare.auth.Fixture.refusal;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.auth.AuthenticationException.Reason;
import dev.fanfare.auth.FairQueue.Standing;
import dev.fanfare.config.Config;
import dev.fanfare.core.SourceNetwork;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.json.JsonObject;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where tokens are verified, and in which order. */
class VerificationTest {

    private static final InetAddress OTHER = address("192.0.2.7");

    private static Vertx vertx;

    @BeforeAll
    static void start() {
        vertx = Vertx.vertx();
    }

    @AfterAll
    static void stop() {
        await(vertx.close());
    }

    private static InetAddress address(String text) {
        try {
            return InetAddress.getByName(text);
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }

    /** Keeps all verifying threads busy until the returned latch is counted down. */
    private static CountDownLatch occupy() throws InterruptedException {
        return occupy(Verification.THREADS);
    }

    private static CountDownLatch occupy(int threads) throws InterruptedException {
        CountDownLatch release = new CountDownLatch(1);
        CountDownLatch busy = new CountDownLatch(threads);
        WorkerExecutor workers = vertx.createSharedWorkerExecutor(Verification.WORKERS, threads);
        for (int i = 0; i < threads; i++) {
            workers.executeBlocking(
                    () -> {
                        busy.countDown();
                        release.await();
                        return null;
                    },
                    false);
        }
        busy.await();
        return release;
    }

    private static Verification verification(FairQueue.Bounds bounds, int failuresPerSecond, AtomicLong nanos) {
        return new Verification(vertx, 1, bounds, new FailureLimit(failuresPerSecond, nanos::get));
    }

    private static <T> Future<T> fails(Verification.Place place) {
        return place.call(() -> {
            throw new AuthenticationException(Reason.BAD_SIGNATURE, "bad");
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"HS256", "RS256", "ES256"})
    void noTokenIsReadOnAnEventLoop(String algorithm) throws Exception {
        Signer signer = Signer.shared(algorithm.equals("HS256") ? "RS256" : algorithm);
        JwtAuthenticator authenticator = new JwtAuthenticator(
                vertx,
                auth(List.of(ACCESS_KEY), issuer(ISSUER, pem(null, signer.algorithm(), signer.pem()))),
                List.of(),
                CLOCK);
        String token = algorithm.equals("HS256")
                ? Signer.hmac("HS256", ACCESS_KEY, clientClaims())
                : signer.token(issuerClaims());
        CountDownLatch release = occupy();
        List<Future<Principal>> asked = new ArrayList<>();

        Promise<Void> eventLoop = Promise.promise();
        vertx.runOnContext(turn -> {
            for (String text : List.of(token, token + "x", "no token", "a.b.c")) {
                asked.add(authenticator.authenticateClient(text, "chat", FROM));
            }
            eventLoop.complete();
        });
        await(eventLoop.future());

        assertTrue(asked.stream().noneMatch(Future::isComplete), "verified although all threads for that are busy");
        release.countDown();
        assertEquals("alice", await(asked.get(0)).userId());
        asked.subList(1, 4).forEach(Fixture::refusal);
        await(authenticator.close());
    }

    @Test
    void aTokenThatWasVerifiedWaitsForNobody() throws Exception {
        Config.Auth config = auth(List.of(ACCESS_KEY));
        JwtAuthenticator authenticator = new JwtAuthenticator(vertx, config, List.of(), CLOCK);
        String token = Signer.hmac("HS256", ACCESS_KEY, clientClaims());
        await(authenticator.authenticateClient(token, "chat", FROM));
        CountDownLatch release = occupy();

        assertTrue(authenticator.authenticateClient(token, "chat", OTHER).succeeded(), "it is known");
        Future<Principal> elsewhere = authenticator.authenticateClient(token, "other", OTHER);
        String sameEnd = "x" + token.substring(1);
        Future<Principal> forged = authenticator.authenticateClient(sameEnd, "chat", OTHER);
        assertFalse(elsewhere.isComplete() || forged.isComplete(), "these are not");

        release.countDown();
        assertEquals(Reason.WRONG_AUDIENCE, refusal(elsewhere).reason());
        refusal(forged);
        await(authenticator.close());
    }

    @Test
    void whatASourceAndAllSourcesMayHaveUnderWayIsBounded() throws Exception {
        Verification verification = verification(new FairQueue.Bounds(3, 2, 1), 0, new AtomicLong());
        CountDownLatch release = occupy(1);
        List<Future<Integer>> taken = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            taken.add(verification.verify(FROM, () -> true, place -> place.call(() -> 1)));
        }
        taken.add(verification.verify(OTHER, () -> true, place -> place.call(() -> 1)));

        assertEquals(
                Reason.THROTTLED,
                refusal(verification.verify(FROM, () -> true, place -> place.call(() -> 1)))
                        .reason());
        assertEquals(
                Reason.OVERLOADED,
                refusal(verification.verify(OTHER, () -> true, place -> place.call(() -> 1)))
                        .reason());

        release.countDown();
        taken.forEach(Fixture::await);
        Integer again = await(verification.verify(FROM, () -> true, place -> place.call(() -> 1)));
        assertEquals(1, again, "there is room again");
        await(verification.close());
    }

    @Test
    void aSourceThatFailsTooOftenIsServedLastAndNotRefused() throws Exception {
        AtomicLong nanos = new AtomicLong();
        Verification verification = verification(new FairQueue.Bounds(100, 100, 2), 1000, nanos);
        for (int i = 0; i < 2_000; i++) {
            refusal(verification.verify(FROM, () -> true, VerificationTest::fails));
        }
        refusal(verification.verify(FROM, () -> true, VerificationTest::fails)); // and its bucket is empty
        CountDownLatch release = occupy(1);
        List<String> order = new ArrayList<>();
        List<Future<Boolean>> asked = new ArrayList<>();
        for (InetAddress source : List.of(FROM, FROM, OTHER, address("::1"), OTHER)) {
            asked.add(verification.verify(
                    source, () -> true, place -> place.call(() -> order.add(source.getHostAddress()))));
        }
        assertEquals(
                Reason.THROTTLED,
                refusal(verification.verify(FROM, () -> true, place -> place.call(() -> true)))
                        .reason());

        release.countDown();
        asked.forEach(Fixture::await);
        assertEquals(List.of("192.0.2.7", "0:0:0:0:0:0:0:1", "192.0.2.7", "127.0.0.1", "127.0.0.1"), order);

        nanos.addAndGet(4_000_000_000L);
        List<Future<Boolean>> again = new ArrayList<>();
        CountDownLatch busy = occupy(1);
        for (int i = 0; i < 5; i++) {
            again.add(verification.verify(FROM, () -> true, place -> place.call(() -> true)));
        }
        assertTrue(again.stream().noneMatch(Future::isComplete), "more than a failing source may have");
        busy.countDown();
        again.forEach(Fixture::await);
        await(verification.close());
    }

    @Test
    void aFewSourcesNeverFillTheLaneOfAllOthers() {
        FairQueue<Integer> queue = new FairQueue<>(new FairQueue.Bounds(8, 6, 2));
        for (int of = 1; of <= 5; of++) {
            SourceNetwork flood = network(address("192.0.2.6" + of));
            for (int i = 0; i < 6; i++) {
                Standing standing = of <= 2 && i >= 4 ? Standing.FAILING : Standing.NEW;
                if (queue.enter(flood, standing) == FairQueue.EntryResult.ENTERED && of <= 2) {
                    queue.hold(flood, standing); // verified, and its answer is held back
                }
            }
        }
        assertEquals(
                FairQueue.EntryResult.SOURCE_FULL,
                queue.enter(network(address("192.0.2.61")), Standing.FAILING),
                "held answers count for their source");
        assertEquals(FairQueue.EntryResult.ENTERED, queue.enter(network(OTHER), Standing.NEW));
    }

    @Test
    void answersThatAreHeldBackTakeNoPlaceOfOthers() throws Exception {
        Verification verification = verification(new FairQueue.Bounds(2, 2, 2), 1, new AtomicLong());
        List<InetAddress> failing = List.of(FROM, address("::1"));
        for (InetAddress source : failing) {
            refusal(verification.verify(source, () -> true, VerificationTest::fails));
            refusal(verification.verify(source, () -> true, VerificationTest::fails));
        }
        List<Future<Integer>> held = new ArrayList<>();
        Context context = vertx.getOrCreateContext();
        turn(
                context,
                () -> failing.forEach(
                        source -> held.add(verification.verify(source, () -> true, VerificationTest::fails))));
        occupy(1).countDown(); // both have been verified
        turn(context, () -> {});

        Integer genuine = await(verification.verify(OTHER, () -> true, place -> place.call(() -> 1)));
        assertEquals(1, genuine);
        held.forEach(Fixture::refusal);
        await(verification.close());
    }

    @Test
    void aTokenOfAClientThatHasGoneIsNotVerifiedAndTakesNoPlace() throws Exception {
        Verification verification = verification(new FairQueue.Bounds(100, 2, 1), 1, new AtomicLong());
        AtomicBoolean there = new AtomicBoolean(true);
        AtomicInteger verified = new AtomicInteger();
        CountDownLatch release = occupy(1);
        List<Future<Integer>> gone = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            gone.add(verification.verify(FROM, there::get, place -> place.call(verified::incrementAndGet)));
        }
        there.set(false);

        release.countDown();
        for (Future<Integer> each : gone) {
            assertEquals(Reason.ABANDONED, refusal(each).reason());
        }
        assertEquals(0, verified.get());
        for (int i = 0; i < 4; i++) { // more than may wait, or fail
            Integer next = await(verification.verify(FROM, () -> true, place -> place.call(() -> 1)));
            assertEquals(1, next);
        }
        await(verification.close());
    }

    @Test
    void aSourceThatHadAGoodTokenWaitsForOneStrangerAtMost() throws Exception {
        Verification verification = verification(new FairQueue.Bounds(100, 2, 1), 1, new AtomicLong());
        await(verification.verify(OTHER, () -> true, place -> place.call(() -> 1)));
        CountDownLatch release = occupy(1);
        List<String> order = new ArrayList<>();
        List<Future<Boolean>> asked = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            InetAddress stranger = address("198.51.100." + i);
            asked.add(verification.verify(stranger, () -> true, place -> place.call(() -> order.add("stranger"))));
        }
        asked.add(verification.verify(OTHER, () -> true, place -> place.call(() -> order.add("known"))));

        release.countDown();
        asked.forEach(Fixture::await);
        assertTrue(order.indexOf("known") <= 1, order::toString);
        assertEquals(21, order.size());
        await(verification.close());
    }

    private static void turn(Context context, Runnable action) {
        Promise<Void> done = Promise.promise();
        context.runOnContext(turn -> {
            action.run();
            done.complete();
        });
        await(done.future());
    }

    @Test
    void anErrorFailsItsTokenOnly() throws Exception {
        Verification verification = verification(new FairQueue.Bounds(2, 1, 1), 0, new AtomicLong());
        for (Error error : List.of(new OutOfMemoryError("tried"), new NoClassDefFoundError("tried"))) {
            Future<Integer> failed = verification.verify(
                    FROM,
                    () -> true,
                    place -> place.call(() -> {
                        throw error;
                    }));
            assertSame(
                    error, await(failed.<@Nullable Throwable>map(done -> null).otherwise(failure -> failure)));
        }
        Integer next = await(verification.verify(FROM, () -> true, place -> place.call(() -> 1)));
        assertEquals(1, next, "their places were left");
        await(verification.close());
    }

    @Test
    void aKnownTokenThatNoLongerPassesIsForgotten() throws Exception {
        JwtAuthenticator authenticator = new JwtAuthenticator(vertx, auth(List.of(ACCESS_KEY)), List.of(), CLOCK);
        String token = Signer.hmac("HS256", ACCESS_KEY, clientClaims());
        await(authenticator.authenticateClient(token, "chat", FROM));
        assertEquals(
                Reason.WRONG_AUDIENCE,
                refusal(authenticator.authenticateClient(token, "other", FROM)).reason());
        CountDownLatch release = occupy();

        Future<Principal> again = authenticator.authenticateClient(token, "chat", FROM);
        assertFalse(again.isComplete(), "read on the thread of the caller");

        release.countDown();
        await(again);
        await(authenticator.close());
    }

    @Test
    void failuresCostTimeOnceTheBucketIsEmpty() {
        AtomicLong nanos = new AtomicLong();
        FailureLimit limit = new FailureLimit(10, nanos::get);
        SourceNetwork source = network(FROM);
        for (int i = 0; i < 20; i++) {
            assertEquals(0, limit.failed(source), "failure " + i);
            assertFalse(limit.isExhausted(source));
        }

        assertEquals(100, limit.failed(source));
        assertEquals(200, limit.failed(source));
        assertTrue(limit.isExhausted(source));
        assertEquals(0, limit.failed(network(OTHER)), "others are not concerned");
        for (int i = 0; i < 100; i++) {
            assertTrue(limit.failed(source) <= 2000, "nobody waits longer");
        }
        nanos.addAndGet(2_000_000_000L);
        assertFalse(limit.isExhausted(source));
        assertEquals(100, limit.failed(source));
        nanos.addAndGet(60_000_000_000L);
        assertEquals(0, limit.failed(source));
    }

    @Test
    void withoutALimitAnyNumberMayFail() {
        FailureLimit limit = new FailureLimit(0, System::nanoTime);
        for (int i = 0; i < 10_000; i++) {
            assertEquals(0, limit.failed(network(FROM)));
        }
        assertFalse(limit.isExhausted(network(FROM)));
    }

    @Test
    void theNetworksOfAnIpv6SiteHaveALargerBucketTogether() {
        FailureLimit limit = new FailureLimit(10, () -> 0);
        int burst = 20 * FailureLimit.SITE_SOURCES;
        for (int i = 0; i < burst; i++) {
            assertEquals(0, limit.failed(network("2001:db8:1:" + Integer.toHexString(i))), "failure " + i);
        }

        assertTrue(limit.failed(network("2001:db8:1:ffff")) > 0);
        assertTrue(limit.isExhausted(network("2001:db8:1:fffe")));
        assertFalse(limit.isExhausted(network("2001:db8:2:0")));
        assertEquals(0, limit.failed(network("2001:db8:2:0")));
    }

    private static SourceNetwork network(InetAddress address) {
        return SourceNetwork.of(address.getAddress());
    }

    private static SourceNetwork network(String prefix) {
        return network(address(prefix + "::1"));
    }

    @Test
    void anIpv6NetworkIsOneSource() {
        SourceNetwork one = network(address("2001:db8:1:2::1"));
        assertEquals(one, network(address("2001:db8:1:2:ffff:ffff:ffff:ffff")));
        assertFalse(one.equals(network(address("2001:db8:1:3::1"))));
        assertFalse(network(address("0.0.0.1")).equals(network(address("::1"))));
        assertEquals(network(address("192.0.2.7")), network(address("::ffff:192.0.2.7")));
    }

    @Test
    void eachRefusalSaysWhy() {
        Signer signer = Signer.shared("RS256");
        JwtAuthenticator authenticator = new JwtAuthenticator(
                vertx, auth(List.of(ACCESS_KEY), issuer(ISSUER, pem("k", "RS256", signer.pem()))), List.of(), CLOCK);
        JsonObject stranger = issuerClaims().put("iss", "https://other.example/");
        JsonObject forAll = clientClaims();
        forAll.remove("aud");

        assertText(
                "names no issuer (iss), and access keys sign with HS256 only",
                authenticator,
                Signer.hmac("HS384", ACCESS_KEY + ACCESS_KEY, clientClaims()));
        assertText(
                "issuer (iss) is not in auth.issuers, and access keys sign with HS256 only",
                authenticator,
                signer.token(stranger));
        assertText(
                "issuer (iss) is not in auth.issuers, so it is taken for one of an access key",
                authenticator,
                Signer.hmac("HS256", ACCESS_KEY, stranger));
        assertText("has no audience (aud)", authenticator, Signer.hmac("HS256", ACCESS_KEY, forAll));
        assertText(
                "(kid) is for another algorithm",
                authenticator,
                Signer.shared("ES256").token("k", issuerClaims()));
        assertText("has its key id (kid)", authenticator, signer.token("other", issuerClaims()));
        assertText(
                "algorithm (alg) is not supported",
                authenticator,
                signer.sign(new JsonObject().put("alg", "RS1"), issuerClaims()));
        assertText(
                "signed with another key",
                authenticator,
                Signer.generate("RS256").token("k", issuerClaims()));
    }

    private static void assertText(String expected, JwtAuthenticator authenticator, String token) {
        String text = String.valueOf(
                refusal(authenticator.authenticateClient(token, "chat", FROM)).getMessage());
        assertTrue(text.contains(expected), text);
    }
}
