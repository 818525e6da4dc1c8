package dev.fanfare.broker.bus;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fanfare.broker.routing.Hello;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class CompatibilityCheckTest {

    private static final EventBusBroker.Settings SETTINGS = new EventBusBroker.Settings(1024, 0, 0, 0, 60_000);

    @Test
    void nodesWithTheSameSlotsAndClocksAgree() {
        assertEquals(Optional.empty(), disagreement(new Hello(1024, 500), 0, 1000));
    }

    @Test
    void anotherNumberOfSlotsIsRefused() {
        assertEquals(
                Optional.of(
                        "groups.slots is 1024, but node other of this cluster has 512; it must be equal on all nodes"),
                disagreement(new Hello(512, 500), 0, 1000));
    }

    @Test
    void clocksThatAreTooFarApartAreRefused() {
        assertEquals(
                Optional.of("the clock is 61.0 s ahead of that of node other of this cluster;"
                        + " auth.clockToleranceSeconds allows 60.0"),
                disagreement(new Hello(1024, 100_000), 161_000, 161_010));
        assertEquals(
                Optional.of("the clock is 60.001 s behind that of node other of this cluster;"
                        + " auth.clockToleranceSeconds allows 60.0"),
                disagreement(new Hello(1024, 161_000), 100_000, 100_999));
    }

    @Test
    void theTimeOfTheAnswersWayIsNoDifference() {
        assertEquals(Optional.empty(), disagreement(new Hello(1024, 100_000), 160_000, 999_000));
        assertEquals(Optional.empty(), disagreement(new Hello(1024, 160_000), 0, 100_000));
    }

    private static Optional<String> disagreement(Hello theirs, long asked, long answered) {
        return CompatibilityCheck.disagreement(SETTINGS, "other", theirs, asked, answered);
    }
}
