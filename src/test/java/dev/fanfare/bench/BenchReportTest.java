package dev.fanfare.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

final class BenchReportTest {

    private final Tally tally = new Tally();

    @Test
    void latencyIsTheSpreadOfWhatWasMeasured() {
        for (int i = 1; i <= 1_000; i++) {
            Tally.record(tally.latency, i * 1_000_000L);
        }
        Spread spread = report(Mode.FANOUT, 0.1).messages().latencyMicros();

        assertEquals(1_000, spread.count());
        assertEquals(500_000, spread.p50(), 500);
        assertEquals(990_000, spread.p99(), 1_000);
        assertEquals(1_000_000, spread.max(), 1_000);
    }

    @Test
    void burstsMoreThanTenMillisecondsLateAreLate() {
        for (int i = 0; i < 90; i++) {
            Tally.record(tally.lateness, 9_000_000);
        }
        for (int i = 0; i < 10; i++) {
            Tally.record(tally.lateness, 11_000_000);
        }

        assertEquals(0.1, report(Mode.FANOUT, 0.1).drivers().lateShare(), 1e-9);
    }

    @Test
    void ratesAreForTheMeasuredTime() {
        tally.publishedMeasured = 500;
        tally.delivered = 50_000;
        tally.openedMeasured = 300;

        BenchReport benchReport = report(Mode.FANOUT, 0.1);
        assertEquals(100, benchReport.messages().publishedPerSecond());
        assertEquals(10_000, benchReport.messages().deliveredPerSecond());
        assertEquals(150, benchReport.connections().perSecond());
    }

    @Test
    void jsonSaysWhetherTheRunIsValid() throws Exception {
        fill();
        JsonNode valid = new ObjectMapper().readTree(report(Mode.FANOUT, 0.1).toJson());
        assertTrue(valid.get("valid").isBoolean());
        assertTrue(valid.get("valid").booleanValue());
        assertEquals(0, valid.get("reasons").size());
        assertEquals(7, valid.at("/messages/delivered").longValue());
        assertEquals(1_000, valid.at("/messages/latencyMicros/p99.9").doubleValue(), 1);
        assertEquals("reliable", valid.at("/plan/subprotocol").textValue());
        assertEquals(2.5, valid.at("/plan/durationSeconds").doubleValue() / 2);

        JsonNode invalid = new ObjectMapper().readTree(report(Mode.FANOUT, 0.9).toJson());
        assertFalse(invalid.get("valid").booleanValue());
        assertTrue(invalid.at("/reasons/0").textValue().startsWith("the driver was saturated"));
    }

    @Test
    void theTableSaysWhetherTheRunIsValid() {
        fill();
        assertTrue(report(Mode.FANOUT, 0.1).toText().endsWith("\nVALID\n"));
        String invalid = report(Mode.FANOUT, 0.9).toText();
        assertTrue(invalid.contains("\nNOT VALID: do not use these numbers.\n  * the driver was saturated"), invalid);
    }

    @Test
    void onlyFanOutsHaveMessages() throws Exception {
        for (Mode mode : List.of(Mode.IDLE, Mode.CONNECT)) {
            assertFalse(new ObjectMapper().readTree(report(mode, 0.1).toJson()).has("messages"));
            assertFalse(report(mode, 0.1).toText().contains("delivered"));
        }
    }

    private void fill() {
        tally.delivered = 7;
        Tally.record(tally.latency, 1_000_000);
    }

    private BenchReport report(Mode mode, double cpuShare) {
        Plan plan = new Plan(
                mode,
                new Plan.Endpoints(
                        URI.create("ws://localhost/client/hubs/h"),
                        LoadSubprotocol.RELIABLE,
                        Tokens.same(""),
                        List.of(),
                        null),
                new Plan.Load(10, 1, "g", 1, 10, 1, 40),
                new Plan.Timing(
                        Duration.ZERO,
                        Duration.ofSeconds(5),
                        Duration.ZERO,
                        Duration.ofSeconds(1),
                        10,
                        Duration.ofSeconds(1)),
                1);
        return BenchReport.of(plan, tally, 2_000_000_000L, 0, 0, 0, List.of(cpuShare));
    }
}
