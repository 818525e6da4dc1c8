package dev.fanfare.core.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.core.protocol.Encoded;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class UnacknowledgedTest {

    private final Retention retention = new Retention();

    private static Retained message(int length) {
        return new Retained(new Encoded(true, new byte[length]), 0);
    }

    @Test
    void sequenceIdsBeginWithOneAndHaveNoGaps() {
        Unacknowledged buffer = new Unacknowledged(10_000, 100, retention);
        assertEquals(1, buffer.next());
        Retained first = message(3);
        assertTrue(buffer.add(first));
        assertTrue(buffer.add(message(4)));
        assertEquals(3, buffer.next());
        assertSame(first, buffer.get(1));
    }

    @Test
    void acknowledgingIsCumulativeAndIdempotent() {
        Unacknowledged buffer = new Unacknowledged(10_000, 100, retention);
        for (int i = 0; i < 5; i++) {
            buffer.add(message(10));
        }
        buffer.acknowledge(3);
        buffer.acknowledge(2);
        assertEquals(4, buffer.first());
        assertEquals(2, buffer.size());
        assertThrows(IndexOutOfBoundsException.class, () -> buffer.get(3));
    }

    @Test
    void anAcknowledgementBeyondTheLastCoversAllAndKeepsTheCount() {
        Unacknowledged buffer = new Unacknowledged(10_000, 100, retention);
        buffer.add(message(10));
        buffer.acknowledge(-1); // 2^64 - 1
        assertEquals(0, buffer.size());
        assertEquals(0, buffer.bytes());
        assertEquals(2, buffer.next());
    }

    @Test
    void bytesAndMessagesAreBoundedAndWhatIsTooMuchIsNotKept() {
        Unacknowledged byBytes = new Unacknowledged(200, 100, retention);
        assertTrue(byBytes.add(message(100)));
        assertFalse(byBytes.add(message(100)));
        assertEquals(2, byBytes.next());
        Unacknowledged byCount = new Unacknowledged(10_000, 2, retention);
        assertTrue(byCount.add(message(0)));
        assertTrue(byCount.add(message(0)));
        assertFalse(byCount.add(message(0)));
        byCount.acknowledge(1);
        assertTrue(byCount.add(message(0)));
    }

    @Test
    void oneMessageIsKeptHoweverLargeItIs() {
        Unacknowledged buffer = new Unacknowledged(200, 100, retention);
        assertTrue(buffer.add(message(1000)));
        assertFalse(buffer.add(message(1)));
        buffer.acknowledge(1);
        assertTrue(buffer.add(message(1000)));
    }

    @Test
    void anySequenceEqualsAModelOfAMap() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        Unacknowledged buffer = new Unacknowledged(1 << 20, 300, retention);
        TreeMap<Long, Retained> model = new TreeMap<>();
        long next = 1;
        for (int step = 0; step < 20_000; step++) {
            if (random.nextInt(3) > 0 && model.size() < 300) {
                Retained message = message(random.nextInt(50));
                assertTrue(buffer.add(message), "seed=" + seed);
                model.put(next++, message);
            } else {
                long acknowledged = next - random.nextInt(40);
                buffer.acknowledge(Math.max(0, acknowledged));
                model.headMap(acknowledged, true).clear();
            }
            assertEquals(model.size(), buffer.size(), "seed=" + seed + " step=" + step);
            for (var entry : model.entrySet()) {
                assertSame(entry.getValue(), buffer.get(entry.getKey()), "seed=" + seed);
            }
        }
    }

    @Test
    void whatManyKeepCountsOnceForTheShardAndNothingRemains() {
        Unacknowledged first = new Unacknowledged(100_000, 100, retention);
        Unacknowledged second = new Unacknowledged(100_000, 100, retention);
        Retained shared = message(5000);
        assertTrue(first.add(shared));
        long alone = retention.bytes();
        assertTrue(alone > 5000, "bytes=" + alone);
        assertTrue(second.add(shared));
        assertTrue(retention.bytes() - alone < 100, "bytes=" + retention.bytes());
        first.acknowledge(1);
        assertEquals(alone, retention.bytes());
        second.release();
        assertEquals(0, retention.bytes());
    }

    @Test
    void whatMovesCountsWithItsNewShardOnly() {
        Unacknowledged buffer = new Unacknowledged(100_000, 100, retention);
        Retained shared = message(1000);
        for (int i = 0; i < 7; i++) {
            assertTrue(buffer.add(i == 3 ? shared : message(10)));
        }
        buffer.acknowledge(2);
        long before = retention.bytes();
        buffer.release();
        assertEquals(0, retention.bytes());
        Retention other = new Retention();
        buffer.moveTo(other);
        assertEquals(before, other.bytes());
        assertSame(shared.message(), buffer.get(4).message());
        assertEquals(3, buffer.first());
        buffer.acknowledge(7);
        assertEquals(0, other.bytes());
        assertEquals(0, retention.bytes());
    }
}
