package dev.fanfare.delivery;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.broker.Broker;
import dev.fanfare.broker.Claim;
import dev.fanfare.broker.Operation;
import dev.fanfare.broker.OperationResult;
import dev.fanfare.broker.Selector;
import dev.fanfare.core.CloseReason;
import dev.fanfare.core.protocol.Subprotocol;
import dev.fanfare.shard.Shards;
import dev.fanfare.socket.FakeSocket;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A group served over several turns of the event loop, and what happens between them. */
@Timeout(120)
class FanOutsTest {

    private static final int LARGE = 3 * FanOuts.SLICE;
    private static final Pattern DATA = Pattern.compile("\"data\":\"([^\"]*)\"");

    @SuppressWarnings("NullAway.Init")
    private Shards shards;

    @SuppressWarnings("NullAway.Init")
    private Broker.Origin origin;

    @BeforeEach
    void start() throws Exception {
        shards = new Shards(2);
        origin = shards.origin();
    }

    @AfterEach
    void stop() throws Exception {
        shards.close();
    }

    private List<FakeSocket> members(int count, String... groups) throws Exception {
        List<FakeSocket> members = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            members.add(shards.open(0, Subprotocol.JSON, null, groups));
        }
        return members;
    }

    private void publish(String group, String text) {
        origin.publish(Selector.group(Shards.HUB, group), Shards.text(text));
    }

    private static List<String> texts(FakeSocket socket) {
        List<String> texts = new ArrayList<>();
        for (String frame : socket.frames()) {
            Matcher matcher = DATA.matcher(frame);
            if (matcher.find()) {
                texts.add(matcher.group(1));
            }
        }
        return texts;
    }

    private static long count(List<FakeSocket> sockets, Predicate<List<String>> having) {
        return sockets.stream().filter(socket -> having.test(texts(socket))).count();
    }

    private void close(FakeSocket socket) throws Exception {
        shards.ask(
                Selector.connection(Shards.HUB, Shards.connectionId(socket)),
                new Operation.Close(CloseReason.CLOSED_BY_API, ""));
    }

    @Test
    void everyMemberOfALargeGroupGetsEveryMessageOnceInOrder() throws Exception {
        List<FakeSocket> members = members(LARGE, "large");
        List<String> expected =
                IntStream.range(0, 20).mapToObj(i -> "message " + i).toList();
        expected.forEach(text -> publish("large", text));
        await().untilAsserted(() -> assertEquals(LARGE, count(members, expected::equals)));
        await().until(() -> shards.broker.inFlightBytes() == 0);
        assertEquals(20L * LARGE, shards.metrics.count("delivered"));
    }

    @Test
    void aSmallGroupDoesNotWaitForALargeOne() throws Exception {
        List<FakeSocket> members = members(LARGE, "large");
        FakeSocket other = shards.open(0, Subprotocol.JSON, null, "small");
        AtomicInteger served = new AtomicInteger(-1);
        other.onFrame(() -> served.compareAndSet(-1, (int) count(members, texts -> !texts.isEmpty())));
        publish("large", "to many");
        publish("small", "to one");
        await().untilAsserted(() -> assertEquals(LARGE, count(members, List.of("to many")::equals)));
        assertEquals(List.of("to one"), texts(other));
        assertTrue(served.get() < LARGE, () -> "behind " + served);
    }

    @Test
    void orderHoldsForThoseWhoAreInBoth() throws Exception {
        List<FakeSocket> both = members(10, "large", "small");
        List<FakeSocket> many = members(LARGE, "large");
        List<FakeSocket> last = members(10, "small", "large");
        for (int i = 0; i < 5; i++) {
            publish("large", "large " + i);
            publish("small", "small " + i);
        }
        List<String> expected = List.of(
                "large 0", "small 0", "large 1", "small 1", "large 2", "small 2", "large 3", "small 3", "large 4",
                "small 4");
        await().untilAsserted(() -> {
            assertEquals(
                    10, count(both, expected::equals), () -> texts(both.get(0)).toString());
            assertEquals(
                    10, count(last, expected::equals), () -> texts(last.get(0)).toString());
        });
        await().untilAsserted(() -> assertEquals(LARGE, count(many, texts -> texts.size() == 5)));
    }

    @Test
    void membersThatComeAndGoMeanwhileCostNobodyAMessageOrADouble() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        List<FakeSocket> members = members(LARGE, "large");
        Set<FakeSocket> leaving = new HashSet<>();
        while (leaving.size() < 300) {
            leaving.add(members.get(random.nextInt(LARGE)));
        }
        List<FakeSocket> gone = List.copyOf(leaving);
        List<FakeSocket> staying =
                members.stream().filter(socket -> !leaving.contains(socket)).toList();
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            expected.add("message " + i);
            publish("large", "message " + i);
            for (FakeSocket socket : gone.subList(i * 10, i * 10 + 10)) {
                close(socket);
            }
            shards.open(0, Subprotocol.JSON, null, "large");
        }
        await().untilAsserted(
                        () -> assertEquals(staying.size(), count(staying, expected::equals), () -> "seed=" + seed));
        for (FakeSocket socket : gone) {
            List<String> texts = texts(socket);
            assertEquals(expected.subList(0, texts.size()), texts, () -> "seed=" + seed);
        }
    }

    @Test
    void aMemberThatCannotGoOnConcernsNobodyElse() throws Exception {
        List<FakeSocket> members = members(LARGE, "large");
        for (int i = 0; i < LARGE; i += 7) {
            members.get(i).fail(new IllegalStateException("thrown on purpose"));
        }
        publish("large", "one");
        publish("large", "two");
        long broken = (LARGE + 6) / 7;
        await().untilAsserted(() -> assertEquals(LARGE - broken, count(members, List.of("one", "two")::equals)));
        await().until(() -> shards.broker.inFlightBytes() == 0);
    }

    @Test
    void aFanOutWhoseEndFailsIsNoLongerInFlightAndTheNextOneGoesOn() throws Exception {
        FakeSocket few = shards.open(0, Subprotocol.JSON, null, "small");
        List<FakeSocket> members = members(LARGE, "large");
        shards.metrics.onDelivered = () -> {
            throw new OutOfMemoryError("thrown on purpose");
        };
        for (String text : List.of("one", "two")) {
            publish("small", text);
            publish("large", text);
        }
        await().untilAsserted(() -> assertEquals(LARGE, count(members, List.of("one", "two")::equals)));
        await().untilAsserted(() -> assertEquals(List.of("one", "two"), texts(few)));
        await().untilAsserted(() -> assertEquals(0, shards.broker.inFlightBytes()));
        assertEquals(4, shards.metrics.count("bug"));
    }

    @Test
    void aReportIsMadeThoughTheEndOfItsFanOutFails() throws Exception {
        shards.open(0, Subprotocol.JSON, null, "small");
        shards.metrics.onDelivered = () -> {
            throw new IllegalStateException("thrown on purpose");
        };
        OperationResult operationResult = Shards.get(
                origin.publishAndReport(Selector.group(Shards.HUB, "small"), Shards.text("reported"), 60_000));
        assertEquals(1, operationResult.deliveryReport().written());
    }

    @Test
    void aSessionThatMovesAwayMeanwhileLosesNothing() throws Exception {
        List<FakeSocket> first = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            first.add(shards.open(0, Subprotocol.JSON_RELIABLE, null, "large"));
        }
        List<FakeSocket> many = members(LARGE, "large");
        List<Claim> claims = first.stream().map(Shards::claim).toList();
        List<FakeSocket> fresh = new ArrayList<>();
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            expected.add("message " + i);
            publish("large", "message " + i);
            if (i % 2 == 1) {
                fresh.add(shards.recover(1, claims.get(i / 2)));
            }
        }
        await().untilAsserted(() -> assertEquals(
                20,
                count(fresh, expected::equals),
                () -> fresh.stream()
                        .map(FanOutsTest::texts)
                        .filter(texts -> !texts.equals(expected))
                        .findFirst()
                        .toString()));
        await().untilAsserted(() -> assertEquals(LARGE, count(many, texts -> texts.size() == 40)));
    }
}
