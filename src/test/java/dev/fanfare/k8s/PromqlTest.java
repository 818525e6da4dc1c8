package dev.fanfare.k8s;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.fanfare.k8s.Promql.Selector;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The reader that {@link MonitoringTest} relies on must overlook nothing. */
class PromqlTest {

    @Test
    void functionsAndOperatorsAreNoMetrics() {
        assertEquals(
                new Promql(
                        List.of(new Selector("a_total", Map.of()), new Selector("b", Map.of())), Set.of("pod", "node")),
                Promql.parse("sum by (pod, node) (rate(a_total[5m])) > 0.5e3 * max(b offset 10m) and 1"));
    }

    @Test
    void matchersAreReadWithTheirValues() {
        Map<String, List<String>> values = Map.of("x", List.of("one", "two"), "y", List.of("a,}b"), "z", List.of());
        assertEquals(
                List.of(new Selector("a", values)),
                Promql.parse("a{x=~\"one|two\", y=\"a,}b\",z!=\"c\"} > 0").selectors());
    }

    @Test
    void wordsThatAreNotKnownCountAsMetrics() {
        assertEquals(
                List.of(new Selector("sums", Map.of()), new Selector("a", Map.of())),
                Promql.parse("sums / a").selectors());
    }

    @Test
    void matchersOutOfFormAreRefused() {
        assertThrows(AssertionError.class, () -> Promql.parse("a{x=one}"));
        assertThrows(AssertionError.class, () -> Promql.parse("a{x=\"one\" y=\"two\"}"));
    }
}
