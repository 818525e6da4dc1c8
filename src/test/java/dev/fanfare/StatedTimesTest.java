package dev.fanfare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.core.ClusterTime;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The times that the page about clusters states, held against the constants they come from. */
class StatedTimesTest {

    private static final Path PAGE = Path.of("src/docs/cluster.md");
    private static final Pattern SECONDS = Pattern.compile("(\\d+(?:\\.\\d+)?) s\\b");

    @Test
    void theTableOfConstantsIsThatOfTheCode() throws IOException {
        Map<String, BigDecimal> expected = new LinkedHashMap<>();
        for (ClusterTime time : ClusterTime.values()) {
            expected.put(time.description(), seconds(time));
        }
        assertEquals(List.copyOf(expected.entrySet()), List.copyOf(constants().entrySet()));
    }

    @Test
    void aSilentNodeIsSentEachOfSomeHeartbeats() {
        assertEquals(0, ClusterTime.SILENT_HEARTBEAT.millis() % ClusterTime.HEARTBEAT.millis());
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.MATCH_ALL, names = "GRID_.*")
    void theGridIsToldWholeSeconds(ClusterTime time) {
        assertEquals(time.millis(), 1000 * time.seconds());
    }

    @Test
    void everyRowIsMadeOfConstantsAndPromisesNoLess() throws IOException {
        List<List<String>> rows = table("| what | at most | made of |");
        assertEquals(10, rows.size());
        String madeOf = "";
        for (List<String> row : rows.subList(1, rows.size())) {
            madeOf = row.get(2).startsWith("the same") ? madeOf : row.get(2);
            BigDecimal sum = BigDecimal.ZERO;
            for (BigDecimal time : seconds(madeOf)) {
                assertTrue(constants().containsValue(time), row::toString);
                sum = sum.add(time);
            }
            assertTrue(sum.compareTo(seconds(row.get(1)).get(0)) <= 0, row::toString);
        }
    }

    @Test
    void theProseHasTheSameTimes() throws IOException {
        String page = Files.readString(PAGE).replaceAll("\\s+", " ");
        BigDecimal silence = seconds(ClusterTime.SILENCE);
        BigDecimal removed = seconds(ClusterTime.GRID_REMOVAL);
        BigDecimal unacknowledged = seconds(ClusterTime.BUS_UNACKNOWLEDGED);
        BigDecimal ping = seconds(ClusterTime.BUS_PING);
        BigDecimal allowed = seconds(ClusterTime.REJOIN);
        BigDecimal first = unacknowledged.min(ping);
        for (String phrase : List.of(
                "after %s seconds, no longer wait for it".formatted(silence),
                "If it resumes within %s seconds".formatted(first),
                "After %s to %s seconds the others".formatted(first, ping.add(ping)),
                "After more than %s seconds it is".formatted(removed),
                "lasts less than %s seconds".formatted(unacknowledged),
                "or %s seconds have passed".formatted(allowed),
                "After %s seconds the parts".formatted(removed),
                "for more than %s seconds. Publishers".formatted(first))) {
            assertTrue(page.contains(phrase), () -> PAGE + " does not say: " + phrase);
        }
        String silent = row("until a node that crashed, hangs or is cut off counts as silent")
                .replace(" s", " seconds");
        assertTrue(page.contains("[" + silent + "](#the-longest-times)"));
        assertTrue(page.contains("a broken path shows within " + silent));
    }

    private static Map<String, BigDecimal> constants() throws IOException {
        Map<String, BigDecimal> constants = new LinkedHashMap<>();
        for (List<String> row : table("| constant | value |")) {
            constants.put(row.get(0), seconds(row.get(1)).get(0));
        }
        return constants;
    }

    private static String row(String start) throws IOException {
        return table("| what | at most | made of |").stream()
                .filter(row -> row.get(0).startsWith(start))
                .findFirst()
                .orElseThrow()
                .get(1);
    }

    /** The rows below a header, without the line of hyphens. */
    private static List<List<String>> table(String header) throws IOException {
        List<String> lines = Files.readAllLines(PAGE);
        int start = lines.indexOf(header);
        assertTrue(start >= 0, () -> PAGE + " has no table " + header);
        return lines.subList(start + 2, lines.size()).stream()
                .takeWhile(line -> line.startsWith("|"))
                .map(line -> Arrays.stream(line.substring(1, line.length() - 1).split("\\|", -1))
                        .map(String::strip)
                        .toList())
                .toList();
    }

    private static List<BigDecimal> seconds(String text) {
        List<BigDecimal> seconds = new ArrayList<>();
        SECONDS.matcher(text).results().forEach(time -> seconds.add(new BigDecimal(time.group(1))));
        return seconds;
    }

    /** As it is written: neither 2.0 nor 1E+1. */
    private static BigDecimal seconds(ClusterTime time) {
        BigDecimal seconds = BigDecimal.valueOf(time.millis()).movePointLeft(3);
        return new BigDecimal(seconds.stripTrailingZeros().toPlainString());
    }
}
