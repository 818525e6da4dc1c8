package dev.fanfare;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.reflect.Field;
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

/** The times that the page about clusters states, held against the constants they come from. */
class StatedTimesTest {

    private static final Path PAGE = Path.of("src/docs/cluster.md");
    private static final Pattern SECONDS = Pattern.compile("(\\d+(?:\\.\\d+)?) s\\b");

    private final BigDecimal silence = millis("broker.routing.RoutingTable", "SILENCE_MILLIS");
    private final BigDecimal removed = property("hazelcast.max.no.heartbeat.seconds");
    private final BigDecimal unacknowledged = millis("cluster.Bus", "UNACKNOWLEDGED_MILLIS");
    private final BigDecimal ping = millis("cluster.Bus", "PING_MILLIS");
    private final BigDecimal allowed = millis("broker.routing.RoutingTable", "REJOIN_MILLIS");

    @Test
    void theTableOfConstantsIsThatOfTheCode() throws IOException {
        BigDecimal heartbeat = millis("broker.routing.RoutingTable", "TICK_MILLIS");
        Map<String, BigDecimal> expected = new LinkedHashMap<>();
        expected.put("heartbeat between nodes", heartbeat);
        expected.put("a node counts as silent after", silence);
        expected.put(
                "heartbeat to a silent node",
                plain(heartbeat.multiply(number("broker.routing.RoutingTable", "SILENT_TICKS"))));
        expected.put("heartbeat of the grid", property("hazelcast.heartbeat.interval.seconds"));
        expected.put("the grid removes a node after", removed);
        expected.put("the grid looks for lost parts every", property("hazelcast.merge.next.run.delay.seconds"));
        expected.put("the grid joins within", property("hazelcast.max.wait.seconds.before.join"));
        expected.put("connect timeout of the bus", millis("cluster.Bus", "CONNECT_MILLIS"));
        expected.put("the bus closes a connection without acknowledgement after", unacknowledged);
        expected.put("interval and timeout of pings on the bus", ping);
        expected.put("deadline of an operation", millis("Node", "ASK_TIMEOUT_MILLIS"));
        expected.put("a node that hung waits for the others", allowed);
        assertEquals(expected, constants());
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

    @Test
    void theGridLooksForLostPartsFromTheBeginning() {
        assertEquals(
                property("hazelcast.merge.next.run.delay.seconds"),
                property("hazelcast.merge.first.run.delay.seconds"));
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

    private static BigDecimal property(String name) {
        Map<?, ?> properties = (Map<?, ?>) constant("cluster.Grid", "PROPERTIES");
        return new BigDecimal(String.valueOf(properties.get(name)));
    }

    private static BigDecimal millis(String type, String name) {
        return plain(number(type, name).movePointLeft(3));
    }

    private static BigDecimal number(String type, String name) {
        return new BigDecimal(String.valueOf(constant(type, name)));
    }

    /** As it is written: neither 2.0 nor 1E+1. */
    private static BigDecimal plain(BigDecimal number) {
        return new BigDecimal(number.stripTrailingZeros().toPlainString());
    }

    /** Most of these constants are private to their class. */
    private static Object constant(String type, String name) {
        return assertDoesNotThrow(() -> {
            Field field = Class.forName("dev.fanfare." + type).getDeclaredField(name);
            field.setAccessible(true);
            return field.get(null);
        });
    }
}
