package dev.fanfare.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ScheduleTest {

    private static final long SECOND = 1_000_000_000;

    @Test
    void burstsAreEvenlyApartAndTakeTurnsOfStreams() {
        Schedule schedule = new Schedule(load(3, 1, 20, 5), 0, 1, SECOND);

        assertEquals(List.of("0@0", "1@250", "2@500", "0@750"), all(schedule));
    }

    @ParameterizedTest
    @CsvSource({"1, 1, 1", "3, 1, 2", "1, 3, 2", "4, 3, 3", "7, 5, 4", "2, 2, 8"})
    void driversShareAllBursts(int groups, int publishers, int drivers) {
        Plan.Load load = load(groups, publishers, 100, 1);
        List<String> shared = new ArrayList<>();
        for (int driver = 0; driver < drivers; driver++) {
            Schedule schedule = new Schedule(load, driver, drivers, SECOND);
            while (!schedule.done()) {
                assertEquals(driver, load.publisherOf(schedule.stream()) % drivers);
                shared.add(schedule.stream() + "@" + schedule.due());
                schedule.advance();
            }
        }

        assertEquals(100, shared.size());
        assertEquals(100, new TreeSet<>(shared).size());
    }

    @Test
    void everyStreamBelongsToAGroupAndAPublisher() {
        for (int groups = 1; groups < 6; groups++) {
            for (int publishers = 1; publishers < 6; publishers++) {
                Plan.Load load = load(groups, publishers, 1, 1);
                int streams = 0;
                for (int group = 0; group < groups; group++) {
                    assertTrue(load.streamsOf(group) > 0, "a group without a stream");
                    streams += load.streamsOf(group);
                }
                assertEquals(load.streams(), streams);
            }
        }
    }

    private static Plan.Load load(int groups, int publishers, double rate, int burst) {
        return new Plan.Load(100, groups, "g", publishers, rate, burst, 40);
    }

    private static List<String> all(Schedule schedule) {
        List<String> all = new ArrayList<>();
        while (!schedule.done()) {
            all.add(schedule.stream() + "@" + schedule.due() / 1_000_000);
            schedule.advance();
        }
        return all;
    }
}
