package dev.fanfare.k8s;

import static org.awaitility.Awaitility.await;

import dev.fanfare.k8s.Promql.Selector;
import dev.fanfare.testkit.TestNode;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What a running node tells Prometheus: for each metric the labels of all its series.
 *
 * @param series by metric
 */
record ScrapedNode(Map<String, List<Map<String, String>>> series) {

    /** What Prometheus itself adds when it scrapes a Pod by way of a Service. */
    private static final Set<String> TARGET = Set.of("namespace", "pod", "service", "job", "instance");

    private static final Pattern LABEL = Pattern.compile("([a-zA-Z_]\\w*)=\"((?:[^\"\\\\]|\\\\.)*)\"");

    static ScrapedNode scrape() {
        try (TestNode node = TestNode.start()) {
            // The series of pauses come with the first one.
            System.gc();
            await().until(() -> node.metrics().keySet().stream().anyMatch(name -> name.startsWith("jvm_gc_pause")));
            return new ScrapedNode(node.metrics().keySet().stream()
                    .collect(Collectors.groupingBy(
                            ScrapedNode::metric, Collectors.mapping(ScrapedNode::labels, Collectors.toList()))));
        }
    }

    /** What an expression asks for and the node does not have; empty if it has everything. */
    Set<String> missing(Promql expression) {
        Set<String> missing = new TreeSet<>();
        Set<String> known = new TreeSet<>(TARGET);
        for (Selector selector : expression.selectors()) {
            List<Map<String, String>> found = series.getOrDefault(selector.metric(), List.of());
            if (found.isEmpty() && !selector.metric().equals("up")) {
                missing.add(selector.metric());
            }
            found.forEach(labels -> known.addAll(labels.keySet()));
            selector.values().forEach((label, values) -> missing.addAll(missing(found, label, values)));
        }
        expression.labels().stream().filter(label -> !known.contains(label)).forEach(missing::add);
        return missing;
    }

    private static Set<String> missing(List<Map<String, String>> found, String label, List<String> values) {
        if (TARGET.contains(label)) {
            return Set.of();
        }
        Set<String> present = found.stream()
                .map(labels -> labels.get(label))
                .filter(Objects::nonNull)
                .collect(Collectors.toSet());
        Set<String> missing = new TreeSet<>();
        if (present.isEmpty()) {
            missing.add(label);
        }
        values.stream().filter(value -> !present.contains(value)).forEach(missing::add);
        return missing;
    }

    private static String metric(String series) {
        int brace = series.indexOf('{');
        return brace < 0 ? series : series.substring(0, brace);
    }

    private static Map<String, String> labels(String series) {
        Map<String, String> labels = new HashMap<>();
        LABEL.matcher(series).results().forEach(label -> labels.put(label.group(1), label.group(2)));
        return labels;
    }
}
