package dev.fanfare.delivery;

import static dev.fanfare.core.SlowConsumerPolicy.DISCONNECT;
import static dev.fanfare.core.SlowConsumerPolicy.DROP_NEWEST;
import static dev.fanfare.core.SlowConsumerPolicy.DROP_OLDEST;
import static dev.fanfare.core.SlowConsumerPolicy.KEEP_LATEST;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.core.ErrorCode;
import dev.fanfare.core.SlowConsumerPolicy;
import dev.fanfare.core.protocol.Encoded;
import dev.fanfare.core.session.Retention;
import dev.fanfare.ops.Metrics.Drop;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class OutboundQueueTest {

    private final Retention retention = new Retention();
    private final List<Drop> drops = new ArrayList<>();

    private OutboundQueue queue(long maxBytes) {
        return new OutboundQueue(maxBytes, retention, drops::add);
    }

    private static QueuedMessage message(int length) {
        return new QueuedMessage(new Encoded(true, new byte[length]), 0);
    }

    /** A message that weighs 100 bytes. */
    private static QueuedMessage named(String name) {
        byte[] body = Arrays.copyOf(name.getBytes(StandardCharsets.US_ASCII), 68);
        return new QueuedMessage(new Encoded(true, body), 0);
    }

    private static @Nullable QueuedMessage next(OutboundQueue queue) {
        OutboundQueue.Entry entry = queue.poll();
        if (entry == null) {
            return null;
        }
        queue.release(entry.message());
        return entry.message();
    }

    private static List<String> drain(OutboundQueue queue) {
        List<String> names = new ArrayList<>();
        for (QueuedMessage next = next(queue); next != null; next = next(queue)) {
            names.add(new String(next.message().body(), StandardCharsets.US_ASCII).trim());
        }
        return names;
    }

    @Test
    void messagesComeOutInOrder() {
        OutboundQueue queue = queue(10_000);
        QueuedMessage first = message(1);
        QueuedMessage second = message(2);
        assertTrue(queue.offer(first, null, DISCONNECT, null));
        assertTrue(queue.offer(second, null, DISCONNECT, null));
        assertEquals(2, queue.size());
        assertSame(first, next(queue));
        assertSame(second, next(queue));
        assertNull(queue.poll());
        assertEquals(0, queue.bytes());
        assertEquals(0, retention.bytes());
    }

    @Test
    void whatIsTooMuchIsNotKeptAndSmallerThingsStillFit() {
        OutboundQueue queue = queue(1000);
        assertTrue(queue.offer(message(800), "g", DISCONNECT, null));
        assertFalse(queue.offer(message(500), "g", DISCONNECT, null));
        assertTrue(queue.offer(message(50), "g", DISCONNECT, null));
        assertEquals(2, queue.size());
        assertEquals(List.of(), drops);
    }

    @Test
    void emptyMessagesAreBoundedToo() {
        OutboundQueue queue = queue(10_000);
        int taken = 0;
        while (queue.offer(message(0), null, DISCONNECT, null)) {
            taken++;
            assertTrue(taken < 1000);
        }
        assertEquals(taken, queue.size());
    }

    @ParameterizedTest
    @EnumSource(SlowConsumerPolicy.class)
    void oneMessageFitsHoweverLargeItIs(SlowConsumerPolicy policy) {
        OutboundQueue queue = queue(200);
        assertTrue(queue.offer(message(1000), "g", policy, null));
        assertEquals(1, queue.size());
        assertEquals(List.of(), drops);
        queue.offer(message(1001), "g", policy, null);
        assertEquals(1, queue.size());
    }

    @ParameterizedTest
    @EnumSource(SlowConsumerPolicy.class)
    void roomThatWasMadeCanBeUsedAgain(SlowConsumerPolicy policy) {
        OutboundQueue queue = queue(200);
        for (int i = 0; i < 1000; i++) {
            assertTrue(queue.offer(message(100), "g", policy, null));
            next(queue);
        }
        assertEquals(List.of(), drops);
        assertEquals(0, retention.bytes());
    }

    @Test
    void theNewestAreDroppedWhereTheOldestMatter() {
        OutboundQueue queue = queue(250);
        for (String name : List.of("a", "b", "c", "d")) {
            assertTrue(queue.offer(named(name), "g", DROP_NEWEST, null));
        }
        assertEquals(List.of("a", "b"), drain(queue));
        assertEquals(List.of(Drop.NEWEST, Drop.NEWEST), drops);
    }

    @Test
    void theOldestAreDroppedWhereTheNewestMatter() {
        OutboundQueue queue = queue(250);
        for (String name : List.of("a", "b", "c", "d")) {
            assertTrue(queue.offer(named(name), "g", DROP_OLDEST, null));
        }
        assertEquals(List.of("c", "d"), drain(queue));
        assertEquals(List.of(Drop.OLDEST, Drop.OLDEST), drops);
    }

    @Test
    void onlyTheLatestOfEachGroupWaitsInThePlaceOfTheFirst() {
        OutboundQueue queue = queue(1000);
        assertTrue(queue.offer(named("a1"), "a", KEEP_LATEST, null));
        assertTrue(queue.offer(named("b1"), "b", KEEP_LATEST, null));
        assertTrue(queue.offer(named("x"), "x", DROP_OLDEST, null));
        assertTrue(queue.offer(named("a2"), "a", KEEP_LATEST, null));
        assertTrue(queue.offer(named("a3"), "a", KEEP_LATEST, null));
        assertEquals(300, queue.bytes());
        assertEquals(List.of("a3", "b1", "x"), drain(queue));
        assertEquals(List.of(Drop.SUPERSEDED, Drop.SUPERSEDED), drops);
        assertTrue(queue.offer(named("a4"), "a", KEEP_LATEST, null));
        assertEquals(List.of("a4"), drain(queue));
    }

    @Test
    void aLargerLatestMessageMakesRoomForItself() {
        OutboundQueue queue = queue(250);
        assertTrue(queue.offer(named("a"), "a", KEEP_LATEST, null));
        assertTrue(queue.offer(named("b"), "b", KEEP_LATEST, null));
        assertTrue(queue.offer(message(130), "b", KEEP_LATEST, null));
        assertTrue(queue.bytes() <= 250, () -> "bytes=" + queue.bytes());
        assertEquals(List.of(Drop.SUPERSEDED, Drop.OLDEST), drops);
        assertEquals(1, queue.size());
    }

    @Test
    void withoutAGroupTheOldestGivesWayToTheLatest() {
        OutboundQueue queue = queue(250);
        for (String name : List.of("a", "b", "c")) {
            assertTrue(queue.offer(named(name), null, KEEP_LATEST, null));
        }
        assertEquals(List.of("b", "c"), drain(queue));
    }

    @Test
    void whatMayBeDroppedMakesRoomForWhatMayNot() {
        OutboundQueue queue = queue(350);
        assertTrue(queue.offer(named("firm1"), "f", DISCONNECT, null));
        assertTrue(queue.offer(named("loose1"), "l", DROP_OLDEST, null));
        assertTrue(queue.offer(named("loose2"), "m", KEEP_LATEST, null));
        assertTrue(queue.offer(named("firm2"), "f", DISCONNECT, null));
        assertTrue(queue.offer(named("firm3"), "f", DISCONNECT, null));
        assertTrue(queue.offer(named("loose3"), "l", DROP_OLDEST, null));
        assertFalse(queue.offer(named("firm4"), "f", DISCONNECT, null));
        assertEquals(List.of("firm1", "firm2", "firm3"), drain(queue));
        assertEquals(List.of(Drop.OLDEST, Drop.OLDEST, Drop.NEWEST), drops);
    }

    @Test
    void neitherBoundNorOrderWithinAGroupIsEverViolated() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        SlowConsumerPolicy[] policies = SlowConsumerPolicy.values();
        OutboundQueue queue = queue(2000);
        Map<String, Integer> delivered = new HashMap<>();
        int taken = 0;
        int out = 0;
        for (int i = 1; i <= 20_000; i++) {
            if (random.nextInt(3) == 0) {
                QueuedMessage next = next(queue);
                if (next != null) {
                    out++;
                    String[] parts = new String(next.message().body(), StandardCharsets.US_ASCII)
                            .trim()
                            .split(":", 2);
                    int before = delivered.getOrDefault(parts[0], 0);
                    assertTrue(Integer.parseInt(parts[1]) > before, "seed=" + seed);
                    delivered.put(parts[0], Integer.parseInt(parts[1]));
                }
            } else {
                int group = random.nextInt(8);
                if (queue.offer(named(group + ":" + i), "g" + group, policies[group % 4], null)) {
                    taken++;
                }
            }
            assertTrue(queue.bytes() <= 2000, "seed=" + seed);
            assertEquals(taken, out + drops.size() + queue.size(), "seed=" + seed);
        }
        queue.clear(ErrorCode.CLOSED);
        assertEquals(0, queue.bytes());
        assertEquals(0, retention.bytes());
    }
}
