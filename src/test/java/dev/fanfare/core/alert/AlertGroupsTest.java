package dev.fanfare.core.alert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AlertGroupsTest {

    private static final int GATHER = 2000;
    private static final int INTERVAL = 900_000;

    private final AtomicLong ids = new AtomicLong();
    private final AlertGroups groups = new AlertGroups(GATHER, INTERVAL, () -> new UUID(0, ids.incrementAndGet()));

    private void add(AlertCause cause, String example, long now) {
        groups.add(cause, example, 1, now, Instant.ofEpochMilli(now));
    }

    private AlertNotice only(long now) {
        List<AlertNotice> due = groups.due(now);
        assertEquals(1, due.size(), due.toString());
        return due.get(0);
    }

    @Test
    void aBurstIsOneNoticeWithCountTimesAndExamples() {
        add(AlertCause.INTERNAL_ERROR, "a", 100);
        add(AlertCause.INTERNAL_ERROR, "a", 200);
        add(AlertCause.INTERNAL_ERROR, "b", 300);

        assertEquals(List.of(), groups.due(100 + GATHER - 1));
        assertEquals(
                new AlertNotice(
                        new UUID(0, 1),
                        AlertCause.INTERNAL_ERROR,
                        3,
                        Instant.ofEpochMilli(100),
                        Instant.ofEpochMilli(300),
                        List.of("a", "b")),
                only(100 + GATHER));
        assertEquals(List.of(), groups.due(100 + GATHER));
    }

    @Test
    void whatFollowsWaitsForTheIntervalAndIsCounted() {
        add(AlertCause.INTERNAL_ERROR, "first", 0);
        only(GATHER);
        IntStream.range(0, 1000).forEach(i -> add(AlertCause.INTERNAL_ERROR, "later " + i, GATHER + 1 + i));

        assertEquals(List.of(), groups.due(GATHER + INTERVAL - 1));
        AlertNotice later = only(GATHER + INTERVAL);
        assertEquals(1000, later.count());
        assertEquals(AlertGroups.EXAMPLES, later.examples().size());
    }

    @Test
    void anHourOfFloodIsAsManyNoticesAsAllowed() {
        long notices = 0;
        for (long now = 0; now < 3_600_000; now += 1000) {
            add(AlertCause.TOKENS_HELD_OFF, "flood", now);
            notices += groups.due(now).size();
        }
        assertEquals(3_600_000 / INTERVAL, notices);
    }

    @Test
    void afterAQuietTimeTheNextOccurrenceIsToldAtOnce() {
        add(AlertCause.REVOKED, "a", 0);
        only(GATHER);
        add(AlertCause.REVOKED, "b", 10L * INTERVAL);
        only(10L * INTERVAL + GATHER);
    }

    @Test
    void causesDoNotDelayEachOther() {
        add(AlertCause.REVOKED, "a", 0);
        only(GATHER);
        add(AlertCause.INTERNAL_ERROR, "b", GATHER);
        assertEquals(AlertCause.INTERNAL_ERROR, only(2 * GATHER).cause());
    }

    @Test
    void anotherIntervalHoldsFromTheNextNoticeOn() {
        groups.interval(1000);
        add(AlertCause.REVOKED, "a", 0);
        only(GATHER);
        add(AlertCause.REVOKED, "b", GATHER + 1);
        only(2 * GATHER + 1);
    }

    @Test
    void occurrencesThatWereCountedElsewhereCountAsMany() {
        groups.add(AlertCause.LIMIT_REACHED, "limit connections", 40, 0, Instant.EPOCH);
        groups.add(AlertCause.LIMIT_REACHED, "limit connections", 2, 1, Instant.EPOCH);
        AlertNotice notice = only(GATHER);
        assertEquals(42, notice.count());
        assertEquals(List.of("limit connections"), notice.examples());
    }

    @ParameterizedTest
    @ValueSource(ints = {'\r', '\n', 0, 0x1b, 0x7f, 0x85, 0x9b, 0x200e, 0x202e, 0x2028, 0x2029, 0xd800, 0xfeff})
    void whatEndsALineOrControlsATerminalIsReplaced(int character) {
        add(AlertCause.INTERNAL_ERROR, "a" + (char) character + "b", 0);
        assertEquals(List.of("a?b"), only(GATHER).examples());
    }

    @Test
    void aLongExampleIsCutBetweenCharacters() {
        add(AlertCause.INTERNAL_ERROR, "x".repeat(AlertGroups.EXAMPLE_LENGTH - 1) + "😀".repeat(500_000), 0);
        String example = only(GATHER).examples().get(0);
        assertEquals("x".repeat(AlertGroups.EXAMPLE_LENGTH - 1) + "…", example);
    }

    @Test
    void labelsAreUniqueAndFoundInAnyCase() {
        assertEquals(
                AlertCause.values().length,
                List.of(AlertCause.values()).stream()
                        .map(AlertCause::label)
                        .distinct()
                        .count());
        assertEquals("tokens-held-off", AlertCause.TOKENS_HELD_OFF.label());
        assertEquals(
                AlertCause.TOKENS_HELD_OFF, AlertCause.of("Tokens-Held-Off").orElseThrow());
        assertTrue(AlertCause.of("tokens").isEmpty());
    }

    @Test
    void everyCauseIsExplained() throws IOException {
        String page = Files.readString(Path.of("src/docs/alerts.md"));
        for (AlertCause cause : AlertCause.values()) {
            assertTrue(page.contains("| `" + cause.label() + "` |"), cause.label());
        }
    }

    @Test
    void aFaultIsShownWithoutItsMessage() {
        AlertSink sink = (cause, example) -> add(cause, example, 0);
        sink.raiseFault(new IllegalStateException("a payload"));
        String example = only(GATHER).examples().get(0);
        assertTrue(example.startsWith("java.lang.IllegalStateException at dev.fanfare.core.alert"), example);
        assertFalse(example.contains("payload"), example);
    }
}
