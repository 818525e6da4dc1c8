package dev.fanfare.shard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.core.protocol.Message;
import dev.fanfare.event.RaisedEvent;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class InvocationsTest {

    private final Invocations invocations = new Invocations();
    private final List<String> cancelled = new ArrayList<>();

    @Test
    void anAnswerIsTakenOnce() {
        RaisedEvent event = add("1", 10);
        assertTrue(invocations.has("1"));
        assertTrue(invocations.answered("1", event));
        assertFalse(invocations.answered("1", event));
        assertFalse(invocations.has("1"));
    }

    @Test
    void theAnswerToAnEarlierOneOfTheSameIdIsNotTaken() {
        RaisedEvent first = add("1", 10);
        invocations.cancel("1");
        RaisedEvent second = add("1", 10);
        assertFalse(invocations.answered("1", first));
        assertTrue(invocations.answered("1", second));
        assertEquals(List.of("1"), cancelled);
    }

    @Test
    void tooManyOrTooLargeOnesAreFull() {
        RaisedEvent large = add("large", 70_000);
        assertTrue(invocations.full());
        invocations.answered("large", large);
        assertFalse(invocations.full());
        for (int i = 0; i < 15; i++) {
            add("n" + i, 1);
        }
        assertFalse(invocations.full());
        add("n15", 1);
        assertTrue(invocations.full());
    }

    @Test
    void allAreCancelledAtTheEnd() {
        add("1", 40_000);
        add("2", 40_000);
        invocations.cancelAll();
        invocations.cancel("1");
        assertEquals(List.of("1", "2"), cancelled.stream().sorted().toList());
        assertFalse(invocations.full());
    }

    private RaisedEvent add(String id, int size) {
        Future<@Nullable Message> never = Promise.<@Nullable Message>promise().future();
        RaisedEvent event = new RaisedEvent(never, () -> cancelled.add(id));
        invocations.add(id, event, size);
        return event;
    }
}
