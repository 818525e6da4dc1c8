package dev.fanfare.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RoundsTest {

    @Test
    void callersDuringARoundShareTheNextOne() {
        List<Promise<Void>> begun = new ArrayList<>();
        Rounds rounds = new Rounds(() -> {
            begun.add(Promise.promise());
            return begun.get(begun.size() - 1).future();
        });
        Future<Void> first = rounds.pass();
        Future<Void> second = rounds.pass();
        Future<Void> third = rounds.pass();
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
        Rounds rounds = new Rounds(() -> {
            throw new IllegalStateException("a bug");
        });
        assertTrue(rounds.pass().succeeded());
        assertTrue(rounds.pass().succeeded());
    }
}
