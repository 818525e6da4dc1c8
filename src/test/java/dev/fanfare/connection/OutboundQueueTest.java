package dev.fanfare.connection;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.core.protocol.Encoded;
import org.junit.jupiter.api.Test;

class OutboundQueueTest {

    private static Encoded message(int length) {
        return new Encoded(true, new byte[length]);
    }

    @Test
    void messagesComeOutInOrderWithTheirExpiry() {
        OutboundQueue queue = new OutboundQueue(10_000);
        Encoded first = message(1);
        Encoded second = message(2);
        assertTrue(queue.offer(first, 10));
        assertTrue(queue.offer(second, 20));
        assertEquals(2, queue.size());
        OutboundQueue.Entry entry = queue.poll();
        assertNotNull(entry);
        assertSame(first, entry.message());
        assertEquals(10, entry.expiresAtMillis());
        entry = queue.poll();
        assertNotNull(entry);
        assertSame(second, entry.message());
        assertNull(queue.poll());
        assertEquals(0, queue.bytes());
    }

    @Test
    void whatIsTooMuchIsNotKeptAndSmallerThingsStillFit() {
        OutboundQueue queue = new OutboundQueue(1000);
        assertTrue(queue.offer(message(800), 0));
        assertFalse(queue.offer(message(500), 0));
        assertTrue(queue.offer(message(50), 0));
        assertEquals(2, queue.size());
    }

    @Test
    void emptyMessagesAreBoundedToo() {
        OutboundQueue queue = new OutboundQueue(10_000);
        int taken = 0;
        while (queue.offer(message(0), 0)) {
            taken++;
            assertTrue(taken < 1000);
        }
        assertEquals(taken, queue.size());
    }

    @Test
    void roomThatWasMadeCanBeUsedAgain() {
        OutboundQueue queue = new OutboundQueue(200);
        for (int i = 0; i < 1000; i++) {
            assertTrue(queue.offer(message(100), 0));
            queue.poll();
        }
    }
}
