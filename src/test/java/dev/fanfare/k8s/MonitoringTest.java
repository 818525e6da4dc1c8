package dev.fanfare.k8s;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.databind.JsonNode;
import dev.fanfare.config.Config;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.openshift.api.model.monitoring.v1.Rule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Whatever alerts, dashboard and autoscaler ask Prometheus for is what a running node tells it. */
class MonitoringTest {

    private static final Pattern ALERT_LABEL = Pattern.compile("\\$labels\\.(\\w+)");
    private static final Pattern LEGEND_LABEL = Pattern.compile("\\{\\{(\\w+)}}");
    private static final Pattern LABEL_VALUES = Pattern.compile("label_values\\((.+), (\\w+)\\)");
    private static final Pattern DOCUMENTED = Pattern.compile("(?m)^\\| `(Fanfare\\w+)` \\|");

    private static ScrapedNode node = new ScrapedNode(Map.of());

    private final JsonNode dashboard = Manifests.tree("monitoring/dashboard.json");

    @BeforeAll
    static void scrape() {
        node = ScrapedNode.scrape();
    }

    @TestFactory
    Stream<DynamicTest> alertsAskForWhatThereIs() {
        return Manifests.rules()
                .map(rule -> dynamicTest(
                        rule.getAlert(), () -> assertAvailable(rule.getExpr().getStrVal(), texts(rule), ALERT_LABEL)));
    }

    @TestFactory
    Stream<DynamicTest> panelsAskForWhatThereIs() {
        return panels().map(panel -> dynamicTest(panel.path("title").asText(), () -> {
            assertFalse(panel.path("targets").isEmpty());
            for (JsonNode target : panel.path("targets")) {
                String legend = target.path("legendFormat").asText();
                assertAvailable(target.path("expr").asText(), legend, LEGEND_LABEL);
            }
        }));
    }

    @Test
    void theVariablesOfTheDashboardAreThoseItsPanelsUse() {
        Set<String> names = new HashSet<>();
        for (JsonNode variable : dashboard.path("templating").path("list")) {
            names.add(variable.path("name").asText());
            Matcher query =
                    LABEL_VALUES.matcher(variable.path("query").path("query").asText());
            if (query.matches()) {
                assertAvailable("sum by (" + query.group(2) + ") (" + query.group(1) + ")", "", LEGEND_LABEL);
            }
        }
        assertEquals(Set.of("datasource", "namespace", "pod"), names);
        panels().flatMap(MonitoringTest::expressions)
                .forEach(expression ->
                        assertTrue(expression.contains("{namespace=\"$namespace\", pod=~\"$pod\""), expression));
    }

    @Test
    void panelsHaveIdsAndPlacesOfTheirOwn() {
        Set<Integer> ids = new HashSet<>();
        Set<String> cells = new HashSet<>();
        for (JsonNode panel : dashboard.path("panels")) {
            assertTrue(ids.add(panel.path("id").asInt()), panel::toString);
            JsonNode place = panel.path("gridPos");
            int right = place.path("x").asInt() + place.path("w").asInt();
            assertTrue(right <= 24);
            for (int x = place.path("x").asInt(); x < right; x++) {
                for (int y = 0; y < place.path("h").asInt(); y++) {
                    assertTrue(cells.add(x + "," + (place.path("y").asInt() + y)), panel::toString);
                }
            }
        }
    }

    @Test
    void theAutoscalerGetsItsMetricFromTheAdapter() {
        String metric = Manifests.read("horizontalpodautoscaler.yaml", HorizontalPodAutoscaler.class)
                .getSpec()
                .getMetrics()
                .get(0)
                .getPods()
                .getMetric()
                .getName();
        JsonNode rule = Manifests.tree("monitoring/prometheus-adapter.yaml")
                .path("rules")
                .path("custom")
                .path(0);
        assertEquals(
                List.of(metric),
                Promql.parse(rule.path("seriesQuery").asText()).selectors().stream()
                        .map(Promql.Selector::metric)
                        .toList());
        assertAvailable(metric, "", LEGEND_LABEL);
        assertTrue(Manifests.text("monitoring/prometheus-adapter.yaml").contains("/pods/*/" + metric + "'"));
    }

    @Test
    void alertsSayWhatHappensAndWhatToDo() throws IOException {
        Set<String> names = new HashSet<>();
        Manifests.rules().forEach(rule -> {
            assertEquals(Set.of("summary", "runbook"), rule.getAnnotations().keySet());
            assertTrue(Set.of("critical", "warning").contains(rule.getLabels().get("severity")));
            assertTrue(names.add(rule.getAlert()));
        });
        assertEquals(
                names,
                DOCUMENTED
                        .matcher(Files.readString(Path.of("src/docs/kubernetes.md")))
                        .results()
                        .map(row -> row.group(1))
                        .collect(Collectors.toSet()));
    }

    @Test
    void thresholdsFollowTheConfiguration() throws Exception {
        Config.Limits limits = KubernetesConfig.load().limits();
        long directMemory = SizingTest.directMemory(SizingTest.flagsOfTheMachine());
        assertEquals(limits.connections() * 9L / 10, threshold("FanfareConnectionsNearLimit"));
        assertEquals(limits.inFlightBytes() / 2, threshold("FanfareInFlight"));
        assertEquals(directMemory * 4 / 5, threshold("FanfareDirectMemory"));
        assertEquals(limits.connections(), line("Connections by node"));
        assertEquals(limits.inFlightBytes(), line("Published and not yet delivered"));
        assertEquals(directMemory, line("Direct memory"));
    }

    @Test
    void theJobIsTheServiceThatIsScraped() {
        String job = Manifests.read("nodes.yaml", Service.class).getMetadata().getName();
        assertEquals(
                "up{job=\"" + job + "\"} == 0",
                rule("FanfareNodeUnreachable").getExpr().getStrVal());
    }

    @Test
    void whatANodeDoesNotHaveIsFound() {
        assertEquals(Set.of("fanfare_connection"), missing("sum(fanfare_connection)"));
        assertEquals(Set.of("node_ful"), missing("fanfare_handshakes_total{outcome=~\"overloaded|node_ful\"}"));
        assertEquals(Set.of("result"), missing("fanfare_handshakes_total{result!=\"accepted\"}"));
        assertEquals(Set.of("le"), missing("sum by (le, pod) (fanfare_connections)"));
        assertEquals(Set.of(), missing("sum by (le, pod) (fanfare_api_calls_seconds_bucket{job=\"a\"})"));
    }

    private static Set<String> missing(String expression) {
        return node.missing(Promql.parse(expression));
    }

    /** Whether series and labels of an expression exist, and the labels that its texts quote are still there. */
    private static void assertAvailable(String expression, String texts, Pattern quotation) {
        assertEquals(Set.of(), missing(expression), expression);
        Promql promql = Promql.parse(expression);
        assertFalse(promql.selectors().isEmpty(), expression);
        boolean aggregates = expression.matches(".*\\b(sum|max|count)\\b.*");
        quotation
                .matcher(texts)
                .results()
                .forEach(label -> assertTrue(
                        promql.labels().contains(label.group(1)) || !aggregates,
                        expression + " has no " + label.group(1)));
    }

    private static String texts(Rule rule) {
        return String.join("\n", rule.getAnnotations().values());
    }

    private static Rule rule(String alert) {
        return Manifests.rules()
                .filter(rule -> rule.getAlert().equals(alert))
                .findFirst()
                .orElseThrow();
    }

    /** The number an expression is compared with at its end. */
    private static long threshold(String alert) {
        String expression = rule(alert).getExpr().getStrVal();
        return Long.parseLong(expression.substring(expression.lastIndexOf("> ") + 2));
    }

    private Stream<JsonNode> panels() {
        return StreamSupport.stream(dashboard.path("panels").spliterator(), false)
                .filter(panel -> !panel.path("type").asText().equals("row"));
    }

    private static Stream<String> expressions(JsonNode panel) {
        List<String> expressions = new ArrayList<>();
        panel.path("targets")
                .forEach(target -> expressions.add(target.path("expr").asText()));
        return expressions.stream();
    }

    private long line(String title) {
        JsonNode steps = panels().filter(panel -> panel.path("title").asText().equals(title))
                .findFirst()
                .orElseThrow()
                .path("fieldConfig")
                .path("defaults")
                .path("thresholds")
                .path("steps");
        return steps.path(1).path("value").asLong();
    }
}
