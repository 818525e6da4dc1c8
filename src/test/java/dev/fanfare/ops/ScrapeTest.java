package dev.fanfare.ops;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The parser that other tests rely on rejects invalid input. */
class ScrapeTest {

    @Test
    void readsWhatFollowsTheFormat() {
        Scrape scrape = Scrape.parse("""
                # HELP a_total What it is
                # TYPE a_total counter
                a_total{x="1",y="a,\\"b\\""} 2.0
                # HELP b_seconds Time
                # TYPE b_seconds histogram
                b_seconds_bucket{le="+Inf"} 1
                b_seconds_count 1
                b_seconds_sum 1.5E-4
                """);
        assertEquals(new Scrape.Family("counter", Set.of("x", "y")), scrape.families.get("a_total"));
        assertEquals(1.5E-4, scrape.value("b_seconds_sum"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a 1\n",
                "# TYPE a gauge\na 1\n",
                "# HELP a \n# TYPE a gauge\na 1\n",
                "# HELP a x\n# TYPE b gauge\nb 1\n",
                "# HELP a x\n# TYPE a gauge\nb 1\n",
                "# HELP a x\n# TYPE a gauge\na 1\na 1\n",
                "# HELP a x\n# TYPE a gauge\na 1\n# HELP a x\n# TYPE a gauge\na{b=\"c\"} 1\n",
                "# HELP a x\n# TYPE a gauge\na{b=c} 1\n",
                "# HELP a x\n# TYPE a gauge\na one\n",
                "# HELP a x\n# TYPE a gauge\n\na 1\n",
                "# HELP a x\n# TYPE a gauge\na 1"
            })
    void refusesWhatDoesNot(String text) {
        assertThrows(AssertionError.class, () -> Scrape.parse(text));
    }
}
