package dev.fanfare.recovery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.shard.Publications;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LastSequencesTest {

    private final LastSequences lastSequences = new LastSequences();

    private void note(long origin, long sequence) {
        lastSequences.note(Publications.to("g", origin, sequence).publication());
    }

    @Test
    void theLastSequenceOfEachPublisherCounts() {
        note(1, 5);
        note(2, 7);
        note(1, 6);
        lastSequences.age();
        note(1, 8);
        assertEquals(Map.of(1L, 8L, 2L, 7L), lastSequences.snapshot());
    }

    @Test
    void oneThatArrivesBehindALaterOneChangesNothing() {
        note(1, 6);
        note(1, 5);
        assertEquals(Map.of(1L, 6L), lastSequences.snapshot());
        assertTrue(lastSequences.isProcessed(Publications.to("g", 1, 6).publication()));
    }

    @Test
    void whoIsSilentForLongIsForgotten() {
        for (long origin = 0; origin < 1000; origin++) {
            note(origin, 1);
            lastSequences.age();
        }
        assertEquals(Map.of(999L, 1L), lastSequences.snapshot());
    }

    @Test
    void aSnapshotStaysAsItWas() {
        note(1, 1);
        Map<Long, Long> snapshot = lastSequences.snapshot();
        note(1, 2);
        assertEquals(Map.of(1L, 1L), snapshot);
    }
}
