package dev.fanfare.k8s;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.openshift.api.model.monitoring.v1.Rule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** What the page about clusters says to alert on, held against the alerts. */
class WatchedSeriesTest {

    private static final Pattern ROW = Pattern.compile("(?m)^\\| `(fanfare_\\w+)` \\| ([^|]+) \\|");
    private static final Pattern LENGTH = Pattern.compile("for (an?|\\d+) (minute|hour)s?$");
    private static final Pattern BOUND = Pattern.compile("(?:above|more than) (\\d+)");
    private static final Pattern REMAINING = Pattern.compile("less than (\\d+) days from now");

    private final List<Rule> rules = Manifests.rules().toList();

    @TestFactory
    Stream<DynamicTest> eachHasItsAlert() throws IOException {
        List<MatchResult> rows = rows();
        assertEquals(13, rows.size());
        return rows.stream()
                .map(row -> dynamicTest(
                        row.group(1),
                        () -> assertTrue(rules.stream().anyMatch(rule -> says(rule, row.group(1), row.group(2))))));
    }

    @Test
    void whatAnAlertDoesNotSayIsFound() {
        Rule rule = new Rule();
        rule.setAlert("a");
        rule.setFor("2m");
        rule.setExpr(new IntOrString("fanfare_a > 5"));
        assertTrue(says(rule, "fanfare_a", "above 5 for 2 minutes"));
        assertFalse(says(rule, "fanfare_b", "above 5 for 2 minutes"));
        assertFalse(says(rule, "fanfare_a", "above 5 for a minute"));
        assertFalse(says(rule, "fanfare_a", "above 4 for 2 minutes"));
        assertFalse(says(rule, "fanfare_a", "any increase"));
        assertFalse(says(rule, "fanfare_a", "above 5 for 2 hours"));
        assertFalse(says(rule, "fanfare_a", "less than 3 days from now for 2 minutes"));
    }

    /** Whether an alert is the one that a row of the table describes in words. */
    private static boolean says(Rule rule, String series, String words) {
        String expression = rule.getExpr().getStrVal();
        return Promql.parse(expression).selectors().stream()
                        .anyMatch(selector -> selector.metric().equals(series))
                && length(words).equals(Optional.ofNullable(rule.getFor()))
                && (words.startsWith("any increase") ? isIncrease(expression) : endsWithBound(expression, words));
    }

    private static Optional<String> length(String words) {
        return LENGTH.matcher(words)
                .results()
                .map(length -> (length.group(1).startsWith("a") ? "1" : length.group(1))
                        + length.group(2).charAt(0))
                .findFirst();
    }

    private static boolean isIncrease(String expression) {
        return expression.contains("increase(") && expression.endsWith(" > 0");
    }

    private static boolean endsWithBound(String expression, String words) {
        return BOUND.matcher(words).results().allMatch(bound -> expression.endsWith(" > " + bound.group(1)))
                && REMAINING
                        .matcher(words)
                        .results()
                        .allMatch(days -> expression.endsWith(" - time() < " + days.group(1) + " * 86400"));
    }

    private static List<MatchResult> rows() throws IOException {
        return ROW.matcher(Files.readString(Path.of("src/docs/cluster.md")))
                .results()
                .toList();
    }
}
