package dev.fanfare.broker.handover;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CoalescedBarrierTest {

    @Test
    void callersDuringARoundShareTheNextOne() {
        List<Promise<Void>> begun = new ArrayList<>();
        CoalescedBarrier coalescedBarrier = new CoalescedBarrier(() -> {
            begun.add(Promise.promise());
            return begun.get(begun.size() - 1).future();
        });
        Future<Void> first = coalescedBarrier.await();
        Future<Void> second = coalescedBarrier.await();
        Future<Void> third = coalescedBarrier.await();
        assertEquals(1, begun.size());
        begun.get(0).complete();
        assertTrue(first.succeeded());
        assertFalse(second.isComplete());
        assertEquals(2, begun.size());
        begun.get(1).fail("no answer");
        assertTrue(second.succeeded());
        assertTrue(third.succeeded());
    }

    @Test
    void aRoundThatThrowsDoesNotHoldUpTheNext() {
        CoalescedBarrier coalescedBarrier = new CoalescedBarrier(() -> {
            throw new IllegalStateException("a bug");
        });
        assertTrue(coalescedBarrier.await().succeeded());
        assertTrue(coalescedBarrier.await().succeeded());
    }
}
