package dev.fanfare.broker.handover;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class SessionDirectoryTest {

    private static final int MOVES = 100_000;

    private final SessionDirectory directory = new SessionDirectory();

    /** Publishers would take it for a session that is not elsewhere, and hand its messages to shards that do not have it. */
    @Test
    void aSessionThatMovesOnIsFoundAllTheTime() throws Exception {
        directory.put("id", "a");
        AtomicBoolean go = new AtomicBoolean(true);
        AtomicBoolean missed = new AtomicBoolean();
        Thread publisher = new Thread(() -> {
            while (go.get()) {
                if (directory.get("id") == null) {
                    missed.set(true);
                }
            }
        });
        publisher.start();
        for (int i = 0; i < MOVES && !missed.get(); i++) {
            directory.put("id", i % 2 == 0 ? "b" : "a");
        }
        go.set(false);
        publisher.join();
        assertFalse(missed.get());
    }

    @Test
    void aMoveChangesTheDigestsOfBothNodes() {
        SessionSet one = new SessionSet();
        one.add("id");
        directory.put("id", "a");
        directory.put("id", "b");
        assertEquals("b", directory.get("id"));
        directory.newRequest("a", 0);
        directory.newRequest("b", 0);
        directory.confirm("a", 1, List.of(), 0);
        directory.confirm("b", 2, List.of("id"), 0);
        directory.compare("a", 0, 0);
        directory.compare("b", one.digest(), 0);
        assertEquals(Set.of(), directory.stale());
        assertEquals(1, directory.size());
    }
}
