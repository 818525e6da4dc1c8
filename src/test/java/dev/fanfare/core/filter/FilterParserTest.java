package dev.fanfare.core.filter;

import static dev.fanfare.core.ConnectionType.INBOUND;
import static dev.fanfare.core.ConnectionType.OUTBOUND;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.core.ConnectionType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class FilterParserTest {

    private static final Path TABLE = Path.of("src/test/resources/filters.txt");

    private static final Subject ALICE = new Subject(
            "c1", "alice", Set.of("g1", "g2", "it's"), "json.webpubsub.azure.v1", INBOUND, "/client/hubs/h");
    private static final Subject USER_1 =
            new Subject("c2", "user 1", Set.of(), "json.reliable.webpubsub.azure.v1", INBOUND, "/client/");
    private static final Subject ANONYMOUS = new Subject("c3", null, Set.of("g2"), null, OUTBOUND, "/feed/v1");

    private record Subject(
            String connectionId,
            @Nullable String userId,
            Set<String> groups,
            @Nullable String protocol,
            ConnectionType type,
            String path)
            implements Filter.Subject {}

    private record Row(String expected, String filter) {
        static Row of(String line) {
            int space = line.indexOf(' ');
            return new Row(line.substring(0, space), line.substring(space + 1));
        }

        boolean refused() {
            return Character.isDigit(expected.charAt(0));
        }
    }

    @TestFactory
    Stream<DynamicTest> rowsOfTheTableHold() throws IOException {
        return rows().map(row -> DynamicTest.dynamicTest(row.expected + " " + row.filter, () -> check(row)));
    }

    private static void check(Row row) throws FilterException {
        if (row.refused()) {
            FilterException refusal = assertThrows(FilterException.class, () -> FilterParser.parse(row.filter));
            assertEquals(Integer.parseInt(row.expected), refusal.position(), refusal.getMessage());
        } else {
            Filter filter = FilterParser.parse(row.filter);
            String answers = Stream.of(ALICE, USER_1, ANONYMOUS)
                    .map(subject -> filter.test(subject) ? "T" : "F")
                    .collect(Collectors.joining());
            assertEquals(row.expected, answers);
            assertEquals(row.filter, filter.source());
        }
    }

    private static Stream<Row> rows() throws IOException {
        return Files.readAllLines(TABLE).stream()
                .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                .map(Row::of);
    }

    @Test
    void errorsSayWhatWasExpectedAndWhatWasFound() {
        assertEquals(
                "position 13: expected a field, a function, a literal or '(', found the end", refusal("true and not"));
        assertEquals("position 1: expected a boolean, found an integer", refusal("length(userId)"));
        assertEquals("position 11: cannot be compared: a string and an integer", refusal("userId eq 1"));
        assertEquals(
                "position 1: expected one of the fields userId, connectionId, groups, protocol, type and path, found 'hub'",
                refusal("hub eq 'a'"));
        assertEquals("position 1: contains takes 2 arguments, found 1", refusal("contains(userId)"));
        assertTrue(refusal("x".repeat(4000)).length() < 200, "a long word is not echoed whole");
    }

    @Test
    void lengthIsLimited() throws FilterException {
        String longest = "true" + " ".repeat(FilterParser.MAX_LENGTH - 4);
        assertTrue(FilterParser.parse(longest).test(ALICE));
        assertEquals("position 4097: a filter has at most 4096 characters", refusal(longest + " "));
    }

    @Test
    void depthIsLimited() throws FilterException {
        assertTrue(
                FilterParser.parse(nested("(", FilterParser.MAX_DEPTH - 1, ")")).test(ALICE));
        assertTrue(refusal(nested("(", FilterParser.MAX_DEPTH, ")")).endsWith("nested more than 100 deep"));
        assertTrue(FilterParser.parse(nested("not ", 98, "")).test(ALICE));
        assertTrue(refusal(nested("not ", 1000, "")).endsWith("nested more than 100 deep"));
        assertTrue(refusal("tolower(".repeat(500)).endsWith("nested more than 100 deep"));
        assertTrue(refusal("(".repeat(FilterParser.MAX_LENGTH)).endsWith("nested more than 100 deep"));
    }

    @Test
    void longChainsAreNotDeep() throws FilterException {
        assertTrue(FilterParser.parse("false or ".repeat(450) + "true").test(ALICE));
        assertFalse(FilterParser.parse("true and ".repeat(450) + "false").test(ALICE));
        assertTrue(FilterParser.parse("not false and ".repeat(200) + "true").test(ALICE));
        assertTrue(FilterParser.parse("(true) and ".repeat(200) + "true").test(ALICE));
        assertTrue(
                FilterParser.parse("length('') eq 0 and ".repeat(150) + "true").test(ALICE));
    }

    @Test
    void searchIsLinearForHostileUsersAndFilters() throws FilterException {
        Subject hostile = new Subject("c", "a".repeat(1024), Set.of(), null, INBOUND, "/");
        String text = "concat(userId,".repeat(90) + "userId" + ")".repeat(90);
        String pattern = "concat(userId,".repeat(45) + "'b'" + ")".repeat(45);
        Filter filter = FilterParser.parse("contains(" + text + "," + pattern + ")");
        assertTimeoutPreemptively(Duration.ofSeconds(2), () -> assertFalse(filter.test(hostile)));
    }

    @Test
    void searchFindsWhatTheLibraryFinds() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int i = 0; i < 20_000; i++) {
            String text = letters(random, 120);
            String pattern = letters(random, 40);
            assertEquals(text.indexOf(pattern), TextSearch.indexOf(text, pattern), "seed " + seed);
        }
    }

    /** Of two letters and repetitive, so that long patterns match, or nearly do. */
    private static String letters(Random random, int most) {
        String unit = random.ints(1 + random.nextInt(4), 'a', 'c')
                .mapToObj(Character::toString)
                .collect(Collectors.joining());
        String text = unit.repeat(1 + random.nextInt(most / unit.length()));
        return random.nextBoolean() ? text : text + "ab";
    }

    @Test
    void filtersAreEqualByTheirText() throws FilterException {
        assertEquals(FilterParser.parse("true"), FilterParser.parse("true"));
        assertEquals(
                FilterParser.parse("true").hashCode(),
                FilterParser.parse("true").hashCode());
        assertNotEquals(FilterParser.parse("true"), FilterParser.parse("true "));
    }

    @Test
    void noTextEndsInAnythingButAFilterOrARefusal() throws IOException {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        List<String> corpus = rows().map(Row::filter).toList();
        int parsed = 0;
        for (int i = 0; i < 50_000; i++) {
            String text = mutant(random, corpus);
            try {
                Filter filter = FilterParser.parse(text);
                filter.test(ALICE);
                filter.test(ANONYMOUS);
                parsed++;
            } catch (FilterException e) {
                assertTrue(e.position() >= 1 && e.position() <= text.length() + 1, () -> text + " -> " + e);
            } catch (RuntimeException | StackOverflowError e) {
                throw new AssertionError("seed " + seed + ": " + text, e);
            }
        }
        assertTrue(parsed > 1000, "seed " + seed + ": only " + parsed + " mutants are filters");
    }

    private static String mutant(Random random, List<String> corpus) {
        StringBuilder text = new StringBuilder(pick(random, corpus));
        for (int i = random.nextInt(4); i > 0; i--) {
            int at = random.nextInt(text.length() + 1);
            switch (random.nextInt(4)) {
                case 0 -> text.insert(at, (char) random.nextInt(random.nextBoolean() ? 128 : 65536));
                case 1 -> text.insert(at, pick(random, corpus));
                case 2 -> text.delete(at, Math.min(text.length(), at + random.nextInt(5)));
                default -> text.append(random.nextBoolean() ? " and " : " or ").append(pick(random, corpus));
            }
        }
        return text.toString();
    }

    private static String pick(Random random, List<String> corpus) {
        return corpus.get(random.nextInt(corpus.size()));
    }

    private static String nested(String open, int times, String close) {
        return open.repeat(times) + "true" + close.repeat(times);
    }

    private static String refusal(String text) {
        String message = assertThrows(FilterException.class, () -> FilterParser.parse(text))
                .getMessage();
        return String.valueOf(message);
    }
}
