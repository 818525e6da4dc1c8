package dev.fanfare.event;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BackoffTest {

    @ParameterizedTest
    @CsvSource({"1, 500", "2, 1000", "3, 2000", "4, 4000", "5, 8000", "6, 8000", "100, 8000", "2147483647, 8000"})
    void pausesGrowAndAreUneven(int attempts, long most) {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        long[] pauses = LongStream.generate(() -> Backoff.millis(attempts, random))
                .limit(1000)
                .toArray();
        assertTrue(LongStream.of(pauses).allMatch(pause -> pause >= most / 2 && pause <= most), "seed=" + seed);
        assertTrue(LongStream.of(pauses).distinct().count() > 100, "seed=" + seed);
    }
}
