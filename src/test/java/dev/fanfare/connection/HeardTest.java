package dev.fanfare.connection;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Map;
import org.junit.jupiter.api.Test;

class HeardTest {

    private final Heard heard = new Heard();

    private void note(long origin, long sequence) {
        heard.note(Publications.to("g", origin, sequence).publication());
    }

    @Test
    void theLastSequenceOfEachPublisherCounts() {
        note(1, 5);
        note(2, 7);
        note(1, 6);
        heard.age();
        note(1, 8);
        assertEquals(Map.of(1L, 8L, 2L, 7L), heard.snapshot());
    }

    @Test
    void whoIsSilentForLongIsForgotten() {
        for (long origin = 0; origin < 1000; origin++) {
            note(origin, 1);
            heard.age();
        }
        assertEquals(Map.of(999L, 1L), heard.snapshot());
    }

    @Test
    void aSnapshotStaysAsItWas() {
        note(1, 1);
        Map<Long, Long> snapshot = heard.snapshot();
        note(1, 2);
        assertEquals(Map.of(1L, 1L), snapshot);
    }
}
