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

    private static Encoded message(int length) {
        return new Encoded(true, new byte[length]);
    }

    @Test
    void sequenceIdsBeginWithOneAndHaveNoGaps() {
        Unacknowledged buffer = new Unacknowledged(10_000, 100);
        assertEquals(1, buffer.next());
        Encoded first = message(3);
        assertTrue(buffer.add(first, 7));
        assertTrue(buffer.add(message(4), 8));
        assertEquals(3, buffer.next());
        assertSame(first, buffer.body(1));
        assertEquals(8, buffer.expiry(2));
    }

    @Test
    void acknowledgingIsCumulativeAndIdempotent() {
        Unacknowledged buffer = new Unacknowledged(10_000, 100);
        for (int i = 0; i < 5; i++) {
            buffer.add(message(10), 0);
        }
        buffer.acknowledge(3);
        buffer.acknowledge(2);
        assertEquals(4, buffer.first());
        assertEquals(2, buffer.size());
        assertThrows(IndexOutOfBoundsException.class, () -> buffer.body(3));
    }

    @Test
    void acknowledgingWhatWasNeverSentAcknowledgesAllAndKeepsTheCount() {
        Unacknowledged buffer = new Unacknowledged(10_000, 100);
        buffer.add(message(10), 0);
        buffer.acknowledge(-1); // 2^64 - 1
        assertEquals(0, buffer.size());
        assertEquals(0, buffer.bytes());
        assertEquals(2, buffer.next());
    }

    @Test
    void bytesAndMessagesAreBoundedAndWhatIsTooMuchIsNotKept() {
        Unacknowledged byBytes = new Unacknowledged(200, 100);
        assertTrue(byBytes.add(message(100), 0));
        assertFalse(byBytes.add(message(100), 0));
        assertEquals(2, byBytes.next());
        Unacknowledged byCount = new Unacknowledged(10_000, 2);
        assertTrue(byCount.add(message(0), 0));
        assertTrue(byCount.add(message(0), 0));
        assertFalse(byCount.add(message(0), 0));
        byCount.acknowledge(1);
        assertTrue(byCount.add(message(0), 0));
    }

    @Test
    void anySequenceEqualsAModelOfAMap() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        Unacknowledged buffer = new Unacknowledged(1 << 20, 300);
        TreeMap<Long, Encoded> model = new TreeMap<>();
        long next = 1;
        for (int step = 0; step < 20_000; step++) {
            if (random.nextInt(3) > 0 && model.size() < 300) {
                Encoded message = message(random.nextInt(50));
                assertTrue(buffer.add(message, 0), "seed=" + seed);
                model.put(next++, message);
            } else {
                long acknowledged = next - random.nextInt(40);
                buffer.acknowledge(Math.max(0, acknowledged));
                model.headMap(acknowledged, true).clear();
            }
            assertEquals(model.size(), buffer.size(), "seed=" + seed + " step=" + step);
            for (var entry : model.entrySet()) {
                assertSame(entry.getValue(), buffer.body(entry.getKey()), "seed=" + seed);
            }
        }
    }
}
