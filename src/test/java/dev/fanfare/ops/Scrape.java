package dev.fanfare.ops;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A strict parser of the Prometheus text format 0.0.4. It rejects anything but exactly one HELP, one TYPE and then the
 * samples of each family, duplicate samples, and malformed names, labels or values.
 */
final class Scrape {

    private static final String NAME = "[a-zA-Z_:][a-zA-Z0-9_:]*";
    private static final Pattern HELP = Pattern.compile("# HELP (" + NAME + ") (\\S.*)");
    private static final Pattern TYPE = Pattern.compile("# TYPE (" + NAME + ") (counter|gauge|histogram|summary)");
    private static final Pattern SAMPLE =
            Pattern.compile("(" + NAME + ")(?:\\{(.*)\\})? (-?[0-9][0-9.E+-]*|NaN|[+-]Inf)");
    private static final Pattern LABEL =
            Pattern.compile("([a-zA-Z_][a-zA-Z0-9_]*)=\"((?:[^\"\\\\\\n]|\\\\[\\\\\"n])*)\"(,|$)");

    /** A metric: its type and the names of its labels, without the {@code le} of buckets. */
    record Family(String type, Set<String> labels) {}

    final Map<String, Family> families = new LinkedHashMap<>();
    final Map<String, Double> samples = new LinkedHashMap<>();
    private @Nullable String helped;
    private @Nullable String current;

    private Scrape() {}

    static Scrape of(PrometheusMetrics metrics) throws Exception {
        return parse(new String(metrics.scrape(Exposition.TEXT), StandardCharsets.UTF_8));
    }

    static Scrape parse(String text) {
        assertTrue(text.endsWith("\n"), "the last line must end");
        Scrape scrape = new Scrape();
        text.lines().forEach(scrape::line);
        return scrape;
    }

    /** The value of a series, such as {@code fanfare_drops_total{reason="expired"}}. */
    double value(String series) {
        Double value = samples.get(series);
        assertNotNull(value, "no series " + series);
        return value;
    }

    long ours() {
        return samples.keySet().stream()
                .filter(series -> series.startsWith("fanfare_"))
                .count();
    }

    private void line(String line) {
        if (line.startsWith("# HELP")) {
            helped = match(HELP, line).group(1);
        } else if (line.startsWith("#")) {
            Matcher type = match(TYPE, line);
            assertEquals(helped, type.group(1), "TYPE follows its HELP");
            assertNull(families.put(type.group(1), new Family(type.group(2), new TreeSet<>())), "twice: " + line);
            current = type.group(1);
        } else {
            sample(line);
        }
    }

    private void sample(String line) {
        Matcher sample = match(SAMPLE, line);
        String name = current;
        assertNotNull(name, "sample before HELP and TYPE: " + line);
        Family family = families.get(name);
        assertNotNull(family);
        String suffix = family.type().equals("histogram") ? "(_bucket|_sum|_count)" : "(_sum|_count)?";
        String allowed = family.type().matches("counter|gauge") ? name : name + suffix;
        assertTrue(sample.group(1).matches(allowed), "not of family " + name + ": " + line);
        labels(family, sample.group(2));
        double value = Double.parseDouble(sample.group(3).replace("Inf", "Infinity"));
        String series = line.substring(0, line.lastIndexOf(' '));
        assertNull(samples.put(series, value), "twice: " + series);
    }

    private static void labels(Family family, @Nullable String text) {
        String rest = text == null ? "" : text;
        while (!rest.isEmpty()) {
            Matcher label = LABEL.matcher(rest);
            assertTrue(label.lookingAt(), "labels out of form: " + text);
            if (!label.group(1).matches("le|quantile")) {
                family.labels().add(label.group(1));
            }
            rest = rest.substring(label.end());
        }
    }

    private static Matcher match(Pattern pattern, String line) {
        Matcher matcher = pattern.matcher(line);
        assertTrue(matcher.matches(), "out of form: " + line);
        return matcher;
    }
}
