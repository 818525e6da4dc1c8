package dev.fanfare.limit;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.config.Config;
import dev.fanfare.config.Hubs;
import dev.fanfare.core.SourceNetwork;
import dev.fanfare.ops.Metrics;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("attack")
class LimiterTest {

    private static final String HUB = "chat";
    private static final byte[] HOME = {10, 0, 0, 1};
    private static final Config.SharedLimits SMALL = new Config.SharedLimits(2, 2, 4, 1000, 2);

    /** Near where the clock of a JVM overflows. */
    private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - TimeUnit.SECONDS.toNanos(3));

    private static byte[] ipv6(int site, int subnet, long host) {
        long network = 0x2001_0db8_0000_0000L | (long) site << 16 | subnet;
        return ByteBuffer.allocate(16).putLong(network).putLong(host).array();
    }

    private Limiter limiter(Config config) {
        return new Limiter(config, new Hubs(config), nanos::get);
    }

    private static Config with(String key, Object value) {
        return Config.DEFAULT.with(key, value);
    }

    private static Config withHub(Config.SharedLimits limits) {
        Config.Hub any = Objects.requireNonNull(Config.DEFAULT.hubs().get("*"));
        return Config.DEFAULT.with(
                "hubs",
                Map.of(
                        "*",
                        any,
                        HUB,
                        new Config.Hub(
                                any.compression(),
                                any.slowConsumerPolicy(),
                                any.groups(),
                                any.eventHandlers(),
                                any.busEvents(),
                                limits,
                                0,
                                any.consumers(),
                                any.publishers())));
    }

    private void pass(long millis) {
        nanos.addAndGet(TimeUnit.MILLISECONDS.toNanos(millis));
    }

    private static OverLimitException refused(LoopLimits loop, @Nullable String user, byte[] address) {
        return assertThrows(OverLimitException.class, () -> loop.enter(HUB, user, address));
    }

    @Test
    void withoutLimitsNothingIsCountedOrKept() throws OverLimitException {
        Limiter limiter = limiter(Config.DEFAULT);
        assertSame(ConnectionLimits.NONE, limiter.loop().enter(HUB, "alice", HOME));
        for (int i = 0; i < 1000; i++) {
            limiter.call("key");
            limiter.handshakeFailed(HOME);
            limiter.handshake(HOME);
        }
        assertEquals(0, ConnectionLimits.NONE.message(0));
        assertNull(ConnectionLimits.NONE.join(0));
    }

    @Test
    void aUserHasItsConnectionsAndIsToldWhichLimitItReached() throws OverLimitException {
        LoopLimits loop = limiter(with("limits.perUser", new Config.SharedLimits(2, 0, 0, 0, 0)))
                .loop();
        ConnectionLimits first = loop.enter(HUB, "alice", HOME);
        loop.enter(HUB, "alice", HOME);
        OverLimitException refused = refused(loop, "alice", HOME);
        assertEquals("the user is at its limit of 2 connections on this node; try again in 5 s", refused.getMessage());
        assertEquals(Metrics.Limit.USER_CONNECTIONS, refused.limit());
        assertEquals("limits.perUser.connections", refused.setting());
        assertEquals(5, refused.retrySeconds());
        loop.enter(HUB, "bob", HOME);
        loop.enter("other", "alice", HOME);
        loop.enter(HUB, null, HOME);
        first.leave();
        first.leave();
        loop.enter(HUB, "alice", HOME);
        refused(loop, "alice", HOME);
    }

    @Test
    void whatIsRefusedForOneLimitIsNotCountedForAnother() throws OverLimitException {
        Config config = with("limits.perUser", new Config.SharedLimits(1, 0, 0, 0, 0))
                .with("limits.perAddress", new Config.SharedLimits(3, 0, 0, 0, 0));
        LoopLimits loop = limiter(config).loop();
        loop.enter(HUB, "alice", HOME);
        for (int i = 0; i < 10; i++) {
            assertEquals(
                    Metrics.Limit.USER_CONNECTIONS, refused(loop, "alice", HOME).limit());
        }
        loop.enter(HUB, "bob", HOME);
        loop.enter(HUB, "carol", HOME);
        assertEquals(
                Metrics.Limit.ADDRESS_CONNECTIONS, refused(loop, "dave", HOME).limit());
    }

    @Test
    void sessionsThatMoveInAreCountedEvenAboveTheLimit() throws OverLimitException {
        LoopLimits loop = limiter(withHub(SMALL)).loop();
        List<ConnectionLimits> moved = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            moved.add(loop.enterAnyway(HUB, "alice", HOME));
        }
        assertEquals(Metrics.Limit.HUB_CONNECTIONS, refused(loop, "bob", HOME).limit());
        moved.forEach(ConnectionLimits::leave);
        loop.enter(HUB, "bob", HOME);
    }

    @Test
    void anIpv6NetworkIsOneAddressAndASiteHasSixteenTimesAsMuch() throws OverLimitException {
        LoopLimits loop = limiter(with("limits.perAddress", new Config.SharedLimits(2, 0, 0, 0, 0)))
                .loop();
        for (int subnet = 0; subnet < 16; subnet++) {
            loop.enter(HUB, "alice", ipv6(1, subnet, 1));
            loop.enter(HUB, "alice", ipv6(1, subnet, 2));
            refused(loop, "alice", ipv6(1, subnet, 3));
        }
        refused(loop, "alice", ipv6(1, 99, 1));
        loop.enter(HUB, "alice", ipv6(2, 0, 1));
    }

    @Test
    void handshakesOfAUserAreRefilled() throws OverLimitException {
        LoopLimits loop = limiter(with("limits.perUser", new Config.SharedLimits(0, 2, 0, 0, 0)))
                .loop();
        loop.enter(HUB, "alice", HOME);
        loop.enter(HUB, "alice", HOME);
        OverLimitException refused = refused(loop, "alice", HOME);
        assertEquals("the user is at its limit of 2 handshakes a second; try again in 1 s", refused.getMessage());
        pass(499);
        refused(loop, "alice", HOME);
        pass(1);
        loop.enter(HUB, "alice", HOME);
        refused(loop, "alice", HOME);
    }

    @Test
    void aHandshakeOfAUserThatAHandlerNamesCountsOnceForItsHub() throws OverLimitException {
        LoopLimits loop =
                limiter(withHub(new Config.SharedLimits(0, 2, 0, 0, 0))).loop();
        for (String user : List.of("alice", "bob")) {
            loop.enter(HUB, "anyone", HOME).leave();
            loop.enterAs(HUB, user, HOME);
        }
        assertEquals(Metrics.Limit.HUB_HANDSHAKES, refused(loop, "carol", HOME).limit());
    }

    @Test
    void handshakesOfAnAddressCountBeforeTheTokenIsKnown() throws OverLimitException {
        Limiter limiter = limiter(with("limits.perAddress", new Config.SharedLimits(0, 2, 0, 0, 0)));
        limiter.handshake(HOME);
        limiter.handshake(HOME);
        OverLimitException refused = assertThrows(OverLimitException.class, () -> limiter.handshake(HOME));
        assertEquals(Metrics.Limit.ADDRESS_HANDSHAKES, refused.limit());
        limiter.handshake(new byte[] {10, 0, 0, 2});
        pass(1000);
        limiter.handshake(HOME);
        LoopLimits loop = limiter.loop();
        assertDoesNotThrow(() -> loop.enter(HUB, "alice", HOME));
        limiter.handshake(HOME);
    }

    @Test
    void messagesOfAllConnectionsOfAUserArePaced() throws OverLimitException {
        LoopLimits loop = limiter(with("limits.perUser", SMALL)).loop();
        ConnectionLimits one = loop.enter(HUB, "alice", HOME);
        ConnectionLimits other = loop.enter(HUB, "alice", HOME);
        for (int i = 0; i < 2; i++) {
            assertEquals(0, one.message(nanos.get()));
            assertEquals(0, other.message(nanos.get()));
        }
        assertEquals(TimeUnit.MILLISECONDS.toNanos(250), one.message(nanos.get()));
        assertEquals(Metrics.Limit.USER_MESSAGES, one.reached());
        assertEquals(TimeUnit.MILLISECONDS.toNanos(500), other.message(nanos.get()));
        pass(500);
        assertEquals(TimeUnit.MILLISECONDS.toNanos(250), one.message(nanos.get()));
        assertEquals(TimeUnit.MILLISECONDS.toNanos(500), one.bytes(nanos.get(), 1500));
        assertEquals(Metrics.Limit.USER_BYTES, one.reached());
    }

    @Test
    void whatASenderOwesDoesNotGrowForEver() throws OverLimitException {
        LoopLimits loop = limiter(with("limits.perUser", SMALL)).loop();
        ConnectionLimits flooding = loop.enter(HUB, "alice", HOME);
        for (int i = 0; i < 100_000; i++) {
            flooding.message(nanos.get());
        }
        assertEquals(
                TimeUnit.SECONDS.toNanos(10), loop.enter(HUB, "alice", HOME).message(nanos.get()));
    }

    @Test
    void eventLoopsOfAHubTakeNoMoreThanItHas() throws OverLimitException {
        int perSecond = 10_000;
        Limiter limiter = limiter(withHub(new Config.SharedLimits(0, 0, perSecond, 0, 0)));
        List<ConnectionLimits> connections = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            connections.add(limiter.loop().enter(HUB, "user" + i, HOME));
        }
        long[] readsAt = new long[connections.size()];
        Arrays.fill(readsAt, nanos.get());
        int sent = 0;
        for (int millisecond = 0; millisecond < 2000; millisecond++) {
            for (int i = 0; i < readsAt.length; i++) {
                while (readsAt[i] - nanos.get() <= 0) {
                    readsAt[i] = nanos.get() + connections.get(i).message(nanos.get());
                    sent++;
                }
            }
            pass(1);
        }
        // The burst of a second is free.
        assertTrue(sent > 2.9 * perSecond && sent < 3.1 * perSecond, "sent " + sent);
    }

    @Test
    void aJoinAboveTheLimitIsRefusedUntilLater() throws OverLimitException {
        LoopLimits loop = limiter(with("limits.perUser", SMALL)).loop();
        ConnectionLimits one = loop.enter(HUB, "alice", HOME);
        assertNull(one.join(nanos.get()));
        assertNull(one.join(nanos.get()));
        OverLimitException refused = Objects.requireNonNull(one.join(nanos.get()));
        assertEquals("the user is at its limit of 2 joins of groups a second; try again in 1 s", refused.getMessage());
        pass(500);
        assertNull(one.join(nanos.get()));
    }

    @Test
    void changedLimitsHoldForThoseThatShareThem() throws OverLimitException {
        Limiter limiter = limiter(withHub(SMALL));
        ConnectionLimits one = limiter.loop().enter(HUB, "alice", HOME);
        for (int i = 0; i < 4; i++) {
            one.message(nanos.get());
        }
        assertTrue(one.message(nanos.get()) > 0);
        Config changed = withHub(new Config.SharedLimits(0, 0, 0, 0, 0));
        limiter.configure(changed, new Hubs(changed));
        assertEquals(0, one.message(nanos.get()));
        assertSame(ConnectionLimits.NONE, limiter.loop().enter(HUB, "alice", HOME));
        one.leave();
    }

    @Test
    void pausesAfterFailedHandshakesGrowUpToABlock() throws OverLimitException {
        Limiter limiter = limiter(with("limits.failedHandshakes", 3).with("limits.blockSeconds", 10));
        List<Long> pauses = new ArrayList<>();
        for (int i = 0; i < 9; i++) {
            limiter.handshake(HOME);
            limiter.handshakeFailed(HOME);
            long pause = 0;
            while (isRefused(limiter, HOME)) {
                pass(500);
                pause += 500;
            }
            pauses.add(pause);
        }
        assertEquals(List.of(0L, 0L, 0L, 1000L, 2000L, 4000L, 8000L, 10_000L, 10_000L), pauses);
        limiter.handshake(new byte[] {10, 0, 0, 2});
        pass(10_001);
        limiter.handshakeFailed(HOME);
        limiter.handshake(HOME);
    }

    private static boolean isRefused(Limiter limiter, byte[] address) {
        try {
            limiter.handshake(address);
            return false;
        } catch (OverLimitException e) {
            assertEquals(Metrics.Limit.FAILED_HANDSHAKES, e.limit());
            assertTrue(e.retrySeconds() >= 1 && e.retrySeconds() <= 10, e.getMessage());
            return true;
        }
    }

    @Test
    void aSiteCannotFailForEachOfItsNetworks() {
        Limiter limiter = limiter(with("limits.failedHandshakes", 3));
        for (int subnet = 0; subnet < 16 * 3; subnet++) {
            limiter.handshakeFailed(ipv6(7, subnet, 1));
        }
        assertDoesNotThrow(() -> limiter.handshake(ipv6(7, 99, 1)));
        limiter.handshakeFailed(ipv6(7, 99, 1));
        assertThrows(OverLimitException.class, () -> limiter.handshake(ipv6(7, 100, 1)));
        assertDoesNotThrow(() -> limiter.handshake(ipv6(8, 0, 1)));
    }

    @Test
    void callsOfEachKeyAreLimited() throws OverLimitException {
        Limiter limiter = limiter(with("limits.apiCallsPerSecond", 2));
        limiter.call("ci");
        limiter.call("ci");
        OverLimitException refused = assertThrows(OverLimitException.class, () -> limiter.call("ci"));
        assertEquals("the key ci is at its limit of 2 calls a second; try again in 1 s", refused.getMessage());
        limiter.call("other");
        pass(500);
        limiter.call("ci");
    }

    @Test
    void aMillionStrangersTakeABoundedAmountOfMemory() {
        FailedHandshakes failures = new FailedHandshakes(1024);
        for (int i = 0; i < 200_000; i++) {
            failures.failed(SourceNetwork.of(ByteBuffer.allocate(4).putInt(i).array()), nanos.get(), 1, 10);
        }
        assertTrue(failures.size() <= 1024, "remembered " + failures.size());
        BoundedTable<Integer, Integer> table = new BoundedTable<>(1024, value -> value < 5000);
        for (int i = 0; i < 200_000; i++) {
            int key = i;
            int kept = table.with(key, () -> key, value -> value);
            assertEquals(key, kept);
        }
        assertTrue(table.size() <= 5000 + 5000 / 8 + 1024, "remembered " + table.size());
        for (int key = 0; key < 5000; key++) {
            assertEquals(key, table.getOrDefault(key, -1), "one in use was forgotten");
        }
    }

    @Test
    void threadsThatEnterAndLeaveAtOnceLeaveNothingBehind() throws Exception {
        Limiter limiter = limiter(withHub(new Config.SharedLimits(4, 0, 0, 0, 0)));
        CountDownLatch done = new CountDownLatch(3);
        AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
        for (int t = 0; t < 3; t++) {
            new Thread(() -> {
                        LoopLimits loop = limiter.loop();
                        try {
                            for (int i = 0; i < 20_000; i++) {
                                loop.enter(HUB, null, HOME).leave();
                            }
                        } catch (OverLimitException | RuntimeException e) {
                            failure.set(e);
                        } finally {
                            done.countDown();
                        }
                    })
                    .start();
        }
        assertTrue(done.await(30, TimeUnit.SECONDS));
        assertNull(failure.get());
        LoopLimits loop = limiter.loop();
        for (int i = 0; i < 4; i++) {
            loop.enter(HUB, null, HOME);
        }
        refused(loop, null, HOME);
    }

    @Test
    void aLimitIsReportedWhileItIsReachedAgainAndAgain() {
        AtomicLong reached = new AtomicLong();
        LimitGrowth growth = new LimitGrowth(Metrics.Limit.USER_CONNECTIONS, reached::get);
        assertNull(growth.get());
        reached.addAndGet(3);
        assertEquals("limit user_connections", growth.get());
        assertNull(growth.get());
    }

    @Test
    void anEventLoopIsLateForASecond() {
        long interval = TimeUnit.MILLISECONDS.toNanos(100);
        long bound = TimeUnit.MILLISECONDS.toNanos(500);
        LoopLateness lateness = new LoopLateness(interval, 0);
        lateness.tick(interval, bound);
        assertTrue(!lateness.isLate(interval + bound, bound));
        assertTrue(lateness.isLate(2 * interval + bound + 1, bound), "the timer is overdue");
        long tick = 2 * interval + bound + 1;
        lateness.tick(tick, bound);
        assertTrue(lateness.isLate(tick + TimeUnit.MILLISECONDS.toNanos(400), bound), "what waits is done first");
        for (int i = 1; i <= 10; i++) {
            lateness.tick(tick + i * interval, bound);
        }
        assertTrue(!lateness.isLate(tick + TimeUnit.SECONDS.toNanos(1), bound));
        assertTrue(!lateness.isLate(Long.MAX_VALUE / 2, 0), "without a bound");
    }
}
