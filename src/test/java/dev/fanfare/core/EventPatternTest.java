package dev.fanfare.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EventPatternTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "*|a|true",
                "a|a|true",
                "a|A|true",
                "A|a|true",
                "a|b|false",
                "a|ab|false",
                "a, b ,c.d|b|true",
                "a, b ,c.d|C.D|true",
                "a,*|z|true",
                "''|a|false",
                "'  '|a|false"
            })
    void matchesWhatItNames(String pattern, String event, boolean expected) {
        assertEquals(
                expected, Objects.requireNonNull(EventPattern.parse(pattern)).matches(event));
    }

    @ParameterizedTest
    @ValueSource(strings = {",", "a,", "a b", "a*", "1", "**", "ü"})
    void whatCanBeNoEventIsNoPattern(String text) {
        assertNull(EventPattern.parse(text));
    }
}
