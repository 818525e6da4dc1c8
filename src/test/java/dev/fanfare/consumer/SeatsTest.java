package dev.fanfare.consumer;

import static dev.fanfare.consumer.SeatFixture.GRANT;
import static dev.fanfare.consumer.SeatFixture.HUB;
import static dev.fanfare.consumer.SeatFixture.consumersOnly;
import static dev.fanfare.consumer.SeatFixture.settings;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.config.Config;
import dev.fanfare.config.HubSettings;
import dev.fanfare.core.session.TokenGrant;
import dev.fanfare.store.VersionCondition;
import dev.fanfare.testkit.Endurance;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SeatsTest {

    private static final String A = "nodeA";
    private static final String B = "nodeB";

    private final SeatFixture cluster = new SeatFixture(A, B);

    @AfterEach
    void close() {
        cluster.close();
    }

    private static <T> T get(Future<T> future) {
        return SeatFixture.await(future);
    }

    /** Null if there was a seat. */
    private @Nullable SeatRefusal connect(HubSettings settings, String node, String connectionId) {
        return connect(settings, node, GRANT, connectionId);
    }

    private @Nullable SeatRefusal connect(HubSettings settings, String node, TokenGrant grant, String connectionId) {
        return get(refusal(cluster.connect(settings, node, "acme", grant, connectionId)));
    }

    private static Future<@Nullable SeatRefusal> refusal(Future<Void> taken) {
        return taken.transform(result -> Future.<@Nullable SeatRefusal>succeededFuture(
                result.succeeded() ? null : ((SeatException) result.cause()).refusal()));
    }

    private List<Seat> seats() {
        return get(cluster.consumers().get(HUB, "acme")).orElseThrow().seats();
    }

    private void disconnect(String node, String connectionId) {
        cluster.disconnect(node, connectionId);
        get(cluster.node(node).idle());
    }

    @ParameterizedTest
    @EnumSource(Config.ConsumerSettings.DuplicatePolicy.class)
    void ofTwoThatConnectAtOnceOneHasTheSeat(Config.ConsumerSettings.DuplicatePolicy policy) {
        HubSettings settings = settings("onDuplicate", policy);
        cluster.register("acme");
        int rounds = Endurance.count(100, 10_000);
        for (int round = 0; round < rounds; round++) {
            String one = "a" + round;
            String other = "b" + round;
            Future<Void> first = cluster.connect(settings, A, "acme", GRANT, one);
            Future<Void> second = cluster.connect(settings, B, "acme", GRANT, other);
            get(Future.join(first, second).otherwiseEmpty());
            Set<String> open = new HashSet<>(cluster.open.keySet());
            assertEquals(1, open.size(), () -> "open=" + open);
            assertEquals(open, Set.of(seats().get(0).connectionId()));
            if (policy == Config.ConsumerSettings.DuplicatePolicy.REFUSE) {
                assertTrue(first.failed() ^ second.failed());
            }
            String winner = open.iterator().next();
            disconnect(Objects.requireNonNull(cluster.open.get(winner)), winner);
            assertEquals(List.of(), seats());
        }
    }

    @Test
    void registeringAtTwoNodesAtOnceLeavesOneToken() {
        TokenGrant other = TokenGrant.of("other", 0, null);
        for (int round = 0; round < 50; round++) {
            get(Future.all(
                    new Consumers(cluster.node(A))
                            .register(HUB, "acme", Objects.requireNonNull(GRANT.token()), 1, Duration.ofDays(30)),
                    new Consumers(cluster.node(B))
                            .register(HUB, "acme", Objects.requireNonNull(other.token()), 1, Duration.ofDays(30))));
            SeatRefusal one = connect(consumersOnly(), A, GRANT, "one" + round);
            SeatRefusal two = connect(consumersOnly(), B, other, "two" + round);
            assertTrue(one == null ^ two == null, one + " " + two);
            assertEquals(SeatRefusal.OTHER_TOKEN, one == null ? two : one);
        }
    }

    @Test
    void registeringAgainEndsTheFormerConnection() {
        cluster.register("acme");
        assertNull(connect(consumersOnly(), A, "first"));
        cluster.register("acme", TokenGrant.of("new", 0, null));
        assertEquals("UNREGISTERED", cluster.ended.get("first"));
        assertEquals(SeatRefusal.OTHER_TOKEN, connect(consumersOnly(), B, "old"));
        assertNull(connect(consumersOnly(), B, TokenGrant.of("new", 0, null), "second"));
    }

    @Test
    void aConnectionOfARemovedClientEnds() {
        cluster.register("acme");
        assertNull(connect(consumersOnly(), A, "first"));
        assertTrue(get(cluster.consumers().remove(HUB, "acme")));
        assertEquals("UNREGISTERED", cluster.ended.get("first"));
        assertEquals(SeatRefusal.NOT_REGISTERED, connect(consumersOnly(), A, "second"));
        assertFalse(get(cluster.consumers().remove(HUB, "acme")));
    }

    @Test
    void theSeatsOfANodeThatLeftAreFree() {
        cluster.register("acme");
        assertNull(connect(consumersOnly(), A, "first"));
        assertEquals(SeatRefusal.OCCUPIED, connect(consumersOnly(), B, "second"));
        cluster.leave(A); // killed, hung or cut off: the others cannot know
        assertNull(connect(consumersOnly(), B, "third"));
        await().until(() -> "REPLACED".equals(cluster.ended.get("first"))); // it compares its own with the record
        assertEquals(Set.of("third"), cluster.open.keySet());
    }

    @Test
    void aNodeThatWasNeverSeenMayHaveJustJoined() {
        cluster.register("acme");
        cluster.join("nodeC");
        assertNull(connect(consumersOnly(), "nodeC", "first"));
        cluster.leave("nodeC");
        Seats late = cluster.join("nodeD"); // does not know that nodeC was a member
        assertEquals(SeatRefusal.OCCUPIED, get(refusal(late.take(consumersOnly(), HUB, "acme", GRANT, "second"))));
        cluster.addedMillis.addAndGet(5000);
        assertNull(get(refusal(late.take(consumersOnly(), HUB, "acme", GRANT, "third"))));
    }

    @Test
    void aSessionThatWaitsForItsClientGivesWay() {
        cluster.register("acme");
        assertNull(connect(consumersOnly(), A, "first"));
        cluster.waiting.add("first");
        assertNull(connect(consumersOnly(), B, "second"));
        assertEquals("REPLACED", cluster.ended.get("first"));
    }

    @Test
    void aSessionThatMovesTakesItsSeatAlong() {
        cluster.register("acme");
        assertNull(connect(consumersOnly(), A, "first"));
        cluster.open.put("first", B);
        cluster.node(B).arrived(consumersOnly(), HUB, "acme", GRANT, "first");
        cluster.node(A).movedAway(cluster.node(A).seatOf("first"));
        await().until(() -> seats().get(0).nodeId().equals(B));
        assertEquals(SeatRefusal.OCCUPIED, connect(consumersOnly(), A, "second"));
        disconnect(B, "first");
        assertNull(connect(consumersOnly(), A, "third"));
        assertFalse(cluster.ended.containsKey("first"));
    }

    @Test
    void aSessionThatReturnsKeepsItsSeat() {
        cluster.register("acme");
        assertNull(connect(consumersOnly(), A, "first"));
        OwnSeat former = Objects.requireNonNull(cluster.node(A).seatOf("first"));
        cluster.node(B).arrived(consumersOnly(), HUB, "acme", GRANT, "first");
        OwnSeat atOther = Objects.requireNonNull(cluster.node(B).seatOf("first"));
        get(cluster.node(B).idle());
        cluster.node(A).arrived(consumersOnly(), HUB, "acme", GRANT, "first");
        cluster.node(A).movedAway(former);
        cluster.node(B).movedAway(atOther);
        get(cluster.node(A).idle());
        assertEquals(1, cluster.node(A).held());
        assertEquals(List.of(A), seats().stream().map(Seat::nodeId).toList());
        disconnect(A, "first");
        assertEquals(List.of(), seats());
        assertEquals(0, cluster.node(A).held() + cluster.node(B).held());
        assertFalse(cluster.ended.containsKey("first"));
    }

    @Test
    void aSessionThatMovesAndEndsInAnOutageLeavesNoSeat() {
        cluster.register("acme");
        assertNull(connect(consumersOnly(), A, "first"));
        cluster.faulty.fault = FaultyStore.Fault.UNAVAILABLE;
        cluster.open.put("first", B);
        cluster.node(B).arrived(consumersOnly(), HUB, "acme", GRANT, "first");
        cluster.node(A).movedAway(cluster.node(A).seatOf("first"));
        cluster.disconnect(B, "first");
        cluster.faulty.fault = FaultyStore.Fault.NONE;
        get(cluster.node(B).idle());
        assertEquals(List.of(), seats());
    }

    @ParameterizedTest
    @EnumSource(Config.ConsumerSettings.DuplicatePolicy.class)
    void aSessionThatMovesWithoutItsSeatEnds(Config.ConsumerSettings.DuplicatePolicy policy) {
        HubSettings settings = settings("onDuplicate", policy);
        cluster.register("acme");
        assertNull(connect(settings, A, "first"));
        cluster.open.put("lost", B);
        cluster.node(B).arrived(settings, HUB, "acme", GRANT, "lost");
        await().until(() -> "REPLACED".equals(cluster.ended.get("lost")));
        assertEquals(Set.of("first"), cluster.open.keySet());
    }

    @Test
    void aSeatThatALostWriteTookIsFreed() {
        cluster.register("acme");
        ConsumerKey key = ConsumerKey.of(HUB, "acme");
        ConsumerStore.StoredConsumer read = get(cluster.node(A).records().read(key));
        ConsumerRecord next = Objects.requireNonNull(read.current()).with(new Seat(A, "lost", 0), 0);
        get(cluster.node(A).records().replace(key, read, next, Duration.ofDays(30)));
        await().until(() -> seats().isEmpty());
    }

    @Test
    void aRecordThatIsGoneAfterAMergeEndsItsConnection() {
        cluster.register("acme");
        assertNull(connect(consumersOnly(), A, "first"));
        get(cluster.store.remove(ConsumerKey.of(HUB, "acme").text(), VersionCondition.ANY));
        await().until(() -> "UNREGISTERED".equals(cluster.ended.get("first")));
    }

    @Test
    void usersHaveSeveralSeatsAndLeaveNoRecord() {
        HubSettings settings = settings("connectionsPerUser", 2);
        assertNull(connect(settings, A, "one"));
        assertNull(connect(settings, B, "two"));
        assertEquals(SeatRefusal.OCCUPIED, connect(settings, A, "three"));
        disconnect(A, "one");
        assertNull(connect(settings, B, "four"));
        disconnect(B, "two");
        disconnect(B, "four");
        assertNull(get(cluster.store.get(ConsumerKey.of(HUB, "acme").text())));
        assertEquals(0, cluster.node(A).held() + cluster.node(B).held());
    }

    @Test
    void aConnectionOfAUserKeepsItsPlaceIfThereIsRoom() {
        HubSettings settings = settings("connectionsPerUser", 2);
        assertNull(connect(settings, A, "one"));
        get(cluster.store.remove(ConsumerKey.of(HUB, "acme").text(), VersionCondition.ANY));
        await().until(() -> get(cluster.store.get(ConsumerKey.of(HUB, "acme").text())) != null);
        assertTrue(cluster.ended.isEmpty());
        assertNull(connect(settings, B, "two"));
        assertEquals(SeatRefusal.OCCUPIED, connect(settings, B, "three"));
    }

    @Test
    void withoutAStoreNobodyGetsASeat() {
        cluster.register("acme");
        get(cluster.store.close());
        assertEquals(SeatRefusal.UNAVAILABLE, connect(consumersOnly(), A, "first"));
        assertEquals(0, cluster.node(A).held());
    }

    @Test
    void aRefusedConnectionLeavesNothingToBeDone() {
        cluster.register("acme");
        cluster.faulty.fault = FaultyStore.Fault.UNAVAILABLE;
        for (int i = 0; i < 1000; i++) {
            assertEquals(SeatRefusal.UNAVAILABLE, connect(consumersOnly(), A, "refused" + i));
        }
        get(cluster.node(A).idle()); // although the store does not serve
        cluster.faulty.fault = FaultyStore.Fault.NONE;
        int before = cluster.faulty.reads.get();
        assertEquals(SeatRefusal.OTHER_TOKEN, connect(consumersOnly(), A, TokenGrant.of("other", 0, null), "other"));
        get(cluster.node(A).idle());
        assertEquals(before + 1, cluster.faulty.reads.get());
        assertEquals(0, cluster.node(A).held());
    }

    @Test
    void aSeatIsFreedIfTheAnswerOfItsWriteIsLost() {
        cluster.register("acme");
        cluster.faulty.fault = FaultyStore.Fault.ANSWERS_LOST;
        assertEquals(SeatRefusal.UNAVAILABLE, connect(consumersOnly(), A, "first"));
        cluster.faulty.fault = FaultyStore.Fault.NONE;
        get(cluster.node(A).idle());
        assertEquals(List.of(), seats());
    }

    @Test
    void consumersAreListedPageByPage() {
        int count = Endurance.count(500, 100_000);
        long start = System.nanoTime();
        for (int from = 0; from < count; from += 500) {
            get(Future.all(IntStream.range(from, from + 500)
                    .mapToObj(i -> cluster.consumers()
                            .register(
                                    HUB,
                                    "client" + i,
                                    Objects.requireNonNull(GRANT.token()),
                                    Long.MAX_VALUE,
                                    Duration.ofDays(30)))
                    .toList()));
        }
        long registered = System.nanoTime();
        Seats late = cluster.join("nodeC"); // reads everything
        await().until(() -> late.index().size() == count);
        long synced = System.nanoTime();
        Consumers consumers = new Consumers(late);
        Set<String> ids = new HashSet<>();
        String next = null;
        do {
            Consumers.ConsumerPage page = get(consumers.list(HUB, next, 200));
            page.consumers().forEach(consumer -> assertTrue(ids.add(consumer.id())));
            next = page.next();
        } while (next != null);
        assertEquals(count, ids.size());
        System.out.printf(
                "%d consumers: registered in %d ms, read by a new node in %d ms, listed in %d ms%n",
                count,
                (registered - start) / 1_000_000,
                (synced - registered) / 1_000_000,
                (System.nanoTime() - synced) / 1_000_000);
    }
}
