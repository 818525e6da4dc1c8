package dev.fanfare.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PerConnectionQueueTest {

    private final PerConnectionQueue perConnectionQueue = new PerConnectionQueue();
    private final List<String> begun = new ArrayList<>();

    @Test
    void theWorkOfOneGoesOneAfterTheOtherHoweverItEnds() {
        Promise<String> first = Promise.promise();
        Promise<String> second = Promise.promise();
        Future<String> a = take("c", "a", first);
        Future<String> b = take("c", "b", second);
        take("c", "c", Promise.promise());
        assertEquals(List.of("a"), begun);
        first.fail("no");
        assertEquals(List.of("a", "b"), begun);
        assertTrue(a.failed());
        second.complete("done");
        assertEquals("done", b.result());
        assertEquals(List.of("a", "b", "c"), begun);
    }

    @Test
    void workThatThrowsHasFailedAndHoldsUpNothing() {
        Future<String> thrown = perConnectionQueue.take("c", () -> {
            throw new IllegalStateException("thrown on purpose");
        });
        assertTrue(thrown.failed());
        take("c", "a", Promise.promise());
        assertEquals(List.of("a"), begun);
    }

    @Test
    void thatOfOthersGoesBesideIt() {
        take("c", "a", Promise.promise());
        take("d", "b", Promise.promise());
        assertEquals(List.of("a", "b"), begun);
    }

    @Test
    void nothingIsKeptWhenAllIsDone() {
        Promise<String> first = Promise.promise();
        take("c", "a", first);
        first.complete("done");
        take("c", "b", Promise.promise());
        assertEquals(List.of("a", "b"), begun);
        assertEquals(1, perConnectionQueue.size());
    }

    private Future<String> take(String connectionId, String name, Promise<String> end) {
        return perConnectionQueue.take(connectionId, () -> {
            begun.add(name);
            return end.future();
        });
    }
}
