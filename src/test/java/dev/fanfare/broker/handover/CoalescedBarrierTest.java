package dev.fanfare.broker.handover;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.Test;

class CoalescedBarrierTest {

    @Test
    void callersDuringARoundShareTheNextOne() {
        List<Promise<Void>> begun = new ArrayList<>();
        CoalescedBarrier coalescedBarrier = new CoalescedBarrier(Runnable::run, () -> {
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
        CoalescedBarrier coalescedBarrier = new CoalescedBarrier(Runnable::run, () -> {
            throw new IllegalStateException("a bug");
        });
        assertTrue(coalescedBarrier.await().succeeded());
        assertTrue(coalescedBarrier.await().succeeded());
    }

    @Test
    void aRoundThatEndsOnAnotherThreadGoesOnWithTheNextOnItsOwn() {
        List<Promise<Void>> begun = new ArrayList<>();
        Queue<Runnable> own = new ArrayDeque<>();
        CoalescedBarrier coalescedBarrier = new CoalescedBarrier(own::add, () -> {
            begun.add(Promise.promise());
            return begun.get(begun.size() - 1).future();
        });
        Future<Void> first = coalescedBarrier.await();
        Future<Void> second = coalescedBarrier.await();
        begun.get(0).complete();
        assertFalse(first.isComplete());
        assertEquals(1, begun.size());
        own.remove().run();
        assertTrue(first.succeeded());
        assertEquals(2, begun.size());
        begun.get(1).complete();
        own.remove().run();
        assertTrue(second.succeeded());
    }
}
