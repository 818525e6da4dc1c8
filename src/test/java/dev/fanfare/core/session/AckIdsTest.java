package dev.fanfare.core.session;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Random;
import org.junit.jupiter.api.Test;

class AckIdsTest {

    @Test
    void zeroIsAnIdLikeAnyOther() {
        AckIds ids = new AckIds(10);
        assertFalse(ids.contains(0));
        ids.add(0);
        assertTrue(ids.contains(0));
        assertFalse(ids.contains(1));
    }

    @Test
    void idsAboveTheSignedRangeAreGreaterThanThoseBelow() {
        AckIds ids = new AckIds(10);
        ids.add(5);
        ids.add(-1); // 2^64 - 1
        assertTrue(ids.contains(5));
        assertTrue(ids.contains(-1));
        assertFalse(ids.contains(6));
    }

    @Test
    void theOldestIsForgottenFirst() {
        AckIds ids = new AckIds(3);
        for (long id = 1; id <= 4; id++) {
            ids.add(id);
        }
        assertFalse(ids.contains(1));
        assertArrayEquals(new long[] {2, 3, 4}, ids.toArray());
    }

    @Test
    void anySequenceEqualsAModelOfAQueue() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        AckIds ids = new AckIds(50);
        Deque<Long> model = new ArrayDeque<>();
        for (int step = 0; step < 20_000; step++) {
            long id = random.nextInt(200);
            assertEquals(model.contains(id), ids.contains(id), "seed=" + seed + " step=" + step);
            if (!model.contains(id)) {
                ids.add(id);
                model.add(id);
                if (model.size() > 50) {
                    model.remove();
                }
            }
        }
    }
}
