package dev.fanfare.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.time.Duration;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GroupPatternTest {

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '"',
            value = {
                "a, a, true",
                "a, A, false",
                "a, ab, false",
                "ab, a, false",
                "?, a, true",
                "?, ., false",
                "?, \"\", false",
                "?, ab, false",
                "*, abc, true",
                "*, a.c, false",
                "*, \"\", true",
                "**, a.b.c, true",
                "**, \"\", true",
                "a*, a, true",
                "a.*, a.b, true",
                "a.*, a.b.c, false",
                "a.**, a.b.c, true",
                "a.**, a, false",
                "*.b, a.b, true",
                "*.b, x.a.b, false",
                "**.b, x.a.b, true",
                "**a*b, xa.ab, true",
                "**a*b, xa.a.b, false",
                "a**b*c**, a.xbc.y, true",
                "***, a.b, true",
                "\\*, *, true",
                "\\*, a, false",
                "\\?, ?, true",
                "\\\\, \\, true",
                "a\\**, a*b, true",
                "*****, x.y, true",
            })
    void patternsMatchWholeNames(String pattern, String group, boolean expected) {
        assertEquals(expected, parse(pattern).matches(group), pattern + " on " + group);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\\", "a\\", "\\a", "******", "*.*.*.*.*.*", "**a**b**", "a\\.b"})
    void invalidPatternsAreRefused(String pattern) {
        assertNull(GroupPattern.parse(pattern));
    }

    @Test
    void escapedStarsDoNotCount() {
        assertNotNull(GroupPattern.parse("\\*\\*\\*\\*\\*\\*"));
    }

    @Test
    void hostilePatternsEndInTime() {
        GroupPattern stars = parse("**" + "a".repeat(500) + "**" + "a".repeat(500) + "*b");
        GroupPattern questions = parse("**" + "?".repeat(1000) + "*" + "?".repeat(20) + "**!");
        String group = "a".repeat(1024);
        assertTimeoutPreemptively(Duration.ofSeconds(10), () -> {
            for (int i = 0; i < 10; i++) {
                assertFalse(stars.matches(group));
                assertFalse(questions.matches(group));
            }
        });
    }

    /** A regular expression says the same, in another way. */
    @Test
    void randomPatternsMatchAsTheirRegularExpressions() {
        long seed = System.nanoTime();
        System.out.println("GroupPatternTest seed=" + seed);
        Random random = new Random(seed);
        for (int i = 0; i < 10_000; i++) {
            String text = random(random, "ab.?*", 6);
            GroupPattern pattern = GroupPattern.parse(text);
            if (pattern == null) {
                continue;
            }
            String regex = text.replace(".", "\\.")
                    .replace("?", "[^.]")
                    .replace("**", "\u0001")
                    .replace("*", "[^.]*")
                    .replace("\u0001", ".*");
            String group = random(random, "ab.", 8);
            assertEquals(
                    Pattern.matches(regex, group), pattern.matches(group), "seed=" + seed + " " + text + " " + group);
        }
    }

    private static String random(Random random, String alphabet, int maxLength) {
        StringBuilder text = new StringBuilder();
        int length = random.nextInt(maxLength + 1);
        for (int i = 0; i < length; i++) {
            text.append(alphabet.charAt(random.nextInt(alphabet.length())));
        }
        return text.toString();
    }

    private static GroupPattern parse(String text) {
        GroupPattern pattern = GroupPattern.parse(text);
        assertNotNull(pattern, text);
        return pattern;
    }

    @ParameterizedTest
    @ValueSource(strings = {"a.b", "?", "*", "**", "a\\\\b\\*\\?c", "**.x?*"})
    void theTextMakesTheSamePattern(String text) {
        GroupPattern pattern = GroupPattern.parse(text);
        assertNotNull(pattern);
        assertEquals(text, pattern.text());
    }
}
