package dev.fanfare.k8s;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What an expression of PromQL asks for: the series it selects and the labels it groups by. It reads the part of the
 * language that our alerts and dashboard use, and takes everything that it does not know for a metric, so that nothing is
 * passed over.
 *
 * @param selectors in the order of the text
 * @param labels of all {@code by}, {@code on} and the like
 */
record Promql(List<Selector> selectors, Set<String> labels) {

    private static final Pattern RANGE = Pattern.compile("\\[[^\\]]*]|\\boffset\\s+\\w+");
    private static final Pattern GROUPING =
            Pattern.compile("\\b(?:by|without|on|ignoring|group_left|group_right)\\s*\\(([^)]*)\\)");
    private static final Pattern SELECTOR = Pattern.compile(
            "(?<![\\w:.])([a-zA-Z_:][\\w:]*+)\\s*+(?!\\()(?:\\{((?:[^}\"]|\"(?:[^\"\\\\]|\\\\.)*\")*)})?");
    private static final Pattern MATCHER =
            Pattern.compile("\\s*([a-zA-Z_]\\w*)\\s*(=~|!~|!=|=)\\s*\"((?:[^\"\\\\]|\\\\.)*)\"\\s*(?:,|$)");
    private static final Set<String> OPERATORS = Set.of("and", "or", "unless", "bool");

    /**
     * A metric and the values that its labels are to have.
     *
     * @param values by label; several for {@code =~}, none where others are asked for than those
     */
    record Selector(String metric, Map<String, List<String>> values) {}

    static Promql parse(String expression) {
        Set<String> labels = new LinkedHashSet<>();
        String text = GROUPING.matcher(RANGE.matcher(expression).replaceAll(" "))
                .replaceAll(grouping -> {
                    Arrays.stream(grouping.group(1).split(","))
                            .map(String::strip)
                            .forEach(labels::add);
                    return " ";
                });
        List<Selector> selectors = SELECTOR.matcher(text)
                .results()
                .filter(found -> !OPERATORS.contains(found.group(1)))
                .map(found -> new Selector(found.group(1), matchers(found)))
                .toList();
        return new Promql(selectors, labels);
    }

    private static Map<String, List<String>> matchers(MatchResult selector) {
        Map<String, List<String>> matchers = new LinkedHashMap<>();
        String rest = selector.group(2) == null ? "" : selector.group(2);
        while (!rest.isBlank()) {
            Matcher matcher = MATCHER.matcher(rest);
            if (!matcher.lookingAt()) {
                throw new AssertionError("cannot be read: " + selector.group());
            }
            matchers.computeIfAbsent(matcher.group(1), label -> new ArrayList<>())
                    .addAll(values(matcher.group(2), matcher.group(3)));
            rest = rest.substring(matcher.end());
        }
        return matchers;
    }

    private static List<String> values(String operator, String text) {
        return operator.startsWith("!") ? List.of() : List.of(text.split("\\|"));
    }
}
