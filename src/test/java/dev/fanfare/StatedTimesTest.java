package dev.fanfare;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.reflect.Field;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The times that the page about clusters states, held against the constants they come from. */
class StatedTimesTest {

    private static final Path PAGE = Path.of("src/docs/cluster.md");
    private static final Pattern ROW = Pattern.compile("\\| [^|]+ \\| (\\d+) s \\| ([^|]+) \\|");
    private static final Pattern SECONDS = Pattern.compile("(\\d+(?:\\.\\d+)?) s\\b");

    private final Map<?, ?> grid = (Map<?, ?>) constant("broker.cluster.Grid", "PROPERTIES");
    private final BigDecimal tick = millis("broker.View", "TICK_MILLIS");
    private final BigDecimal silence = millis("broker.View", "SILENCE_MILLIS");
    private final BigDecimal lookAtSilent = plain(tick.multiply(number("broker.View", "SILENT_TICKS")));
    private final BigDecimal allowed = millis("broker.View", "RETURN_MILLIS");
    private final BigDecimal heartbeat = property("hazelcast.heartbeat.interval.seconds");
    private final BigDecimal givenUp = property("hazelcast.max.no.heartbeat.seconds");
    private final BigDecimal merge = property("hazelcast.merge.next.run.delay.seconds");
    private final BigDecimal join = property("hazelcast.max.wait.seconds.before.join");
    private final BigDecimal connect = millis("broker.cluster.Bus", "CONNECT_MILLIS");
    private final BigDecimal unacknowledged = millis("broker.cluster.Bus", "UNACKNOWLEDGED_MILLIS");
    private final BigDecimal ping = millis("broker.cluster.Bus", "PING_MILLIS");
    private final BigDecimal ask = millis("Node", "ASK_TIMEOUT_MILLIS");

    private String page = "";

    @BeforeEach
    void read() throws IOException {
        page = Files.readString(PAGE).replaceAll("\\s+", " ");
    }

    @Test
    void theConstantsAreThoseOfTheCode() {
        says("nodes look after each other every %s s and are silent after %s s".formatted(tick, silence));
        says("the grid has heartbeats of %s s, gives up after %s s".formatted(heartbeat, givenUp));
        says("and looks for lost parts every %s s".formatted(merge));
        says("the bus tries to connect for %s s".formatted(connect));
        says("gives a connection up on which nothing was acknowledged for %s s".formatted(unacknowledged));
        says("asks it for signs of life every %s s, for which it waits %s s".formatted(ping, ping));
    }

    @Test
    void theLongestTimesAreMadeOfThem() {
        says("silence %s s, the look that sees it %s s".formatted(silence, tick));
        says("| %s s | the deadline of an operation".formatted(ask));
        says("grid %s s, its heartbeat %s s, the next look %s s".formatted(givenUp, heartbeat, tick));
        says("or cut of less than %s s".formatted(givenUp));
        says("the bus drops the old connection %s s, connects %s s".formatted(ping.add(ping), connect));
        says("one who is silent is looked after every %s s".formatted(lookAtSilent));
        says("two looks of the grid for lost parts %s s, joining %s s".formatted(merge.add(merge), join));
        BigDecimal reached = connect.add(lookAtSilent);
        says("connecting and looking as above %s s, and for a second attempt %s s more"
                .formatted(reached, join.add(reached)));
        says("the wait for other nodes %s s".formatted(join));
    }

    @Test
    void whatHappensIsToldWithTheSameTimes() {
        says("they notice after %s seconds".formatted(silence));
        says("When it goes on within %s seconds".formatted(unacknowledged.min(ping)));
        says("After %s to %s seconds the others replace the connection"
                .formatted(unacknowledged.min(ping), ping.add(ping)));
        says("After more than %s seconds it is no member any more".formatted(givenUp));
        says("arrives if it lasts less than %s seconds".formatted(unacknowledged));
        says("they have answered, or %s seconds have passed".formatted(allowed));
        says("what it allows the others %s s, the next look %s s".formatted(allowed, tick));
        says("After %s seconds the parts have given each other up".formatted(givenUp));
        says("was cut off from the publisher's node, for more than %s seconds".formatted(unacknowledged.min(ping)));
    }

    @Test
    void noRowPromisesLessThanItIsMadeOf() {
        List<MatchResult> rows = ROW.matcher(page).results().toList();
        assertEquals(9, rows.size());
        String madeOf = "";
        for (MatchResult row : rows) {
            madeOf = row.group(2).startsWith("the same") ? madeOf : row.group(2);
            assertTrue(sum(madeOf).compareTo(new BigDecimal(row.group(1))) <= 0, row::group);
        }
    }

    @Test
    void whoeverWaitsForASilentNodeWaitsForTheSameTime() {
        String row = "\\| until a node that crashed, hangs or is cut off counts as silent, [^|]+\\| (\\d+) s \\|";
        String silent = Pattern.compile(row)
                .matcher(page)
                .results()
                .findFirst()
                .orElseThrow()
                .group(1);
        says("they ask it, for [%s seconds](#the-longest-times) at the most".formatted(silent));
        says("a path that is broken shows within %s seconds".formatted(silent));
    }

    @Test
    void theGridLooksForLostPartsFromTheBeginning() {
        assertEquals(merge, property("hazelcast.merge.first.run.delay.seconds"));
    }

    private void says(String phrase) {
        assertTrue(page.contains(phrase), () -> PAGE + " does not say: " + phrase);
    }

    private static BigDecimal sum(String text) {
        return SECONDS.matcher(text)
                .results()
                .map(time -> new BigDecimal(time.group(1)))
                .reduce(BigDecimal.ZERO, BigDecimal::add);
    }

    private BigDecimal property(String name) {
        return new BigDecimal(String.valueOf(grid.get(name)));
    }

    private static BigDecimal millis(String type, String name) {
        return plain(number(type, name).movePointLeft(3));
    }

    private static BigDecimal number(String type, String name) {
        return new BigDecimal(String.valueOf(constant(type, name)));
    }

    /** As people write it: neither 2.0 nor 1E+1. */
    private static BigDecimal plain(BigDecimal number) {
        return new BigDecimal(number.stripTrailingZeros().toPlainString());
    }

    /** What is nobody's business but that of a class, and of this page. */
    private static Object constant(String type, String name) {
        return assertDoesNotThrow(() -> {
            Field field = Class.forName("dev.fanfare." + type).getDeclaredField(name);
            field.setAccessible(true);
            return field.get(null);
        });
    }
}
